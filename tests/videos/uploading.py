"""Somebody who uploads masters in parts, and what becomes of them."""

import os
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from wagtail.models import Collection

from tests.factories.newsroom import make_editor
from videos.models import VideoFile
from videos.storage import video_storage
from videos.uploads.parts import parts

PART = 5 * 1024 * 1024  # S3 takes no smaller ones, but for the last
CONTENT = os.urandom(2 * PART + 1000)
ENTRANCE = "/admin/videos/uploads/"


class Browser(Client):
    """Somebody who uploads, and what his browser does."""

    def __init__(self, username: str = "", group: str = "Media desk") -> None:
        super().__init__()
        self.user = make_editor(group, username)
        self.force_login(self.user)

    def begin(self, *, title: str = "Ice patrol.MP4", size: int = len(CONTENT), status: int = 200) -> Any:
        file = {"title": title, "size_bytes": size, "changed_at": 1_700_000_000_000}
        answer = self.post(ENTRANCE, file, content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()

    def send(self, upload: Any, number: int, content: bytes | None = None) -> int:
        """Send a part; the status of whoever takes it."""
        answer = self.post(f"{ENTRANCE}{upload['id']}/parts/{number}/")
        assert answer.status_code == 200, answer.content
        body = CONTENT[(number - 1) * PART : number * PART] if content is None else content
        return put(self, answer.json()["url"], body)

    def complete(self, upload: Any) -> Any:
        return self.post(f"{ENTRANCE}{upload['id']}/complete/")

    def send_all(self, **file: Any) -> Any:
        upload = self.begin(**file)
        for number in range(1, upload["part_count"] + 1):
            assert self.send(upload, number) < 300
        assert self.complete(upload).status_code == 200
        return upload

    def add_video(self, **form: Any) -> Any:
        root = Collection.get_first_root_node().pk
        fields = {"title": "Patrol", "collection": root, "master_audience": "public"}
        return self.post(reverse("wagtailmedia:add", args=["video"]), fields | form)


def put(client: Client, url: str, body: bytes) -> int:
    if url.startswith("/"):
        return client.put(url, body, content_type="application/octet-stream").status_code
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})
    return fetch(request)[0]


def fetch(request: urllib.request.Request | str) -> tuple[int, Any, bytes]:
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def stored() -> bytes:
    video = VideoFile.objects.get()
    with video_storage().open(video.file.name) as file:
        return file.read()


def unfinished() -> int:
    """Uploads of which the storage still has parts."""
    return sum(1 for _orphan in parts().orphans(timedelta(hours=-1)))
