"""From `POST` to `ready`: a newsroom of its own, whose worker cuts clips that are ordered over HTTP.

`python -m benchmarks.posting SOURCE CUTS [--bucket]` is what `benchmarks.trim --http` runs, once with the files in a
folder and once with them in a bucket: a process each, since Django is set up once in a process.
"""

import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.servers import Server, serving
from benchmarks.tables import spread, table
from benchmarks.throwaway import newsroom
from benchmarks.trim import SECONDS
from cms.local.bucket import serving_bucket
from cms.local.installation import BASE_DIR, Installation
from cms.local.services import dying_with_us

# Cuts that nobody counts: the worker reads what it needs, and compiles what it compiles.
WARM_UP = 2
POLL_SECONDS = 0.02
PATIENCE = 120
MOST_REQUESTS = 10


@dataclass(frozen=True)
class Measured:
    """The same frames, ordered and cut. `ordered`: seconds from `POST` to `ready`; `posted`: until its answer."""

    ordered: float
    posted: float
    bare: dict[str, Any]


class Caller:
    """Somebody without an account, on one connection."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer's JSON. Raises RuntimeError where it is a refusal."""
        headers = {"Content-Type": "application/json"} if body else {}
        self._connection.request(method, f"/api/v1/{path}", json.dumps(body) if body else None, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status not in (200, 202):
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content)

    def order(self, story_id: str, start: float, end: float) -> tuple[float, float, str]:
        """Seconds until the clip was ready, seconds until the order was answered, and the clip's id."""
        begin = time.perf_counter()
        clip = self.ask("POST", f"videos/{story_id}/clips/", {"start": start, "end": end})
        posted = time.perf_counter() - begin
        while clip["status"] in ("queued", "cutting"):
            if time.perf_counter() - begin > PATIENCE:
                raise RuntimeError(f"the clip is not cut: {clip}")
            time.sleep(POLL_SECONDS)
            clip = self.ask("GET", f"clips/{clip['id']}/")
        if clip["status"] != "ready":
            raise RuntimeError(f"the clip is not ready: {clip}")
        return time.perf_counter() - begin, posted, clip["id"]


