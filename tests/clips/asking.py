"""What tests of clips share: footage, somebody who asks, and files in a folder of their own."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from tests.factories.accounts import log_in
from tests.factories.footage import footage, frame_numbers, make_media_account
from tests.services import INSTALLATION
from videos.storage import video_storage

OVER = ("ready", "failed", "expired", "cancelled")


class Asker:
    """Somebody who asks the API for clips."""

    def __init__(self, client: Client | None = None, address: str = "192.0.2.1") -> None:
        self.client = client or Client()
        self.address = address

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer. `path`: in the API, or whole."""
        path = path if path.startswith("/") else f"/api/v1/{path}"
        data = body if isinstance(body, str) else json.dumps(body) if body is not None else ""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = "application/json" if data else "application/octet-stream"
        return self.client.generic(method, path, data, kind, headers=names, REMOTE_ADDR=self.address)

    def order(self, video: Any, start: Any = 1, end: Any = 2, **wish: Any) -> Any:
        """The answer to an order."""
        path = f"videos/{getattr(video, 'translation_key', video)}/clips/"
        return self.request("POST", path, {"start": start, "end": end, **wish})

    def clip(self, clip_id: str) -> Any:
        """A clip as it is told now."""
        answer = self.request("GET", f"clips/{clip_id}/")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def wait(self, clip_id: str, seconds: float = 40, until: tuple[str, ...] = OVER) -> Any:
        """The clip, once it has one of these statuses."""
        end = time.monotonic() + seconds
        while (clip := self.clip(clip_id))["status"] not in until:
            assert time.monotonic() < end, clip
            time.sleep(0.05)
        return clip

    def download(self, url: str, **headers: str) -> Any:
        """The answer at an address that the API gave."""
        return self.request("GET", path_of(url), **headers)


def path_of(url: str) -> str:
    """Path of an address that the API gave."""
    return url.removeprefix(django_settings.BASE_URL)


@pytest.fixture
def anybody() -> Asker:
    """Somebody without an account."""
    return Asker()


@pytest.fixture
def journalist(db: None) -> Asker:
    """Somebody with a media account, logged in."""
    client = Client()
    log_in(client, make_media_account())
    return Asker(client)


@pytest.fixture(scope="session")
def patrol() -> Path:
    """Four seconds of footage."""
    return footage(INSTALLATION.var_dir)


@pytest.fixture
def files(settings: Any) -> Iterator[Path]:
    """The folder of stored videos, which the worker has too; emptied afterwards, and that of pictures."""
    folders = (Path(settings.VIDEOS_DIR), Path(settings.MEDIA_ROOT))
    yield folders[0]
    for path in sorted((path for folder in folders for path in folder.rglob("*")), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def numbers_in(answer: Any, folder: Path) -> list[int]:
    """Frame numbers of a downloaded clip."""
    path = folder / "downloaded.mp4"
    path.write_bytes(answer.getvalue())
    return frame_numbers(path)


def stored_clips() -> list[str]:
    """Names of the clips in the storage."""
    folder = Path(video_storage().path("clips"))
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def unfinished_pieces() -> list[str]:
    """Names of what is being written, or was left behind."""
    folder = Path(django_settings.UNFINISHED_DIR)
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
