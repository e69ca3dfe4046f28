"""Cut lists: tables as spreadsheet programs write them, and EDLs as editing programs do."""

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from tests.clips.asking import Asker
from tests.clips.ordering import faults, send
from tests.factories.footage import make_indexed_video
from tests.factories.newsroom import make_video
from videos.models import Clip, Order

pytestmark = pytest.mark.django_db
EDL = "application/x-edl"


@pytest.fixture
def video(patrol: Path, files: Path) -> Any:
    return make_indexed_video(patrol)


def frames(answer: Any) -> list[tuple[int, int]]:
    assert answer.status_code == 202, answer.content
    return [(clip["start_frame"], clip["end_frame"]) for clip in answer.json()["clips"]]


TABLES = [
    "video,start,end,label\nwinter-patrol,1.2,2,Quay\nwinter-patrol,00:00:02:00,00:00:03.000,\n",
    "video;start;end;label\r\nwinter-patrol;1,2;2;Quay\r\nwinter-patrol;00:00:02:00;00:00:03,000;\r\n",
    '\ufeff"start";"end";"video";"label"\n"1,2";"2";"winter-patrol";"Quay"\n"00:00:02:00";3;winter-patrol\n;;;\n',
    "Video , START,end,label,,\n\nwinter-patrol, 1.2 ,2,Quay,,\nWinter-Patrol,2,3,,,\n",
    "video,start,end,label\rwinter-patrol,1.2,2,Quay\rwinter-patrol,2,3,",
    "video\tstart\tend\tlabel\nwinter-patrol\t1,2\t2\tQuay\nwinter-patrol\t2\t3\t\n",
    "sep=;\r\nvideo;start;end;label\r\nwinter-patrol;1,2;2;Quay\r\nwinter-patrol;2;3;\r\n",
]


def test_tables_as_programs_write_them(anybody: Asker, video: Any) -> None:
    for table in TABLES:
        answer = send(anybody, table, "text/csv; charset=utf-8")
        assert frames(answer) == [(30, 50), (50, 75)], table
        assert [clip["label"] for clip in answer.json()["clips"]] == ["Quay", ""]


def test_cells_with_quotes_and_lines_in_them(anybody: Asker, video: Any) -> None:
    answer = send(anybody, 'video,start,end,label\nwinter-patrol,0,1,"The ""quay"",\nat dawn"\n', "text/csv")
    assert frames(answer) == [(0, 25)]
    assert answer.json()["clips"][0]["label"] == 'The "quay",\nat dawn'


def test_sound_alone_and_renditions_in_a_table(anybody: Asker, video: Any) -> None:
    table = "video;start;end;audio_only;rendition\nwinter-patrol;0;1;VRAI;master\nwinter-patrol;0;1;faux;\n"
    answer = send(anybody, table, "text/csv")
    assert frames(answer) == [(0, 25), (0, 25)]
    assert [clip["audio_only"] for clip in answer.json()["clips"]] == [True, False]


def test_one_video_for_all_lines(anybody: Asker, video: Any) -> None:
    answer = send(anybody, "start,end\n0,1\n1,2\n", "text/csv", "?video=winter-patrol")
    assert frames(answer) == [(0, 25), (25, 50)]
    refused = send(anybody, {"clips": [{"video": "a", "start": 0, "end": 1}]}, query="?video=winter-patrol")
    assert faults(refused) == [("video", "unknown_parameter")]


