"""What strangers upload to do harm, or by mistake: refused in words, and nothing else is opened on the way."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.videos.conftest import film
from videos.cutting.confinement import Limits
from videos.errors import (
    EmptyFile,
    NoPictures,
    NoVideo,
    PictureTooLarge,
    RefersElsewhere,
    TooDemanding,
    TooManyTracks,
    VideoTooLong,
)
from videos.ingest.imports import take_in
from videos.ingest.reading import read
from videos.models import VideoFile

pytestmark = pytest.mark.django_db


@contextmanager
def bait() -> Iterator[str]:
    """The address of a server to which nobody may come."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0)
        yield f"http://127.0.0.1:{server.getsockname()[1]}/segment.ts"
        with suppress(BlockingIOError):
            server.accept()
            pytest.fail("somebody came for the bait")


def refused(path: Path, kind: type[NoVideo] = NoVideo) -> str:
    """What is said of a file that is not taken in."""
    with pytest.raises(kind) as error:
        take_in(path, title="Patrol")
    assert not VideoFile.objects.exists()
    said = str(error.value)
    assert str(path.parent) not in said
    return said


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{address}\n#EXT-X-ENDLIST\n"
CONCAT = "ffconcat version 1.0\nfile '{address}'\nfile '/etc/hostname'\n"
MPD = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011">'
    '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1"><BaseURL>{address}</BaseURL>'
    "</Representation></AdaptationSet></Period></MPD>"
)


@pytest.mark.parametrize("script", [PLAYLIST, CONCAT, MPD], ids=["playlist", "concat", "mpd"])
@pytest.mark.parametrize(
    "disguise",
    [b"", b"RIFF\x41\x41\x41\x41AVI JUNK\x41\x41\x41\x41", b"\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom"],
    ids=["by its name", "as AVI", "as MP4"],
)
def test_script_that_names_other_files_opens_none(script: str, disguise: bytes, tmp_path: Path) -> None:
    path = tmp_path / ("film.avi" if disguise.startswith(b"RIFF") else "film.mp4")
    with bait() as address:
        path.write_bytes(disguise + script.format(address=address).encode())
        refused(path)


@pytest.fixture
def harmless(tmp_path: Path) -> Path:
    return film(tmp_path / "harmless.mov")


@pytest.mark.parametrize("kind", [b"url ", b"alis"])
def test_movie_whose_pictures_are_elsewhere_is_refused(kind: bytes, harmless: Path, tmp_path: Path) -> None:
    path = tmp_path / "reference.mov"
    content = harmless.read_bytes()
    own = next(name for name in (b"url ", b"alis") if name + b"\x00\x00\x00\x01" in content)
    path.write_bytes(content.replace(own + b"\x00\x00\x00\x01", kind + b"\x00\x00\x00\x00"))
    assert "refers to other files" in refused(path, RefersElsewhere)


def test_movie_whose_tables_are_packed_is_refused(harmless: Path, tmp_path: Path) -> None:
    path = tmp_path / "packed.mov"
    packed = struct.pack(">I4sI4sI4s", 20, b"moov", 12, b"cmov", 0, b"")[:20]
    path.write_bytes(harmless.read_bytes().replace(b"moov", b"free") + packed)
    refused(path, RefersElsewhere)


def test_absurd_pictures_are_refused(tmp_path: Path) -> None:
    said = refused(film(tmp_path / "wide.mp4", size="16384x64", seconds=0.04), PictureTooLarge)
    assert "16384 × 64" in said
    assert "8192" in said


def test_absurd_lengths_are_refused(tmp_path: Path) -> None:
    path = film(tmp_path / "long.mp4", "-an", rate="1/7200", seconds=7200 * 20)
    assert "24 hours at most" in refused(path, VideoTooLong)


def test_absurd_numbers_of_tracks_are_refused(tmp_path: Path) -> None:
    path = film(tmp_path / "tracks.mkv", "-map", "0:v", *(["-map", "1:a"] * 70), "-c:a", "pcm_s16le", seconds=0.2)
    assert "71 tracks" in refused(path, TooManyTracks)


def test_picture_that_unpacks_to_more_than_memory_ends_the_reader_alone(tmp_path: Path) -> None:
    path = film(tmp_path / "flat.mov", "-an", "-c:v", "png", "-pix_fmt", "rgb24", size="8000x4300", seconds=0.04)
    limits = Limits(30, memory_bytes=250 * 1024 * 1024)
    with pytest.raises(NoVideo):
        read("check", path, tmp_path / "result", lambda: None, limits=limits)


def test_reading_that_takes_for_ever_ends(harmless: Path, tmp_path: Path) -> None:
    class Hasty(Limits):
        patience = 0

    with pytest.raises(TooDemanding):
        read("check", harmless, tmp_path / "result", lambda: None, limits=Hasty(1))


def test_tables_that_promise_more_samples_than_there_are_bytes(harmless: Path, tmp_path: Path) -> None:
    path = tmp_path / "promises.mov"
    content = harmless.read_bytes()
    at = content.index(b"stsz") + 8
    path.write_bytes(content[:at] + struct.pack(">II", 1, 0x7FFFFFFF) + content[at + 8 :])
    for action in ("facts", "index"):
        with suppress(NoVideo):  # both are right, as long as it ends
            read(action, path, tmp_path / "result", lambda: None, limits=Limits(30))


def test_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    assert "is empty" in refused(path, EmptyFile)


@pytest.mark.parametrize("part", [0.02, 0.5, 0.95])
def test_truncated_file_is_refused_or_taken_as_it_is(part: float, harmless: Path, tmp_path: Path) -> None:
    path = tmp_path / "truncated.mov"
    content = harmless.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    refused(path)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = film(tmp_path / "sound.mp4", "-map", "1:a")
    refused(path, NoPictures)


def test_reader_knows_no_secrets(harmless: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from videos.cutting.confinement import run

    said = bytearray()
    monkeypatch.setenv("SECRET_KEY", "hush")
    run(["/usr/bin/env"], Limits(5), lambda: None, said.extend)
    assert b"hush" not in said
    assert os.environ["DATABASE_URL"].encode() not in said


def test_what_is_wrong_is_told_in_the_readers_language(tmp_path: Path) -> None:
    from django.utils.translation import override

    path = tmp_path / "empty.mp4"
    path.touch()
    with pytest.raises(EmptyFile) as caught:
        take_in(path, title="Patrol")
    with override("fr"):
        assert str(caught.value) == "Ce fichier est vide. Envoyez-le de nouveau."
