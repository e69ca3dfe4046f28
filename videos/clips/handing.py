"""What is handed out is noted as usage: whole renditions each time, a clip once for each who asked for it."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from accounts.callers import Caller
from accounts.models import UsageEntry
from accounts.usage import Use, note, note_download
from delivery.models import PublishedDocument
from videos.clips.sources import Published
from videos.clips.states import ClipStatus, status_of
from videos.models import Clip, ClipRequest


def hand_out_rendition(caller: Caller, published: Published) -> None:
    """Note that the caller is about to download it. Raises TooManyDownloads."""
    rendition = published.rendition
    use = Use(
        UsageEntry.Action.DOWNLOAD,
        titles_of({published.story_id}).get(published.story_id, published.slug),
        published.story_id,
        rendition.name,
        size_bytes=rendition.size_bytes,
    )
    note_download(caller, use)


def hand_out_clips(caller: Caller, clips: Iterable[Clip]) -> None:
    """Note those of `seen_by` that are ready, and that the caller is told an address of for the first time."""
    ready = {clip.pk: clip for clip in clips if status_of(clip) == ClipStatus.READY}
    new = ClipRequest.of_caller(caller.account_id, caller.client).filter(
        clip__in=ready, cancelled_at=None, handed_out_at=None
    )
    if not ready or not new.exists():
        return
    with transaction.atomic():
        rows = list(new.order_by("pk").select_for_update())
        ClipRequest.objects.filter(pk__in=[row.pk for row in rows]).update(handed_out_at=Now())
        handed_out = [ready[row.clip_id] for row in rows]
        titles = titles_of({clip.story_id for clip in handed_out})
        note(caller, [_use_of(clip, titles.get(clip.story_id, clip.download_name)) for clip in handed_out])


def titles_of(story_ids: set[UUID | None]) -> dict[UUID | None, str]:
    """Titles of published videos, in the language that comes first."""
    known = [story_id for story_id in story_ids if story_id is not None]
    documents = PublishedDocument.objects.filter(story_id__in=known, collection="videos")
    return dict(documents.order_by("-locale").values_list("story_id", "title"))


def _use_of(clip: Clip, title: str) -> Use:
    rendition = clip.rendition.name if clip.rendition else ""
    return Use(UsageEntry.Action.CLIP, title, clip.story_id, rendition, clip.start, clip.end, clip.size_bytes)
