"""Somebody wants a clip: the one row for equal wishes, whose it is; and cancelling."""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import usage
from accounts.callers import Caller
from delivery.errors import BadParameter, NotPublished
from jobs.lease import cancel, requeue
from jobs.models import JobState
from videos.clips.limits import one_at_a_time, refuse_too_many
from videos.clips.points import frames_between
from videos.clips.sources import Published, audiences_of, published_rendition, refuse_unless_allowed
from videos.clips.states import ClipStatus, status_of
from videos.cutting.source_index import SourceIndex
from videos.errors import ClipTooLong
from videos.ingest.indexing import index_at_hand
from videos.models import Clip, ClipRequest
from videos.models.clip import ClipQuerySet


@dataclass(frozen=True)
class Wish:
    """What somebody wants of a video. `start`, `end`: points as he wrote them, half-open; `burn_in`: words, of
    `Clip.BurnIn` if they are right.
    """

    start: str | float
    end: str | float
    rendition: str = "master"
    audio_only: bool = False
    burn_in: Collection[str] = ()


def order_clip(caller: Caller, story_id: UUID, wish: Wish) -> tuple[Clip, bool]:
    """The clip, and whether there is work to do for it. An equal one that waits, is being cut or is ready is shared.

    Raises NotPublished, BadParameter, BadParameters, NeedsAccount, NotAccredited, AccountBlocked, ClipTooLong,
    TooManyClips, TooManyDownloads, NotIndexedYet, NoVideo.
    """
    published = published_rendition(story_id, wish.rendition)
    refuse_unless_allowed(caller, published.rendition)
    return order_of(caller, published, wish)


def order_of(caller: Caller, published: Published, wish: Wish) -> tuple[Clip, bool]:
    """The same, of a rendition that the caller may have.

    Raises BadParameter, BadParameters, ClipTooLong, TooManyClips, TooManyDownloads, NotIndexedYet, NoVideo.
    """
    row = row_for(published, index_at_hand(published.rendition), wish)
    if shared := _shared(caller, row):
        return shared, False
    with transaction.atomic():
        one_at_a_time(caller)
        refuse_too_many(caller)
        usage.refuse_too_many(caller)
        clip, is_new = Clip.objects.get_or_create(**row.equal, defaults=row.values)
        Clip.objects.select_for_update().get(pk=clip.pk)
        want(caller, [clip.pk])
        clip = seen_by_caller(caller).get(pk=clip.pk)
        if is_over := status_of(clip) in ClipStatus.over():
            requeue(clip, reason="")
    return seen_by_caller(caller).get(pk=clip.pk), is_new or is_over


@dataclass(frozen=True)
class Row:
    """What makes two clips equal, and what follows from it."""

    equal: dict[str, Any]
    values: dict[str, Any]


def row_for(published: Published, index: SourceIndex, wish: Wish) -> Row:
    """The row that a wish means. `index`: of the rendition. Raises BadParameter, BadParameters, ClipTooLong."""
    burn_in = _burn_in_of(wish)
    rendition = published.rendition
    first, beyond = frames_between(index, wish.start, wish.end)
    start, end = index.time_of(first), index.time_of(beyond)
    if end - start > settings.CLIP_MINUTES * 60:
        raise ClipTooLong(limit=settings.CLIP_MINUTES)
    equal = {
        "story_id": published.story_id,
        "rendition": rendition,
        "source": rendition.file_name,
        "start_frame": first,
        "end_frame": beyond,
        "audio_only": wish.audio_only,
        "burn_in": " ".join(burn_in),
    }
    is_encoded = bool(burn_in or index.obstacle)
    suffix = "m4a" if wish.audio_only else "mov" if index.container == "mov" and not is_encoded else "mp4"
    # What has to be encoded as a whole takes its time, and holds up nobody who does not.
    lane = Clip.Lane.LONG if wish.audio_only or is_encoded else Clip.Lane.SHORT
    name = f"{'_'.join([published.slug[:120], _clock(start), _clock(end), *burn_in])}.{suffix}"
    return Row(equal, {"start": _seconds(start), "end": _seconds(end), "download_name": name, "lane": lane})