def test_every_bad_line_of_a_table_is_named(anybody: Asker, video: Any) -> None:
    rows = ["winter-patrol,0,1", "", "nowhere,0,1", "winter-patrol,3,2", "winter-patrol,0,90", "winter-patrol,soon,90"]
    table = "\n".join(["video,start,end", *rows])
    assert faults(send(anybody, table, "text/csv")) == [
        ("lines.4.video", "unknown_video"),
        ("lines.5.end", "not_after_start"),
        ("lines.6.end", "outside_the_video"),
        ("lines.7.start", "not_a_point"),
        ("lines.7.end", "outside_the_video"),
    ]
    table = "video,start,end,audio_only\n,0,1,\nwinter-patrol,,1,\nwinter-patrol,0,1,perhaps\n"
    assert faults(send(anybody, table, "text/csv")) == [("lines.4.audio_only", "bool_parsing")]
    table = "video,start,end,audio_only\n,0,1,\nwinter-patrol,,1,\n"
    assert faults(send(anybody, table, "text/csv")) == [("lines.2.video", "missing"), ("lines.3.start", "missing")]
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        (b"\n", ("lines.1", "missing_column")),
        (b"video,start\na,1\n", ("lines.1", "missing_column")),
        (b"video,start,end,colour\na,1,2,blue\n", ("lines.1", "unknown_column")),
        (b"video,start,end,start\na,1,2,3\n", ("lines.1", "repeated_column")),
        (b"video,start,end\na,1,2,3\n", ("lines.2", "too_many_cells")),
        (b"video,start,end\n", ("lines", "no_clips")),
        (b'video,start,end\n"a,1,2\n', ("lines.2", "not_csv")),
        (b'video,start,end\na,1,2\nb,"1"x,2\n', ("lines.3", "not_csv")),
        (b"video,start,end\n\xe9t\xe9,1,2\n", ("lines.2", "not_utf8")),
        ("video,start,end\na,1,2\n".encode("utf-16"), ("lines.1", "not_utf8")),
        (b"video,start,end\na\0,1,2\n", ("lines.2", "not_text")),
        (b"video,start,end\n" + b"x" * 5000, ("lines.2", "too_long")),
        (b"video,start,end\n" + b"a,1,2\n" * 10_000, ("lines", "too_long")),
    ],
)
def test_what_is_no_table_is_refused_in_words(anybody: Asker, table: bytes, wrong: tuple[str, str]) -> None:
    assert faults(send(anybody, table, "text/csv")) == [wrong]


@pytest.mark.parametrize("kind", ["text/csv", EDL, "application/json"])
def test_ten_megabytes_are_too_large(anybody: Asker, kind: str) -> None:
    begun = time.monotonic()
    assert send(anybody, b"winter-patrol,0,1\n" * 600_000, kind).status_code == 413
    assert time.monotonic() - begun < 5


def edl(*lines: str, fcm: str = "FCM: NON-DROP FRAME") -> str:
    return "\r\n".join(["TITLE: NIGHT NEWS", fcm, "", *lines, ""])


def event(
    start: str, end: str, reel: str = "AX", track: str = "V", transition: str = "C        ", number: str = "001"
) -> str:
    return f"{number}  {reel:<8} {track:<5} {transition} {start} {end} 01:00:00:00 01:00:01:00"


def test_cuts_of_an_edl_with_names_of_every_kind(anybody: Asker, video: Any) -> None:
    other = make_video("Summer patrol", video=video.video)
    answer = send(
        anybody,
        edl(
            event("00:00:01:05", "00:00:02:00"),
            "* FROM CLIP NAME: winter-patrol_proxy.mp4",
            event("00:00:00:00", "00:00:01:00", track="AA/V", number="002"),
            "* SOURCE FILE: C:\\Rushes\\Summer-Patrol.mxf",
            "* FROM CLIP NAME: The harbour",
            event("00:00:02:00", "00:00:03:00", reel="winter-patrol", track="B", number="003"),
            event("00:00:03:00", "00:00:03:10", number="004"),
            f"*FROM CLIP NAME:  {video.translation_key}",
        ),
        EDL,
    )
    assert frames(answer) == [(30, 50), (0, 25), (50, 75), (75, 85)]
    patrol, summer = str(video.translation_key), str(other.translation_key)
    assert [clip["video"] for clip in answer.json()["clips"]] == [patrol, summer, patrol, patrol]
    assert [clip["label"] for clip in answer.json()["clips"]][:3] == [
        "001 winter-patrol_proxy",
        "002 The harbour",
        "003",
    ]


def test_one_video_for_all_events_whatever_names_say(anybody: Asker, video: Any) -> None:
    text = edl(event("00:00:01:05", "00:00:02:00"), "* FROM CLIP NAME: A012C003.mov")
    assert faults(send(anybody, text, EDL)) == [("lines.4.video", "unknown_video")]
    assert frames(send(anybody, text, "text/plain", "?video=winter-patrol")) == [(30, 50)]


