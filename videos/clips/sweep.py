"""What nobody comes back for by himself: clips that are over, their files, and pieces that dead workers left."""

import logging
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from delivery.clock import database_now
from jobs.lease import cancel, give_up
from jobs.models import JobState
from jobs.scratch import remove_left
from videos.clips.run import FOLDER, is_waiting
from videos.models import Clip
from videos.storage import video_storage

logger = logging.getLogger(__name__)

HAVE_NO_FILE = (JobState.CANCELLED, JobState.FAILED)
# How many files one sweep removes: the next one comes soon.
BATCH = 50
# A row that is over is kept this long, to say so to who asks.
KEEP_DAYS = 7
# A file that no row knows may be one that is just being stored.
STRAY_HOURS = 24


def sweep() -> list[str]:
    """Bring rows and files in line with what is published and with the clock; the lanes in which clips wait."""
    give_up(Clip)
    cancel(Clip.objects.unfinished().hidden())
    Clip.objects.hidden().filter(state=JobState.DONE, expires_at__gt=Now()).update(expires_at=Now())
    remove_files(Clip.objects.filter(Q(state=JobState.DONE, expires_at__lte=Now()) | Q(state__in=HAVE_NO_FILE)))
    remove_left(Clip, Path(settings.UNFINISHED_DIR))
    return [lane for lane in Clip.Lane if is_waiting(lane)]


def remove_files(clips: QuerySet[Clip]) -> None:
    """Remove stored files, some at a time. A row forgets its file only when that is gone."""
    with transaction.atomic():
        for clip in clips.exclude(file_name="").select_for_update(of=("self",), skip_locked=True)[:BATCH]:
            video_storage().delete(clip.file_name)
            Clip.objects.filter(pk=clip.pk).update(file_name="")


def over_for_long() -> QuerySet[Clip]:
    """Clips that nobody has to be told of any more."""
    over = Clip.objects.filter(file_name="", due_at__lt=Now() - timedelta(days=KEEP_DAYS))
    return over.exclude(state__in=(JobState.QUEUED, JobState.RUNNING))


def forget() -> None:
    """Remove rows that have been over for long, and stored files that no row knows. Lists the whole folder.

    What is in an order stays as long as that (`videos.orders.forget`).
    """
    over_for_long().filter(lines=None).delete()
    try:
        _folders, names = video_storage().listdir(FOLDER)
    except FileNotFoundError:
        return
    known = set(Clip.objects.exclude(file_name="").values_list("file_name", flat=True))
    for name in (f"{FOLDER}/{name}" for name in names):
        if name not in known and _is_old(name):
            video_storage().delete(name)
            logger.warning("removed %s, which no clip knows", name)


def _is_old(name: str) -> bool:
    return video_storage().get_modified_time(name) < database_now() - timedelta(hours=STRAY_HOURS)