def _burn_in_of(wish: Wish) -> list[str]:
    """Without what is there twice, and in one order. Raises BadParameter."""
    if unknown := [word for word in wish.burn_in if word not in Clip.BurnIn.values]:
        reason = _("“%(name)s” cannot be burnt in. Choose among: %(choices)s.")
        told = {"name": unknown[0], "choices": ", ".join(Clip.BurnIn.values)}
        raise BadParameter("burn_in", reason % told, "unknown_burn_in")
    if wish.burn_in and wish.audio_only:
        reason = _("Sound alone has no picture to burn anything into.")
        raise BadParameter("burn_in", reason, "no_picture")
    return [word for word in Clip.BurnIn.values if word in wish.burn_in]


def _shared(caller: Caller, row: Row) -> Clip | None:
    """The quick way, without a lock: the caller has asked for this before, and there is no reason to do it again."""
    mine = ClipRequest.of_caller(caller.account_id, caller.client).filter(clip=OuterRef("pk"), cancelled_at=None)
    clip = seen_by_caller(caller).filter(Exists(mine), **row.equal).first()
    return clip if clip is not None and status_of(clip) not in ClipStatus.over() else None


def seen_by_caller(caller: Caller) -> ClipQuerySet:
    """All clips, with what their status follows from for this caller."""
    seen = Clip.objects.seen_by(caller.account_id, caller.client, audiences_of(caller))
    return seen.select_related("rendition")


def want(caller: Caller, clip_ids: list[UUID]) -> None:
    """Write down that the caller asks for these clips, now. His requests come one at a time (`one_at_a_time`)."""
    mine = ClipRequest.of_caller(caller.account_id, caller.client).filter(clip__in=clip_ids)
    mine.update(cancelled_at=None, created_at=Now(), handed_out_at=None)
    known = set(mine.values_list("clip_id", flat=True))
    client = "" if caller.has_account else caller.client
    ClipRequest.objects.bulk_create(
        ClipRequest(clip_id=clip_id, account_id=caller.account_id, client=client)
        for clip_id in clip_ids
        if clip_id not in known
    )


def clip_for(caller: Caller, clip_id: UUID) -> Clip:
    """A clip that the caller may know of: his own, or one that somebody without an account asked for, whose id he has.

    Raises NotPublished.
    """
    known = ClipRequest.of_caller(caller.account_id, caller.client) | ClipRequest.objects.filter(account=None)
    clip = seen_by_caller(caller).filter(pk=clip_id, requests__in=known).distinct().first()
    if clip is None:
        raise NotPublished
    return clip


def clips_of(caller: Caller) -> ClipQuerySet:
    """Everything that the caller asked for, also what he cancelled."""
    return seen_by_caller(caller).filter(requests__in=ClipRequest.of_caller(caller.account_id, caller.client))


def give_back(caller: Caller, clip_id: UUID) -> Clip:
    """Cancel: the caller's own wish, and the work if nobody else wishes for it. Raises NotPublished."""
    if not give_back_all(caller, [clip_id]):
        raise NotPublished
    return clip_for(caller, clip_id)


def give_back_all(caller: Caller, clip_ids: list[UUID]) -> int:
    """The same for several; how many of them the caller had asked for."""
    with transaction.atomic():
        mine = ClipRequest.of_caller(caller.account_id, caller.client).filter(clip__in=clip_ids)
        locked = Clip.objects.filter(requests__in=mine).order_by("pk").select_for_update(of=("self",))
        ids = list(locked.values_list("pk", flat=True))
        mine.filter(cancelled_at=None).update(cancelled_at=Now())
        nobodys = Clip.objects.filter(pk__in=ids).exclude(requests__in=ClipRequest.objects.filter(cancelled_at=None))
        cancel(nobodys)
        nobodys.filter(state=JobState.DONE).update(expires_at=Now())
    return len(ids)


def _seconds(at: Fraction) -> str:
    return f"{at.numerator / at.denominator:.6f}"


def _clock(at: Fraction) -> str:
    """A moment as it stands in names of files: `00-01-02.480`."""
    milliseconds = round(at * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}-{minutes % 60:02}-{milliseconds // 1000:02}.{milliseconds % 1000:03}"