def test_what_makes_no_clip_is_left_out_and_told(anybody: Asker, video: Any) -> None:
    text = edl(
        event("00:00:01:05", "00:00:02:00", reel="winter-patrol"),
        event("00:00:01:05", "00:00:02:00", reel="winter-patrol", track="A2", number="002"),
        event("00:00:00:00", "00:00:01:00", reel="BL", number="003"),
    )
    answer = send(anybody, text, EDL, accept_language="fr")
    assert frames(answer) == [(30, 50)]
    left = answer.json()["left_out"]
    assert [(one["line"], one["reason"]) for one in left] == [(5, "sound_only"), (6, "black")]
    assert left[1]["detail"].startswith("Du noir")


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ([event("00:00:01:00", "00:00:02:00", "a", "V", "D    025")], ("lines.4", "transition")),
        ([event("00:00:01:00", "00:00:02:00", "a", "V", "W001 025")], ("lines.4", "transition")),
        ([event("00:00:01:00", "00:00:02:00", "a", "V", "K B     ")], ("lines.4", "transition")),
        ([event("00:00:01:00", "00:00:02:00", "a", "Q")], ("lines.4", "unknown_track")),
        (["001  a V C 00:00:01:00 00:00:02:00"], ("lines.4", "not_an_event")),
        (["001  a V C soon later 00:00:01:00 00:00:02:00"], ("lines.4", "not_an_event")),
        ([event("00:00:01:00", "00:00:02:00"), "M2   AX  050.0  00:00:01:00"], ("lines.5", "speed_change")),
        ([event("00:00:01:00", "00:00:02:00")], ("lines.4.video", "no_video_named")),
        (["FCM: SOMETIMES"], ("lines.4", "unknown_count")),
        ([], ("lines", "no_cuts")),
        (["winter-patrol,0,1"], ("lines", "no_cuts")),
        (["001 \0"], ("lines.4", "not_text")),
        (["x" * 5000], ("lines.4", "too_long")),
    ],
)
def test_what_cannot_be_cut_is_refused_by_its_line(anybody: Asker, lines: list[str], wrong: tuple[str, str]) -> None:
    assert wrong in faults(send(anybody, edl(*lines), EDL))
    assert not Clip.objects.exists()


def test_timecode_that_the_video_has_not_is_named_by_its_line(anybody: Asker, video: Any) -> None:
    text = edl(event("00:00:01:25", "00:00:02:00", reel="winter-patrol"))
    assert faults(send(anybody, text, EDL)) == [("lines.4.start", "no_such_timecode")]
    # Of a video that is not counted so.
    text = edl(event("00:00:01:05", "00:00:02:00", reel="winter-patrol"), fcm="FCM: DROP FRAME")
    wrong = [("lines.4.start", "not_drop_frame"), ("lines.4.end", "not_drop_frame")]
    assert faults(send(anybody, text, EDL)) == wrong


def test_names_in_an_older_character_set(anybody: Asker, video: Any) -> None:
    text = edl(event("00:00:01:05", "00:00:02:00"), "* FROM CLIP NAME: Été au port.mov")
    answer = send(anybody, text.encode("cp1252"), EDL, "?video=winter-patrol")
    assert answer.json()["clips"][0]["label"] == "001 Été au port"


def test_thousands_of_events_are_refused_quickly(anybody: Asker) -> None:
    begun = time.monotonic()
    text = edl(*[event("00:00:01:05", "00:00:02:00", reel="winter-patrol")] * 10_000)
    assert faults(send(anybody, text, EDL)) == [("lines", "too_long")]
    assert time.monotonic() - begun < 5


@pytest.fixture
def drop_frame(files: Path, tmp_path: Path) -> Any:
    """Three seconds at 29.97, counted in drop frame from two frames before a minute is full."""
    path = tmp_path / "drop-frame.mov"
    source = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30000/1001:duration=3", "-timecode", "00:00:59;28"]
    subprocess.run([get_ffmpeg_exe(), *source, "-c:v", "libx264", "-bf", "0", str(path)], check=True, timeout=60)
    return make_indexed_video(path)


def test_timecodes_are_counted_as_the_list_says(anybody: Asker, drop_frame: Any) -> None:
    def cut(start: str, end: str, fcm: str) -> Any:
        return send(anybody, edl(event(start, end), fcm=fcm), EDL, "?video=winter-patrol")

    drop, other = "FCM: DROP FRAME", "FCM: NON-DROP FRAME"
    assert frames(cut("00:00:59:29", "00:01:00:12", drop)) == [(1, 12)]
    assert frames(cut("00:00:59;29", "00:01:00;12", other)) == [(1, 12)]
    assert frames(cut("00:00:59:29", "00:01:00:12", "")) == [(1, 12)]
    assert faults(cut("00:00:59:29", "00:01:00:12", other)) == [("lines.4.start", "drop_frame")]
    assert faults(cut("00:01:00:00", "00:01:00:12", drop)) == [("lines.4.start", "dropped_timecode")]
