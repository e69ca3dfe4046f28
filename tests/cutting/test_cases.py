"""Thirty ways in which cutting goes wrong, each as a test."""

import random
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.cutting import judge
from tests.cutting.clips import Clip, faults, index_of, make_clip
from tests.cutting.corpus import Made
from tests.cutting.encoding import ffmpeg
from tests.cutting.mp4 import read_mp4
from tests.cutting.presented import pictures
from videos.cutting.captions import CaptionTrack, Cue
from videos.cutting.labels import Labels
from videos.errors import CannotCopy, NoVideo, SourceUnreadable

Cut = Callable[..., Clip]


@pytest.fixture
def cut(made: Callable[[str], Made], tmp_path: Path) -> Cut:
    """`cut("closed_gop", 10, 40)`: a clip that the judge has found nothing wrong with."""

    def faultless(name: str, first: int, end: int, **more: object) -> Clip:
        clip = make_clip(made(name), first, end, tmp_path / f"{name}-{first}-{end}.mp4", **more)  # type: ignore[arg-type]
        assert faults(clip) == [], (name, first, end, clip.result)
        return clip

    return faultless


@pytest.mark.parametrize(("first", "encoded"), [(50, 0), (49, 1), (51, 24)])
def test_01_in_point_on_a_key_frame_one_before_and_one_after(cut: Cut, first: int, encoded: int) -> None:
    assert cut("closed_gop", first, 100).result.encoded_frames == encoded


@pytest.mark.parametrize(("name", "first", "end"), [("closed_gop", 3, 20), ("closed_gop", 149, 150),
                                                    ("closed_gop", 60, 61), ("one_key_frame", 40, 90)])  # fmt: skip
def test_02_clip_within_one_gop_is_encoded_and_says_so(cut: Cut, name: str, first: int, end: int) -> None:
    result = cut(name, first, end).result
    assert (result.method, result.encoded_frames) == ("encoded", end - first)


@pytest.mark.parametrize("end", range(80, 86))
def test_03_04_out_point_within_a_pyramid_of_b_frames(cut: Cut, end: int) -> None:
    # Of the last GOP no more is encoded than what leans on pictures after the out point.
    assert cut("closed_gop", 50, end).result.encoded_frames <= 3


def test_05_key_frame_of_an_open_gop_becomes_a_clean_start(cut: Cut) -> None:
    assert cut("open_gop", 260, 560).result.encoded_frames <= 250


@pytest.mark.parametrize("first", [246, 248, 250, 251])
def test_06_leading_pictures_of_an_open_gop(cut: Cut, first: int) -> None:
    cut("open_gop", first, 270)


@pytest.mark.parametrize("first", [49, 50, 51])
def test_07_hevc_is_exact_with_closed_gops(cut: Cut, first: int) -> None:
    assert cut("hevc", first, 120).result.encoded_frames <= 75


@pytest.mark.parametrize("first", [49, 50, 51])
def test_07_hevc_is_exact_with_open_gops(cut: Cut, first: int) -> None:
    cut("hevc_open_gop", first, 120)


@pytest.mark.parametrize("first", [50, 60, 100])
def test_08_recovery_point_of_intra_refresh_is_no_start(cut: Cut, first: int) -> None:
    assert cut("intra_refresh", first, 120).result.method == "encoded"


@pytest.mark.parametrize("end", [61, 62])
def test_09_variable_rate_keeps_each_duration_and_the_last_ones(cut: Cut, end: int) -> None:
    clip = cut("variable_rate", 31, end)
    expected = clip.source.facts.time_of(end) - clip.source.facts.time_of(31)
    assert clip.result.duration == expected
    track = read_mp4(clip.path).track("vide")
    assert Fraction(sum(sample.duration for sample in track.samples), track.timescale) == expected


def test_10_points_inside_a_freeze_and_between_two_frames(made: Callable[[str], Made]) -> None:
    index = index_of(made("variable_rate").path)
    froze, next_one = index.time_of(60), index.time_of(61)
    assert index.frame_at(froze + Fraction(1, 3)) == 60
    assert index.frame_at((froze + next_one) / 2) == 60
    assert index.frame_at((froze + next_one) / 2 + Fraction(1, 10**9)) == 61
    exact = index_of(made("drop_frame").path)
    assert [exact.frame_at(Fraction(1001 * frame, 30000)) for frame in range(180)] == list(range(180))


