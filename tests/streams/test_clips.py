"""A clip as it is cut: told each time that something changes, until there is nothing more to tell."""

import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.clips.asking import Asker
from tests.factories.footage import footage, make_indexed_video
from tests.services import INSTALLATION
from tests.streams.conftest import Streams
from videos.clips.run import cut_next
from videos.models import Clip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def video(transactional_db: None, files: Path) -> Any:
    return make_indexed_video(footage(INSTALLATION.var_dir))


def read(streams: Streams, clip_id: str, cookie: str = "") -> tuple[int, list[Any]]:
    """Status, and all that a stream tells until it ends: name of the event and clip; or the problem."""
    client = HTTPConnection("127.0.0.1", streams.port, timeout=60)
    client.request("GET", f"/api/v1/clips/{clip_id}/events/", headers={"Cookie": cookie} if cookie else {})
    answer = client.getresponse()
    content = answer.read().decode()
    client.close()
    if answer.status != 200:
        return answer.status, [json.loads(content)]
    events = [
        dict(line.split(": ", 1) for line in block.split("\n") if ": " in line) for block in content.split("\n\n")
    ]
    return 200, [(one["event"], json.loads(one["data"])) for one in events if "data" in one]


def test_stream_tells_of_a_clip_until_it_is_ready(streams: Streams, anybody: Asker, video: Any) -> None:
    clip_id = anybody.order(video).json()["id"]
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(read, streams, clip_id)
        reading.running()
        cut_next(Clip.Lane.SHORT)
        status, told = reading.result(60)
    assert status == 200
    assert told[-1][0] == "ready"
    assert [name for name, clip in told] == [clip["status"] for name, clip in told]
    last = {**told[-1][1], "download_url": None}
    assert last == {**anybody.clip(clip_id), "download_url": None}
    # Who comes again is told the end, and no more.
    assert [name for name, _clip in read(streams, clip_id)[1]] == ["ready"]


def test_stream_of_somebody_elses_clip_is_not_there(streams: Streams, journalist: Asker, video: Any) -> None:
    clip_id = journalist.order(video).json()["id"]
    assert read(streams, clip_id)[0] == 404
    journalist.request("DELETE", f"clips/{clip_id}/")
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in journalist.client.cookies.items())
    status, told = read(streams, clip_id, cookie)
    assert (status, [name for name, _clip in told]) == (200, ["cancelled"])


def test_stream_of_nothing_is_not_there(streams: Streams) -> None:
    assert read(streams, "11111111-0000-4000-8000-00000000000f")[0] == 404
