"""Cutting: 30 s out of a long source, against `ffmpeg -c copy`, and others where they are installed.

`python -m benchmarks.trim` encodes a minute of 1080p25 (8 Mb/s, GOP 50, B-frames, AAC), joins it to ten minutes, and
cuts at random points: the project in a worker that stays warm, then the ffmpeg binary with `-c copy` at the same
points, in turn; smartcut (`--smartcut` installs it into an environment of its own) and MoviePy (`--moviepy`) at the
first of them, since they take long. Then it looks at what came out: whether the frames are the source's, and how like
them those are that were encoded. `--source` takes a file of yours.

`--http` measures something else instead: what an order takes from `POST` to `ready` (`benchmarks.posting`).
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import imageio_ffmpeg

from benchmarks.exactness import Exactness, exactness, exactness_table
from benchmarks.tables import megabytes, spread, table
from cms.local.installation import BASE_DIR

SECONDS = 30
# How many cuts those make that take long, and how many clips of each are looked at.
SLOW_CUTS = 2
LOOKED_AT = 2
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
PICTURE = "testsrc2=size={size}:rate=25,noise=alls=12:allf=t"
MOVIEPY = """
import sys, moviepy
with moviepy.VideoFileClip(sys.argv[1]) as clip:
    clip.subclipped(float(sys.argv[3]), float(sys.argv[4])).write_videofile(sys.argv[2], logger=None)
