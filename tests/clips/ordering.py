"""What tests of orders share."""

import io
import zipfile
from typing import Any

from tests.clips.asking import Asker, path_of
from videos.clips.run import cut_next
from videos.models import Clip


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