@contextmanager
def cutting(installation: Installation) -> Iterator[None]:
    """A worker for short clips, with one process: the one that cuts is the one that is measured."""
    options = "worker -Q clips -n clips@%h --concurrency 1 --include benchmarks.barecut --loglevel INFO"
    options += " --without-gossip --without-mingle"
    with (installation.logs_dir / "clips.log").open("wb") as log:
        process = subprocess.Popen(
            dying_with_us([sys.executable, "-m", "celery", "-A", "cms", *options.split()]),
            cwd=BASE_DIR,
            env=installation.environment() | {"MALLOC_ARENA_MAX": "2"},  # docs/operations.md
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def publish(source: Path) -> Any:
    """The page of a video that everybody may cut, with this file as its master."""
    from delivery.transaction import publishing
    from videos.ingest.imports import await_ingest, take_in
    from videos.models import VideoIndexPage, VideoPage
    from videos.models.media import Audience

    begin = time.monotonic()
    print("Taking the source in …", end=" ", flush=True)
    video = take_in(source, title="Patrol", master_audience=Audience.PUBLIC)
    await_ingest(video)
    index = VideoIndexPage.objects.get(locale__language_code="en")
    with publishing():
        page = VideoPage(title="Patrol", slug="patrol", locale=index.locale, video=video, live=False)
        index.add_child(instance=page)
        page.save_revision().publish()
    print(f"{time.monotonic() - begin:.0f} s", flush=True)
    return page


def cut_in_worker(rendition_id: int, first: int, end: int, folder: Path) -> dict[str, Any]:
    """What the worker says of a cut of these frames that nobody ordered."""
    from benchmarks.barecut import cut_bare

    answer = folder / f"{first}.json"
    cut_bare.apply_async([rendition_id, first, end, str(answer)], queue="clips")
    deadline = time.monotonic() + PATIENCE
    while not answer.exists():
        if time.monotonic() > deadline:
            raise RuntimeError("the worker does not answer")
        time.sleep(POLL_SECONDS)
    said: dict[str, Any] = json.loads(answer.read_text())
    return said


def measure(server: Server, page: Any, count: int, folder: Path) -> list[Measured]:
    """So many cuts at random places, each ordered and bare, in turn."""
    from videos.ingest.indexing import index_of
    from videos.models import Clip
    from videos.storage import video_storage

    master = page.video.renditions.get(name="master")
    index = index_of(master)
    length = round(SECONDS * index.rate)
    caller = Caller(server)
    points = random.Random(2026)
    measured = []
    # No frame twice: an equal clip would be shared.
    for number, first in enumerate(points.sample(range(index.frame_count - length), count + WARM_UP)):
        start, end = float(index.time_of(first)), float(index.time_of(first + length))
        bare = cut_in_worker(master.pk, first, first + length, folder) if number % 2 else None
        ordered, posted, clip_id = caller.order(str(page.translation_key), start, end)
        bare = bare or cut_in_worker(master.pk, first, first + length, folder)
        clip = Clip.objects.get(pk=clip_id)
        if (clip.start_frame, clip.end_frame, clip.encoded_frames) != (first, first + length, bare["encoded_frames"]):
            raise RuntimeError(f"another clip was cut than the one that was ordered: {clip.start_frame}, not {first}")
        video_storage().delete(clip.file_name)
        if number >= WARM_UP:
            measured.append(Measured(ordered, posted, bare))
    return measured


def print_measured(name: str, measured: list[Measured]) -> None:
    """How much longer an order takes than its cut; and from a bucket, what it reads."""
    more = sorted(one.ordered - one.bare["wall"] for one in measured)
    stored = [one.bare["stored"] for one in measured if "stored" in one.bare]
    rows = [
        ["POST to ready", spread([one.ordered for one in measured])],
        ["of that, until the POST is answered", spread([one.posted for one in measured])],
        ["the cut alone, in the same process", spread([one.bare["wall"] for one in measured])],
        *([["to store it, in the same process", spread(stored)]] if stored else []),
        ["difference", spread(more)],
        ["ratio", spread([one.ordered / one.bare["wall"] for one in measured])],
    ]
    print("\n" + table([f"{SECONDS} s, {name}", "s"], rows))
    print(f"Difference: median {median(more):.3f} s, p90 {more[int(len(more) * 0.9)]:.3f} s, worst {more[-1]:.3f} s.")
    print(f"Processes that cut: {len({one.bare['process'] for one in measured})}.")
    if any(one.bare["requests"] for one in measured):
        sizes = [one.bare["size_bytes"] for one in measured]
        read = [one.bare["bytes_read"] for one in measured]
        fits = [got <= 1.2 * size + 1e6 for got, size in zip(read, sizes, strict=True)]
        few = [one.bare["requests"] <= MOST_REQUESTS for one in measured]
        rest = [one.ordered - one.bare["wall"] - one.bare["stored"] for one in measured]
        print(f"Difference without the bucket's own time for the clip: {spread(rest)} s.")
        print(
            f"Read from the bucket: {spread([one.bare['requests'] for one in measured])} requests, "
            f"{spread([got / 1e6 for got in read])} MB, "
            f"{spread([got / size for got, size in zip(read, sizes, strict=True)])} times the clip "
            f"({spread([size / 1e6 for size in sizes])} MB). Within 1.2 times the clip and 1 MB: {sum(fits)} of "
            f"{len(fits)}; within {MOST_REQUESTS} requests: {sum(few)} of {len(few)}."
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.posting", description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("cuts", type=int)
    parser.add_argument("--bucket", action="store_true", help="keep the files in a bucket")
    options = parser.parse_args()
    with serving_bucket() if options.bucket else nullcontext() as bucket:
        variables = bucket.variables() if bucket else {}
        with newsroom(durable=True, **variables) as installation:
            page = publish(options.source.absolute())
            folder = installation.var_dir / "answers"
            folder.mkdir()
            contestants = {"newsroom": {"DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]}}
            with cutting(installation), serving(installation, contestants) as servers:
                measured = measure(servers["newsroom"], page, options.cuts, folder)
    print_measured("files in a bucket" if options.bucket else "files in a folder", measured)


if __name__ == "__main__":
    main()
