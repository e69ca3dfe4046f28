"""What tests of orders share."""

import io
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from django.core.files import File

from tests.clips.asking import Asker, path_of
from tests.factories.newsroom import make_video
from videos.clips.run import cut_next
from videos.cutting.index import SourceIndex, build_index
from videos.ingest.indexing import keep_index
from videos.models import Clip, VideoFile, VideoPage, VideoRendition
from videos.models.media import Audience


def make_indexed_video(path: Path, *, audience: Audience = Audience.PUBLIC) -> VideoPage:
    """A published page with that file as its master, and what cutting begins with: all of ingest that orders need."""
    with path.open("rb") as file:
        video = VideoFile.objects.create(
            title="Patrol", type="video", duration=4, master_audience=audience, file=File(file, f"media/{path.name}")
        )
    facts = {"width": 320, "height": 180, "video_codec": "h264", "size_bytes": path.stat().st_size}
    master = VideoRendition.objects.create(
        video=video, role="master", name="master", file_name=video.file.name, audience=audience, **facts
    )
    keep_index(master, index_in(path))
    return make_video("Winter patrol", video=video)


@cache
def index_in(path: Path) -> SourceIndex:
    """The file's index, made once a run."""
    return build_index(path)


def send(asker: Asker, body: Any, kind: str = "application/json", query: str = "", **headers: str) -> Any:
    """The answer to an order in one of its forms."""
    if kind == "application/json" and not isinstance(body, bytes):
        return asker.request("POST", f"orders/{query}", body, **headers)
    content = body if isinstance(body, bytes) else body.encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return asker.client.generic(
        "POST", f"/api/v1/orders/{query}", content, kind, headers=names, REMOTE_ADDR=asker.address
    )


def order(asker: Asker, *rows: dict[str, Any]) -> Any:
    """The order of these rows, as it was answered."""
    answer = send(asker, {"clips": list(rows)})
    assert answer.status_code == 202, answer.content
    return answer.json()


def row(video: Any, start: Any = 1, end: Any = 2, **more: Any) -> dict[str, Any]:
    """A row as JSON."""
    return {"video": str(getattr(video, "translation_key", video)), "start": start, "end": end, **more}


def told(asker: Asker, order_id: str) -> Any:
    """The order as it is now."""
    answer = asker.request("GET", f"orders/{order_id}/")
    assert answer.status_code == 200, answer.content
    return answer.json()


def cut_all() -> None:
    """What workers would do."""
    for lane in Clip.Lane:
        while cut_next(lane):
            pass


def faults(answer: Any) -> list[tuple[str, str]]:
    """Where an order is wrong, and how."""
    assert answer.status_code == 422, answer.content
    return [(one["parameter"], one["code"]) for one in answer.json()["errors"]]


def archive(asker: Asker, order: Any) -> zipfile.ZipFile:
    """The order's archive, downloaded."""
    answer = asker.request("GET", path_of(order["archive"]["download_url"]))
    assert answer.status_code == 200
    content = answer.getvalue()
    assert len(content) == int(answer["Content-Length"]) == order["archive"]["size"]
    return zipfile.ZipFile(io.BytesIO(content))
