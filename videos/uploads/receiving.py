"""The life of an upload: begun, gone on with, complete, taken into the library; or cancelled, or abandoned."""

import logging
import secrets
from datetime import timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.text import slugify
from wagtailmedia.settings import wagtailmedia_settings

from videos.errors import (
    NotAVideoName,
    PartsMissing,
    UploadEmpty,
    UploadGone,
    UploadNotComplete,
    UploadTooLarge,
    UploadUsed,
    VideosError,
)
from videos.models import Upload
from videos.uploads.parts import parts

logger = logging.getLogger(__name__)

MIB = 1024 * 1024
# What is lost at most when a line breaks, and how many parts S3 takes.
PART_BYTES = 8 * MIB
MOST_PARTS = 10_000
GB = 10**9


def begin(owner: Any, *, title: str, size_bytes: int, changed_at: int) -> Upload:
    """The upload of a file: the one that was begun before and not used yet, or else a new one.

    Raises NotAVideoName, UploadEmpty, UploadTooLarge, NoRoomForUpload, StorageUnreachable.
    """
    name = _stored_name(title)
    if size_bytes < 1:
        raise UploadEmpty
    if size_bytes > settings.UPLOAD_LIMIT_GB * GB:
        raise UploadTooLarge(limit=settings.UPLOAD_LIMIT_GB)
    same = Upload.objects.filter(owner=owner, title=title[:255], size_bytes=size_bytes, changed_at=changed_at)
    for known in same.exclude(state=Upload.State.USED).order_by("-touched_at"):
        if parts().is_whole(known):
            return complete(known.pk, owner)
        if known.state == Upload.State.RECEIVING and _has_parts(known):
            touch(known)
            return known
        known.delete()
    upload = Upload(
        owner=owner,
        title=title[:255],
        changed_at=changed_at,
        size_bytes=size_bytes,
        part_bytes=part_bytes_for(size_bytes),
        name=name,
    )
    parts().begin(upload)
    upload.save(force_insert=True)
    return upload


def part_bytes_for(size_bytes: int) -> int:
    """How long the parts of a file are: as short as can be, but not too many for S3."""
    return max(PART_BYTES, -(-size_bytes // MOST_PARTS // MIB) * MIB)


def _stored_name(title: str) -> str:
    """A harmless name in the storage that nothing else has. Raises NotAVideoName."""
    path = PurePath(title)
    ending = path.suffix[1:].lower()
    endings = [*wagtailmedia_settings.VIDEO_EXTENSIONS, *wagtailmedia_settings.AUDIO_EXTENSIONS]
    if ending not in endings:
        raise NotAVideoName(endings=", ".join(endings))
    return f"media/{slugify(path.stem)[:60] or 'video'}-{secrets.token_hex(4)}.{ending}"


def _has_parts(upload: Upload) -> bool:
    try:
        parts().sizes(upload)
    except UploadGone:
        return False
    return True


def arrived(upload: Upload) -> list[int]:
    """Numbers of the parts that need not be sent any more. Raises UploadGone."""
    if upload.state != Upload.State.RECEIVING:
        return list(range(1, upload.part_count + 1))
    return [number for number, size in sorted(parts().sizes(upload).items()) if size == upload.bytes_of_part(number)]


def touch(upload: Upload) -> None:
    """Somebody goes on with it: it is not abandoned."""
    Upload.objects.filter(pk=upload.pk).update(touched_at=Now())


def find(upload_id: UUID, owner: Any) -> Upload:
    """Somebody's own upload. Raises UploadGone, also for those of others."""
    return _found(Upload.objects.all(), upload_id, owner)


def _found(uploads: QuerySet[Upload], upload_id: UUID, owner: Any) -> Upload:
    upload = uploads.filter(pk=upload_id, owner=owner).first()
    if upload is None:
        raise UploadGone
    return upload


def complete(upload_id: UUID, owner: Any) -> Upload:
    """Its parts become one file. Asked twice, it is done once. Raises UploadGone, PartsMissing, StorageUnreachable."""
    with transaction.atomic():
        upload = _found(Upload.objects.select_for_update(), upload_id, owner)
        if upload.state != Upload.State.RECEIVING:
            return upload
        if not parts().is_whole(upload):
            missing = sorted(set(range(1, upload.part_count + 1)) - set(arrived(upload)))
            if missing:
                raise PartsMissing(missing)
            parts().finish(upload)
        Upload.objects.filter(pk=upload.pk).update(state=Upload.State.COMPLETE, touched_at=Now())
        upload.state = Upload.State.COMPLETE
        return upload


def cancel(upload_id: UUID, owner: Any) -> None:
    """Nothing is left of it. Raises UploadGone, UploadUsed."""
    with transaction.atomic():
        upload = _found(Upload.objects.select_for_update(), upload_id, owner)
        if upload.state == Upload.State.USED:
            raise UploadUsed
        _remove(upload)


def _remove(upload: Upload) -> None:
    parts().remove(upload)
    parts().discard(upload)
    upload.delete()


def to_be_taken(upload_id: UUID, owner: Any) -> Upload:
    """A complete upload, which until the end of the transaction nobody else takes.

    Raises UploadGone, UploadUsed, UploadNotComplete.
    """
    upload = _found(Upload.objects.select_for_update(), upload_id, owner)
    if upload.state == Upload.State.USED:
        raise UploadUsed
    if upload.state != Upload.State.COMPLETE:
        raise UploadNotComplete
    return upload


def take(upload: Upload) -> None:
    """Its file belongs to the media library now."""
    Upload.objects.filter(pk=upload.pk).update(state=Upload.State.USED, touched_at=Now())


def sweep() -> int:
    """Remove uploads with which nobody has gone on for UPLOAD_KEEP_HOURS, and parts without one; how many.

    One that cannot be removed now stops no other: it is tried again the next time.
    """
    age = timedelta(hours=settings.UPLOAD_KEEP_HOURS)
    removed = 0
    for key in Upload.objects.filter(touched_at__lt=Now() - age).values_list("pk", flat=True):
        try:
            removed += _sweep_one(key, age)
        except (VideosError, OSError):
            logger.exception("upload %s could not be removed", key)
    for orphan in parts().orphans(age):
        parts().discard(orphan)
        removed += 1
    return removed


@transaction.atomic
def _sweep_one(key: UUID, age: timedelta) -> bool:
    rows = Upload.objects.select_for_update(skip_locked=True)
    upload = rows.filter(pk=key, touched_at__lt=Now() - age).first()
    if upload is None:
        return False
    if upload.state == Upload.State.USED:
        upload.delete()  # the row alone: its file is a video's
        return False
    _remove(upload)
    return True
