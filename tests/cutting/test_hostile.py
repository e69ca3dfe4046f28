"""Hostile files: nothing that they name is opened, and they cost little before they are refused."""

import multiprocessing
import resource
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.cutting.corpus import Made
from tests.cutting.hostile import HOSTILE, write_all
from videos.cutting.index import build_index
from videos.errors import VideosError

MEGABYTE = 1 << 20
# Of these the tables are right, and only what they tell of is absurd or missing: the engine may index them.
READABLE = {"absurd_dimensions", "absurd_duration", "truncated_samples"}


class Listener:
    """A server on loopback that counts who comes."""

    def __init__(self) -> None:
        self.visits = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _address = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            visitor.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def secret(made: Callable[[str], Made]) -> Path:
    """A file that must not be read: a video, so whoever follows a hostile file to it finds one."""
    return made("transport_stream").path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, secret: Path, listener: Listener) -> dict[str, Path]:
    return write_all(tmp_path_factory.mktemp("hostile"), secret, listener.address)


def test_the_files_are_hostile_indeed(hostile: dict[str, Path], listener: Listener) -> None:
    # A careless reader follows the playlist to the file and to the address.
    options = ["-f", "hls", "-allowed_extensions", "ALL", "-extension_picky", "0"]
    careless = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "info", *options]
    careless += ["-protocol_whitelist", "file,http,tcp", "-i", str(hostile["playlist_as_mp4"]), "-f", "null", "-"]
    before = listener.visits
    said = subprocess.run(careless, capture_output=True, text=True, check=False).stderr
    assert "h264" in said
    assert listener.visits > before
    # And another one to the file that the script names.
    careless = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-f", "concat", "-safe", "0"]
    careless += ["-i", str(hostile["concat_script_as_mp4"])]
    assert "h264" in subprocess.run(careless, capture_output=True, text=True, check=False).stderr


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_the_engine_refuses_a_hostile_file_at_little_cost(
    name: str, hostile: dict[str, Path], listener: Listener
) -> None:
    before = listener.visits
    outcome, seconds, megabytes = indexed_apart(hostile[name])
    assert outcome == "refused" or (name in READABLE and outcome == "indexed")
    assert listener.visits == before
    assert seconds < 10
    assert megabytes < 400


def indexed_apart(path: Path) -> tuple[str, float, float]:
    """What became of a file in a process of its own: `indexed`, `refused`, or the error that nobody foresaw.

    And how many seconds it took, and by how many megabytes the process grew at most.
    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_index, args=(path, theirs))
    started = time.monotonic()
    process.start()
    theirs.close()
    try:
        outcome, grown = ours.recv() if ours.poll(60) else ("not done in a minute", 0.0)
    except EOFError:
        outcome, grown = "killed", 0.0
    seconds = time.monotonic() - started
    process.kill()
    process.join()
    return outcome, seconds, grown


def _index(path: Path, answer: Connection) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Should it go wrong, it goes wrong here only.
    resource.setrlimit(resource.RLIMIT_AS, (6000 * MEGABYTE, 6000 * MEGABYTE))
    try:
        build_index(path)
        outcome = "indexed"
    except VideosError:
        outcome = "refused"
    except BaseException as error:
        outcome = f"{type(error).__name__}: {error}"
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    answer.send((outcome, grown))