"""


@dataclass(frozen=True)
class Took:
    """What one cut cost. Seconds; `memory`: bytes at the most."""

    wall: float
    cpu: float
    memory: int


class Warm:
    """The project in a process of its own that cuts again and again, as a Celery worker does."""

    def __init__(self, source: Path, index: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.trimming", str(source), str(index)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=BASE_DIR,
            env=os.environ | {"MALLOC_ARENA_MAX": "2"},  # docs/operations.md
        )

    def cut(self, first: int, end: int, target: Path) -> dict[str, Any]:
        """What the worker says of the cut, and of what it cost."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([first, end, str(target)]) + "\n")
        self._process.stdin.flush()
        said: dict[str, Any] = json.loads(self._process.stdout.readline())
        return said

    def end(self) -> None:
        """The worker goes when nothing more can come."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


def run(command: Sequence[str], folder: Path | None = None) -> Took:
    """Run a command to its end, in a folder where it may leave what it likes."""
    begin = time.perf_counter()
    none = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=none, stdout=none, stderr=none, cwd=folder)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    wall = time.perf_counter() - begin
    return Took(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def make_source(folder: Path, minutes: int, size: str) -> Path:
    """The source: one minute, encoded, and joined with itself."""
    minute, whole = folder / "minute.mp4", folder / "source.mp4"
    sound = "sine=frequency=440:sample_rate=48000"
    inputs = ["-f", "lavfi", "-i", PICTURE.format(size=size), "-f", "lavfi", "-i", sound, "-t", "60"]
    rate = ["-b:v", "8M", "-maxrate", "10M", "-bufsize", "16M"] if size == "1920x1080" else ["-b:v", "40M"]
    video = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", *rate]
    gop = ["-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-bf", "3"]
    run([FFMPEG, "-y", *inputs, *video, *gop, "-c:a", "aac", "-b:a", "128k", str(minute)])
    run([FFMPEG, "-y", "-stream_loop", str(minutes - 1), "-i", str(minute), "-c", "copy", str(whole)])
    return whole


def install_smartcut(folder: Path) -> Path:
    """Its command, in an environment of its own."""
    environment = folder / "smartcut"
    venv.create(environment, with_pip=True)
    subprocess.run([environment / "bin" / "pip", "install", "--quiet", "smartcut"], check=True)
    return environment / "bin" / "smartcut"


def compare(source: Path, folder: Path, count: int, others: dict[str, Callable[[float, Path], list[str]]]) -> None:
    """Cut `count` times with each, in turn, and print what it cost."""
    from videos.cutting.index import build_index

    begin = time.perf_counter()
    index = build_index(source)
    (folder / "index").write_bytes(index.to_bytes())
    print(
        f"{source.stat().st_size / 1e6:.0f} MB, {float(index.duration):.0f} s; its index took "
        f"{time.perf_counter() - begin:.1f} s and has {(folder / 'index').stat().st_size / 1e3:.0f} kB"
    )
    worker = Warm(source, folder / "index")
    worker.cut(0, 60, folder / "warm-up.mp4")
    length = round(SECONDS * index.rate)
    points = random.Random(2026)
    ours: list[dict[str, Any]] = []
    copies: list[Took] = []
    theirs: dict[str, list[Took]] = {name: [] for name in others}
    looked: dict[str, list[Exactness]] = {name: [] for name in ("newsroom", "ffmpeg -c copy", *others)}

    def look(name: str, clip: Path) -> None:
        if len(looked[name]) < LOOKED_AT:
            looked[name].append(exactness(source, clip, start, length))

    for number in range(count):
        first = points.randrange(index.frame_count - length)
        start = float(index.time_of(first))
        ours.append(worker.cut(first, first + length, folder / "ours.mp4"))
        seek = ["-ss", f"{start:.3f}", "-i", str(source), "-t", str(SECONDS), "-c", "copy"]
        copies.append(run([FFMPEG, "-y", *seek, str(folder / "copy.mp4")]))
        look("newsroom", folder / "ours.mp4")
        look("ffmpeg -c copy", folder / "copy.mp4")
        for name, command in others.items():
            if number < SLOW_CUTS:
                theirs[name].append(run(command(start, folder / "theirs.mp4"), folder))
                look(name, folder / "theirs.mp4")
    worker.end()
    _print(ours, copies, theirs)
    print("\n" + exactness_table(looked, length))


def _print(ours: list[dict[str, Any]], copies: list[Took], theirs: dict[str, list[Took]]) -> None:
    ratios = sorted(our["wall"] / copy.wall for our, copy in zip(ours, copies, strict=True))
    head = ["30 s", "wall s", "CPU s", "peak MB", "times -c copy"]
    rows = [
        [
            "newsroom, warm",
            spread([our["wall"] for our in ours]),
            spread([our["cpu"] for our in ours]),
            megabytes(max(our["memory"] for our in ours)),
            spread(ratios),
        ],
        _row("ffmpeg -c copy", copies, copies),
        *(_row(name, took, copies) for name, took in theirs.items() if took),
    ]
    print("\n" + table(head, rows))
    print(
        f"\nRatio: median {median(ratios):.2f}, p90 {ratios[int(len(ratios) * 0.9)]:.2f}, worst {ratios[-1]:.2f}. "
        f"Encoded: {spread([our['encoded_frames'] for our in ours])} frames.\n"
        f"Read: {spread([our['bytes_read'] / our['size_bytes'] for our in ours])} times the clip, "
        f"in {spread([our['requests'] for our in ours])} requests."
    )


def _row(name: str, took: list[Took], copies: list[Took]) -> list[str]:
    return [
        name,
        spread([each.wall for each in took]),
        spread([each.cpu for each in took]),
        megabytes(max(each.memory for each in took)),
        spread([each.wall / copy.wall for each, copy in zip(took, copies, strict=False)]),
    ]


def order_clips(source: Path, count: int) -> None:
    """Print how much longer than the cut an order takes: with the files in a folder, then with them in a bucket."""
    for where in ([], ["--bucket"]):
        subprocess.run([sys.executable, "-m", "benchmarks.posting", str(source), str(count), *where], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trim", description=__doc__)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--source", type=Path, help="a file of yours, instead of one that is made")
    parser.add_argument("--smartcut", action="store_true", help="install smartcut, and have it cut, too")
    parser.add_argument("--moviepy", action="store_true", help="have MoviePy cut, too: minutes")
    parser.add_argument("--http", action="store_true", help="order clips over HTTP, from a folder and from a bucket")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsroom-bench-") as name:
        folder = Path(name)
        source = options.source.absolute() if options.source else make_source(folder, options.minutes, options.size)
        if options.http:
            order_clips(source, options.cuts)
            return
        others: dict[str, Callable[[float, Path], list[str]]] = {}
        if options.smartcut:
            smartcut = install_smartcut(folder)
            others["smartcut"] = lambda start, target: [
                str(smartcut),
                str(source),
                str(target),
                "--keep",
                f"{start:.3f},{start + SECONDS:.3f}",
            ]
        if options.moviepy:
            others["MoviePy"] = lambda start, target: [
                sys.executable,
                "-c",
                MOVIEPY,
                str(source),
                str(target),
                f"{start:.3f}",
                f"{start + SECONDS:.3f}",
            ]
        compare(source, folder, options.cuts, others)
    print(f"Peak of this process: {megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)} MB")


if __name__ == "__main__":
    main()
