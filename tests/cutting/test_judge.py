"""The judge says no: for each fault a file that has it. A judge that finds everything well would prove nothing."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cutting import judge
from tests.cutting.corpus import Made
from tests.cutting.encoding import ffmpeg
from tests.cutting.marks import UNREADABLE, draw_picture, read_number
from tests.cutting.mp4 import Mp4

Sources = Callable[[str], Made]


@pytest.fixture
def whole(made: Sources) -> Made:
    return made("closed_gop")


def copied(source: Path, target: Path, *options: str, before: tuple[str, ...] = ()) -> Path:
    ffmpeg(*before, "-i", str(source), "-map", "0", "-c", "copy", *options, str(target))
    return target


def patched(source: Path, target: Path, kind: bytes, offset: int, value: bytes) -> Path:
    """A copy in which some bytes after the first box type `kind` of `moov` are others."""
    content = bytearray(source.read_bytes())
    at = content.index(kind, content.rindex(b"moov")) + 4 + offset
    content[at : at + len(value)] = value
    target.write_bytes(content)
    return target


def test_a_mixture_of_two_pictures_shows_no_number() -> None:
    one, other = (draw_picture(number, 320, 180)[0].astype(int) for number in (5, 6))
    assert read_number((one + other) // 2, 255) == UNREADABLE
    # The left half is of another picture, as after a start that is not clean.
    other[:, :160] = one[:, :160]
    assert read_number(other, 255) == UNREADABLE
    assert read_number(np.full((180, 320), 128), 255) == UNREADABLE


def test_a_number_survives_scaling_and_a_low_bit_rate(whole: Made, tmp_path: Path) -> None:
    poor = tmp_path / "poor.mp4"
    ffmpeg("-i", str(whole.path), "-vf", "scale=214:120", "-c:v", "libx264", "-crf", "38", str(poor))
    assert judge.frame_numbers(poor) == list(range(150))


def test_frames_that_are_missing_are_seen(whole: Made, tmp_path: Path) -> None:
    thinned = tmp_path / "thinned.mp4"
    ffmpeg("-i", str(whole.path), "-vf", r"select=not(eq(n\,7))", "-fps_mode", "passthrough", "-an", str(thinned))
    assert judge.frame_numbers(thinned) == [*range(7), *range(8, 150)]


def test_frame_times_tell_a_frame_that_lasts_too_long(whole: Made, tmp_path: Path) -> None:
    uneven = tmp_path / "uneven.mp4"
    late = "setts=pts=PTS+if(gte(PTS\\,25*512)\\,300\\,0):dts=DTS"
    ffmpeg("-i", str(whole.path), "-an", "-c:v", "copy", "-bsf:v", late, str(uneven))
    expected = [whole.facts.time_of(frame) for frame in range(150)]
    assert judge.frame_times(whole.path) == expected
    assert judge.frame_times(uneven) != expected


def test_hidden_pictures_are_counted(whole: Made, tmp_path: Path) -> None:
    assert judge.hidden_pictures(whole.path) == 0
    # ffmpeg copies from the key frame before the in point, and hides what is before it behind an edit list.
    hiding = copied(whole.path, tmp_path / "hiding.mp4", before=("-ss", "1.4"))
    assert judge.frame_numbers(hiding)[0] == 35
    assert judge.hidden_pictures(hiding) == 10


def test_orphan_bytes_are_counted(whole: Made, tmp_path: Path) -> None:
    assert judge.orphan_bytes(whole.path) == 0
    box = next(box for box in Mp4(whole.path).top if box.kind == "mdat")
    content = bytearray(whole.path.read_bytes())
    content[box.end : box.end] = b"\x55" * 77
    content[box.start : box.start + 4] = struct.pack(">I", box.end - box.start + 77)
    padded = tmp_path / "padded.mp4"
    padded.write_bytes(content)
    assert judge.frame_numbers(padded) == list(range(150))
    assert judge.orphan_bytes(padded) == 77


def test_bytes_that_hide_in_free_space_are_counted(whole: Made, tmp_path: Path) -> None:
    stuffed = tmp_path / "stuffed.mp4"
    stuffed.write_bytes(whole.path.read_bytes() + struct.pack(">I4s", 18, b"free") + b"cut picture"[:10])
    assert judge.orphan_bytes(stuffed) == 10


def test_garbage_after_the_last_box_is_no_mp4(whole: Made, tmp_path: Path) -> None:
    tail = tmp_path / "tail.mp4"
    tail.write_bytes(whole.path.read_bytes() + b"abc")
    with pytest.raises(ValueError, match="after the last box"):
        judge.orphan_bytes(tail)


def test_damaged_pictures_are_decode_errors(whole: Made, tmp_path: Path) -> None:
    assert judge.strict_decode_errors(whole.path) == ""
    sample = Mp4(whole.path).track("vide").samples[30]
    content = bytearray(whole.path.read_bytes())
    middle = sample.offset + sample.size // 2
    content[middle : middle + 16] = bytes(16)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(content)
    assert judge.strict_decode_errors(damaged)


def test_references_that_are_missing_are_decode_errors(made: Sources, tmp_path: Path) -> None:
    part = copied(made("open_gop").path, tmp_path / "part.mp4", "-an", before=("-ss", "10"))
    assert judge.strict_decode_errors(part)


def test_sound_that_is_late_is_measured(whole: Made, tmp_path: Path) -> None:
    path = str(whole.path)
    late = tmp_path / "late.mp4"
    ffmpeg("-i", path, "-itsoffset", "0.012", "-i", path, "-map", "0:v", "-map", "1:a", "-c", "copy", str(late))
    assert judge.sync_error(whole.path, whole.facts.sound_at) == pytest.approx(0, abs=0.0002)
    assert judge.sync_error(late, whole.facts.sound_at) == pytest.approx(0.012, abs=0.0002)


def test_sound_that_is_off_by_a_whole_second_is_not_taken_for_in_sync(whole: Made, tmp_path: Path) -> None:
    path = str(whole.path)
    wrong = tmp_path / "wrong.mp4"
    ffmpeg("-i", path, "-ss", "1", "-i", path, "-map", "0:v", "-map", "1:a", "-c:v", "copy", str(wrong))
    assert judge.sync_error(wrong, whole.facts.sound_at) == pytest.approx(-1, abs=0.0002)


def test_clicks_are_where_they_were_put(whole: Made) -> None:
    assert judge.click_times(whole.path) == pytest.approx([0, 1, 2, 3, 4, 5], abs=0.0002)
    assert judge.click_times(whole.path, 1) == []


def test_another_tracks_sound_is_noticed(made: Sources, tmp_path: Path) -> None:
    two = made("two_languages")
    swapped = tmp_path / "swapped.mp4"
    streams = ["-map", "0:v", "-map", "0:a:1", "-map", "0:a:0"]
    ffmpeg("-i", str(two.path), *streams, "-c", "copy", str(swapped))
    assert judge.sync_error(two.path, two.facts.sound_at, 1) == pytest.approx(0, abs=0.0002)
    assert judge.sync_error(swapped, two.facts.sound_at, 1) == float("inf")


def test_pictures_that_were_encoded_again_are_told_from_copies(whole: Made, tmp_path: Path) -> None:
    again = tmp_path / "again.mp4"
    ffmpeg("-i", str(whole.path), "-c:v", "libx264", "-crf", "40", "-c:a", "copy", str(again))
    theirs = copied(whole.path, tmp_path / "copy.mp4")
    assert judge.packets(theirs) == judge.packets(whole.path)
    assert not set(judge.packets(again)) & set(judge.packets(whole.path))
    assert judge.packets(again, "audio") == judge.packets(whole.path, "audio")
    assert set(judge.psnr(theirs, whole.path)) == {float("inf")}
    assert max(judge.psnr(again, whole.path)) < 40


def test_psnr_against_the_wrong_frame_is_low(whole: Made) -> None:
    assert max(judge.psnr(whole.path, whole.path, 1)) < 30


def test_a_source_can_be_compared_from_a_time_on(whole: Made, tmp_path: Path) -> None:
    tail = copied(whole.path, tmp_path / "tail.mp4", before=("-ss", "2"))
    assert set(judge.psnr(tail, whole.path, start=whole.facts.time_of(50))) == {float("inf")}


def test_a_second_sample_entry_is_counted(whole: Made, tmp_path: Path) -> None:
    assert judge.entry_count(whole.path) == 1
    assert judge.entry_count(with_two_entries(whole.path, tmp_path / "entries.mp4")) == 2


def with_two_entries(source: Path, target: Path) -> Path:
    """A copy whose picture track has its sample entry twice; `moov` is at the end, so nothing else moves."""
    content = bytearray(source.read_bytes())
    moov = content.rindex(b"moov") - 4
    entry = content.index(b"avc1", moov) - 4
    size = struct.unpack_from(">I", content, entry)[0]
    content[entry:entry] = content[entry : entry + size]
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"):
        at = content.index(kind, moov) - 4
        struct.pack_into(">I", content, at, struct.unpack_from(">I", content, at)[0] + size)
    struct.pack_into(">I", content, content.index(b"stsd", moov) + 8, 2)
    target.write_bytes(content)
    return target


def test_a_key_frame_that_is_no_idr_is_no_clean_start(whole: Made, made: Sources, tmp_path: Path) -> None:
    assert judge.first_sample_is_idr(whole.path)
    assert judge.first_sample_is_idr(made("hevc").path)
    assert not judge.first_sample_is_idr(copied(made("open_gop").path, tmp_path / "part.mp4", before=("-ss", "10")))


def test_parameter_sets_that_are_only_among_the_pictures_are_counted(whole: Made, made: Sources) -> None:
    assert judge.in_band_sets(whole.path) == 0
    assert judge.in_band_sets(made("sets_change").path) == 6


def test_moov_at_the_end_is_noticed(whole: Made, tmp_path: Path) -> None:
    assert not judge.moov_before_mdat(whole.path)
    assert judge.moov_before_mdat(copied(whole.path, tmp_path / "fast.mp4", "-movflags", "+faststart"))


def test_times_that_do_not_rise_are_noticed(whole: Made, tmp_path: Path) -> None:
    assert judge.timestamp_faults(whole.path) == []
    still = patched(whole.path, tmp_path / "still.mp4", b"stts", 12, struct.pack(">I", 0))
    assert "vide: decoding times do not rise" in judge.timestamp_faults(still)


def test_durations_that_are_missing_are_noticed(whole: Made, tmp_path: Path) -> None:
    assert judge.duration_faults(whole.path) == []
    for kind, offset, said in (
        (b"mdhd", 16, "mdhd says 0"),
        (b"mvhd", 16, "mvhd says 0"),
        (b"tkhd", 20, "tkhd says 0"),
    ):
        without = patched(whole.path, tmp_path / "without.mp4", kind, offset, bytes(4))
        assert any(said in fault for fault in judge.duration_faults(without)), kind
    last = patched(made_with_one_duration(whole.path, tmp_path), tmp_path / "last.mp4", b"stts", 20, bytes(4))
    assert judge.duration_faults(last)


def made_with_one_duration(source: Path, folder: Path) -> Path:
    """A copy without sound, whose `stts` has two lines: the last picture lasts longer."""
    target = folder / "longer.mp4"
    ffmpeg("-i", str(source), "-an", "-c", "copy", "-bsf:v", "setts=duration=if(eq(N\\,149)\\,1024\\,512)", str(target))
    return target


def test_sound_behind_the_edit_list_is_counted(whole: Made, tmp_path: Path) -> None:
    assert judge.hidden_sound_frames(whole.path) == 1
    hiding = copied(whole.path, tmp_path / "hiding.mp4", before=("-ss", "1.4"))
    assert judge.hidden_sound_frames(hiding) > 2