@pytest.mark.parametrize(("first", "name"), [(0, "00:00:58;00"), (59, "00:00:59;29"), (60, "00:01:00;02")])
def test_11_drop_frame_timecode_moves_on(cut: Cut, first: int, name: str) -> None:
    with av.open(str(cut("drop_frame", first, 120).path)) as container:
        assert {each.metadata.get("timecode", name) for each in container.streams} == {name}
        assert any("timecode" in each.metadata for each in container.streams)


@pytest.mark.parametrize("name", ["picture_later", "hidden_start"])
@pytest.mark.parametrize("first", [0, 7, 30])
def test_12_edit_lists_of_the_source_are_applied(cut: Cut, name: str, first: int) -> None:
    cut(name, first, 90)


@pytest.mark.parametrize("name", ["fragmented", "transport_stream", "interlaced_mpeg2", "picture_later"])
def test_13_second_0_is_where_the_first_sample_is_presented(made: Callable[[str], Made], name: str) -> None:
    assert float(index_of(made(name).path).time_of(0)) == pytest.approx(made(name).facts.start, abs=1e-6)


@pytest.mark.parametrize("name", ["closed_gop", "compact_disc_rate", "ac3_in_mp4", "quicktime", "two_languages"])
def test_14_sound_is_in_sync_far_better_than_a_codec_frame(cut: Cut, name: str) -> None:
    for first in random.Random(14).sample(range(100), 2):
        clip = cut(name, first, first + 45)
        for track in range(len(clip.source.facts.sounds)):
            late = judge.sync_error(clip.path, clip.source.facts.sound_at, track)
            assert late is not None
            assert abs(late) < 0.001


@pytest.mark.parametrize("name", ["closed_gop", "compact_disc_rate", "ac3_in_mp4"])
def test_15_of_sound_at_most_two_codec_frames_are_hidden_on_each_side(cut: Cut, name: str) -> None:
    file = read_mp4(cut(name, 33, 77).path)
    track = file.track("soun")
    begin = track.edits[-1].media_time
    end = begin + track.edits[-1].duration * track.timescale / file.timescale
    assert sum(sample.pts + sample.duration <= begin for sample in track.samples) <= 2
    assert sum(sample.pts >= end for sample in track.samples) <= 2


def test_16_sound_that_ends_or_begins_within_the_clip_or_is_not_there_at_all(cut: Cut) -> None:
    assert judge.click_times(cut("sound_ends_early", 40, 120).path) == pytest.approx([0.4], abs=0.001)
    assert judge.click_times(cut("sound_ends_early", 80, 140).path) == []
    assert judge.click_times(cut("sound_begins_late", 20, 90).path) == pytest.approx([1.2, 2.2], abs=0.001)
    assert judge.click_times(cut("sound_begins_late", 3, 30).path) == []
    assert judge.click_times(cut("no_sound", 20, 60).path) == []


def test_17_colours_and_shape_of_pixels_stay_at_the_seam(cut: Cut) -> None:
    clip = cut("narrow_pixels", 33, 77)
    assert judge.looks(clip.path) == judge.looks(clip.source.path)


@pytest.mark.parametrize("name", ["mbaff", "interlaced_as_frames"])
def test_18_fields_stay_fields_at_the_seam(cut: Cut, name: str) -> None:
    clip = cut(name, 33, 77)
    assert judge.looks(clip.path) == judge.looks(clip.source.path)


@pytest.mark.parametrize("name", ["baseline", "ten_bit_422", "closed_gop", "mbaff"])
def test_19_profile_and_level_are_the_sources(cut: Cut, name: str) -> None:
    clip = cut(name, 33, 77)
    assert profile_and_level(clip.path) == profile_and_level(clip.source.path)


def profile_and_level(path: Path) -> tuple[int, int]:
    """Of H.264, as the sample entry says them."""
    entry = read_mp4(path).track("vide").entries[0][1]
    at = entry.index(b"avcC") + 4
    return entry[at + 1], entry[at + 3]


