"""Cuts that are being written: where, and what becomes of those that nobody finishes."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db.models.functions import Now

from jobs.models import JobState
from videos.models import Clip

logger = logging.getLogger(__name__)


@contextmanager
def piece_of(clip: Clip) -> Iterator[Path]:
    """Where the clip is written until it is whole; nothing is left there afterwards."""
    folder = Path(settings.UNFINISHED_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{clip.pk}-{clip.fence}{Path(clip.download_name).suffix}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def remove_left_pieces() -> None:
    """Remove from this machine what belongs to no cut that goes on, however its cut ended."""
    folder = Path(settings.UNFINISHED_DIR)
    pieces = list(folder.iterdir()) if folder.is_dir() else []
    if not pieces:
        return
    running = Clip.objects.filter(state=JobState.RUNNING, leased_until__gt=Now())
    names = {f"{pk}-{fence}" for pk, fence in running.values_list("pk", "fence")}
    for piece in pieces:
        if piece.stem not in names:
            piece.unlink(missing_ok=True)
            logger.info("removed %s, which a worker had left", piece.name)
