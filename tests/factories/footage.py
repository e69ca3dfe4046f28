"""Published videos whose frames can be told apart, for tests of clips and downloads."""

from pathlib import Path
from typing import Any

import av

from accounts.models import User
from cms.demo.footage import make_footage, read_frame_number
from tests.factories.newsroom import PASSWORD, make_video
from videos.ingest.imports import await_ingest, take_in
from videos.models import VideoPage
from videos.models.media import Audience

SECONDS = 4
FRAMES = SECONDS * 25


def footage(folder: Path, seconds: int = SECONDS) -> Path:
    """A file of so many seconds, 25 frames each, made once in a folder."""
    path = folder / f"footage-{seconds}.mp4"
    if not path.exists():
        make_footage(path, seconds=seconds, seed=7, title="Patrol")
    return path


def make_published_video(path: Path, *, audience: Audience = Audience.PUBLIC, **fields: Any) -> VideoPage:
    """A published page with that file, ingested."""
    video = take_in(path, title="Patrol", master_audience=audience)
    await_ingest(video)
    return make_video("Winter patrol", video=video, **fields)


def make_media_account(name: str = "ana") -> User:
    """A media account with the password PASSWORD."""
    return User.objects.create_user(f"media-{name}", password=PASSWORD, media_email=f"{name}@press.example")


def frame_numbers(path: Path) -> list[int]:
    """The numbers that the pictures of a file show, in the order in which they are shown."""
    with av.open(str(path)) as container:
        return [read_frame_number(frame.to_image()) for frame in container.decode(video=0)]