@pytest.mark.parametrize(("first", "end"), [(10, 60), (60, 90), (85, 140)])
def test_20_ids_of_parameter_sets_that_the_source_takes(cut: Cut, first: int, end: int) -> None:
    clip = cut("sets_of_many_ids", first, end)
    assert judge.in_band_sets(clip.path) == 0


@pytest.mark.parametrize(("first", "end"), [(10, 70), (76, 140), (90, 140)])
def test_21_parameter_sets_that_change_with_the_same_id(cut: Cut, first: int, end: int) -> None:
    assert judge.in_band_sets(cut("sets_change", first, end).path) == 0


def test_22_strict_decoding_finds_nothing_in_a_clip_of_variable_rate(cut: Cut) -> None:
    assert judge.strict_decode_errors(cut("variable_rate", 31, 140).path) == ""


def test_23_pictures_out_of_order_without_composition_offsets_are_never_a_broken_clip(
    made: Callable[[str], Made], tmp_path: Path
) -> None:
    renamed = tmp_path / "no-ctts.mp4"
    renamed.write_bytes(made("closed_gop").path.read_bytes().replace(b"ctts", b"free"))
    check_refused_or_right(Made(renamed, made("closed_gop").facts), tmp_path)


def test_23_wrong_table_of_key_frames_is_never_a_broken_clip(made: Callable[[str], Made], tmp_path: Path) -> None:
    content = bytearray(made("closed_gop").path.read_bytes())
    at = content.index(b"stss") + 12
    for place, sample in enumerate((1, 20, 40, 60, 80, 100)):
        struct.pack_into(">I", content, at + 4 * place, sample)
    wrong = tmp_path / "wrong-stss.mp4"
    wrong.write_bytes(content)
    check_refused_or_right(Made(wrong, made("closed_gop").facts), tmp_path)


@pytest.mark.parametrize("left", [0.5, 0.99])
def test_23_truncated_source_is_never_a_broken_clip(made: Callable[[str], Made], tmp_path: Path, left: float) -> None:
    for name in ("closed_gop", "long_gop"):
        content = made(name).path.read_bytes()
        short = tmp_path / f"short-{name}.mp4"
        short.write_bytes(content[: int(len(content) * left)])
        check_refused_or_right(Made(short, made(name).facts), tmp_path)


def test_23_garbage_after_the_last_box_does_no_harm(made: Callable[[str], Made], tmp_path: Path) -> None:
    tail = tmp_path / "tail.mp4"
    tail.write_bytes(made("closed_gop").path.read_bytes() + b"abc")
    check_refused_or_right(Made(tail, made("closed_gop").facts), tmp_path)


def check_refused_or_right(source: Made, folder: Path) -> None:
    """The engine may refuse a source; what it cuts shows the right pictures and decodes."""
    try:
        clip = make_clip(source, 60, 110, folder / "clip.mp4")
    except (NoVideo, CannotCopy, SourceUnreadable):
        return
    assert judge.frame_numbers(clip.path) == list(range(60, 110))
    assert judge.strict_decode_errors(clip.path) == ""


def test_24_rotation_and_cropping_are_kept(cut: Cut) -> None:
    clip = cut("portrait", 33, 77)
    assert read_mp4(clip.path).track("vide").matrix == read_mp4(clip.source.path).track("vide").matrix
    clip = cut("cropped", 33, 77)
    with av.open(str(clip.path)) as container:
        assert {(frame.width, frame.height) for frame in container.decode(video=0)} == {(318, 178)}


def test_26_end_of_a_source_of_two_hours(cut: Cut) -> None:
    clip = cut("two_hours", 179_930, 180_000)
    assert clip.result.encoded_frames <= 50


def test_26_places_of_64_bits(made: Callable[[str], Made], tmp_path: Path) -> None:
    # A hole of 5 GB, which takes no room on the disk, before the samples.
    source = made("closed_gop")
    wide = tmp_path / "wide.mp4"
    with_co64(source.path, wide, hole=5 << 30)
    clip = make_clip(Made(wide, source.facts), 33, 77, tmp_path / "clip.mp4")
    assert judge.frame_numbers(clip.path) == list(range(33, 77))
    assert judge.strict_decode_errors(clip.path) == ""
    assert clip.path.stat().st_size < 1 << 20


def with_co64(source: Path, target: Path, *, hole: int) -> None:
    """A copy whose samples lie behind `hole` empty bytes, so that `moov` tells their places in 64 bits."""
    content = source.read_bytes()
    top = {box.kind: box for box in read_mp4(source).top}
    ahead = content[: top["mdat"].start]
    moov = _widened(content[top["moov"].start : top["moov"].end], hole + 8)
    with target.open("wb") as file:
        file.write(ahead)
        file.write(struct.pack(">I4sQ", 1, b"mdat", top["mdat"].end - top["mdat"].start + hole + 8))
        file.seek(hole + len(ahead) + 16)
        file.write(content[top["mdat"].content : top["mdat"].end])
        file.write(moov)


def _widened(box: bytes, shift: int) -> bytes:
    """A box in which each `stco` has become a `co64`, whose places are further on."""
    kind, content = box[4:8], box[8:]
    if kind == b"stco":
        count = struct.unpack_from(">I", content, 4)[0]
        places = struct.unpack_from(f">{count}I", content, 8)
        kind = b"co64"
        content = content[:8] + struct.pack(f">{count}Q", *(place + shift for place in places))
    elif kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        parts, at = [], 0
        while at < len(content):
            size = struct.unpack_from(">I", content, at)[0]
            parts.append(_widened(content[at : at + size], shift))
            at += size
        content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def test_27_cue_that_spans_the_in_point_is_clipped(made: Callable[[str], Made], tmp_path: Path) -> None:
    cues = [
        Cue(Fraction(second) + Fraction(1, 5), Fraction(second) + Fraction(4, 5), f"second {second}")
        for second in range(6)
    ]
    clip = make_clip(made("two_languages"), 60, 110, tmp_path / "clip.mp4", captions=[CaptionTrack("fr", cues)])
    shown = tmp_path / "shown.srt"
    ffmpeg("-i", str(clip.path), "-map", "0:s:0", str(shown))
    # From 2.4 to 4.4: what is left of second 2, all of 3, the beginning of 4.
    spans = [line for line in shown.read_text().splitlines() if "-->" in line]
    assert spans == [
        "00:00:00,000 --> 00:00:00,400",
        "00:00:00,800 --> 00:00:01,400",
        "00:00:01,800 --> 00:00:02,000",
    ]


def test_27_clip_with_captions_is_faultless(cut: Cut) -> None:
    cut("two_languages", 60, 110, captions=[CaptionTrack("fr", [Cue(Fraction(2), Fraction(3), "Bonjour")])])


def test_28_what_the_source_tells_of_who_made_it_stays_behind(cut: Cut) -> None:
    clip = cut(
        "from_a_telephone",
        33,
        77,
        labels=Labels(title="Marée basse", credit="J. Doe", usage_terms="Editorial", language="fr"),
    )
    content = clip.path.read_bytes()
    assert "Marée basse".encode() in content
    for told in (b"+46.2044", b"Telephone", b"Jeanne", b"unpublished", b"2024-05-06"):
        assert told in clip.source.path.read_bytes()
        assert told not in content


def test_a_text_that_begins_within_the_last_tick_is_left_out(cut: Cut) -> None:
    # It would be the last sample, and have no duration.
    assert cut("two_languages", 137, 146).result.frame_count == 9


def test_29_nothing_of_what_was_cut_away_is_in_the_file(cut: Cut) -> None:
    # Copying one range of bytes would be the easiest, and leave sound and pictures in between.
    clip = cut("two_languages", 50, 100)
    assert judge.orphan_bytes(clip.path) == 0
    content = clip.path.read_bytes()
    file = read_mp4(clip.source.path)
    for frame in (49, 100, 101, 120):
        sample = sorted(file.track("vide").samples, key=lambda each: each.pts)[frame]
        assert file.read(sample)[16:64] not in content


@pytest.mark.parametrize("name", ["closed_gop", "short_open_gop", "mbaff"])
def test_30_seeking_to_each_side_of_a_seam_backwards_too(cut: Cut, name: str) -> None:
    clip = cut(name, 33, 122)
    times = [picture.at for picture in pictures(clip.path)]
    for place in (*range(len(times) - 1, 80, -1), *range(22, 12, -1), 0, 17, 16, 88, 50):
        assert next(pictures(clip.path, times[place])).number == 33 + place
