"""Somebody wants a clip: the one row for equal wishes, whose it is, how many he may have; and cancelling."""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DurationField, Exists, ExpressionWrapper, F, OuterRef
from django.db.models.functions import Now

from accounts.callers import Caller
from delivery.errors import NotPublished
from jobs.lease import cancel, requeue
from jobs.models import JobState
from videos.clips.points import frames_between
from videos.clips.sources import Published, published_rendition, refuse_unless_allowed
from videos.clips.states import ClipStatus, status_of
from videos.errors import ClipTooLong, TooBusy, TooManyAnHour, TooManyUnfinished
from videos.ingest.indexing import index_of
from videos.models import Clip, ClipRequest
from videos.models.clip import ClipQuerySet

# Of whoever waits for a place: after so many seconds one may be free.
SOON_SECONDS = 10
HOUR_SECONDS = 3600


@dataclass(frozen=True)
class Wish:
    """What somebody wants of a video. `start`, `end`: points as he wrote them, half-open."""

    start: str | float
    end: str | float
    rendition: str = "master"
    audio_only: bool = False


def order_clip(caller: Caller, story_id: UUID, wish: Wish) -> tuple[Clip, bool]:
    """The clip, and whether there is work to do for it. An equal one that waits, is being cut or is ready is shared.

    Raises NotPublished, BadParameter, NeedsAccount, NotAccredited, ClipTooLong, TooManyClips.
    """
    published = published_rendition(story_id, wish.rendition)
    refuse_unless_allowed(caller, published.rendition)
    row = _row(published, wish)
    if shared := _shared(caller, row):
        return shared, False
    with transaction.atomic():
        _one_at_a_time(caller)
        _refuse_too_many(caller)
        clip, is_new = Clip.objects.get_or_create(**row.equal, defaults=row.values)
        Clip.objects.select_for_update().get(pk=clip.pk)
        _ask_for(caller, clip)
        clip = _seen(caller).get(pk=clip.pk)
        if is_over := status_of(clip) in ClipStatus.over():
            requeue(clip)
    return _seen(caller).get(pk=clip.pk), is_new or is_over


@dataclass(frozen=True)
class _Row:
    """What makes two clips equal, and what follows from it."""

    equal: dict[str, Any]
    values: dict[str, Any]


def _row(published: Published, wish: Wish) -> _Row:
    """Raises BadParameter, ClipTooLong."""
    rendition = published.rendition
    index = index_of(rendition)
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
    }
    suffix = "m4a" if wish.audio_only else "mov" if index.container == "mov" and not index.obstacle else "mp4"
    # What has to be encoded as a whole takes its time, and holds up nobody who does not.
    lane = Clip.Lane.LONG if wish.audio_only or index.obstacle else Clip.Lane.SHORT
    name = f"{published.slug[:120]}_{_clock(start)}_{_clock(end)}.{suffix}"
    return _Row(equal, {"start": _seconds(start), "end": _seconds(end), "download_name": name, "lane": lane})


def _shared(caller: Caller, row: _Row) -> Clip | None:
    """The quick way, without a lock: the caller has asked for this before, and there is no reason to do it again."""
    mine = ClipRequest.of_caller(caller.account_id, caller.client).filter(clip=OuterRef("pk"), cancelled_at=None)
    clip = _seen(caller).filter(Exists(mine), **row.equal).first()
    return clip if clip is not None and status_of(clip) not in ClipStatus.over() else None


def _seen(caller: Caller) -> ClipQuerySet:
    return Clip.objects.seen_by(caller.account_id, caller.client).select_related("rendition")


def _one_at_a_time(caller: Caller) -> None:
    """What a caller asks for at the same moment is counted one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"clips {caller.name}"])


def _refuse_too_many(caller: Caller) -> None:
    unfinished = settings.CLIPS_UNFINISHED if caller.has_account else settings.CLIPS_UNFINISHED_ANONYMOUS
    if Clip.objects.unfinished().of_caller(caller.account_id, caller.client).count() >= unfinished:
        raise TooManyUnfinished(SOON_SECONDS, limit=unfinished)
    hourly = settings.CLIPS_AN_HOUR if caller.has_account else settings.CLIPS_AN_HOUR_ANONYMOUS
    recent = ClipRequest.of_caller(caller.account_id, caller.client).filter(
        created_at__gt=Now() - timedelta(seconds=HOUR_SECONDS)
    )
    # The oldest of as many as are allowed: an hour after it there is room for another.
    oldest = (
        recent.order_by("-created_at")
        .annotate(age=ExpressionWrapper(Now() - F("created_at"), output_field=DurationField()))
        .values_list("age", flat=True)
    )
    if full := list(oldest[hourly - 1 : hourly]):
        raise TooManyAnHour(HOUR_SECONDS - int(full[0].total_seconds()) + 1, limit=hourly)
    if Clip.objects.unfinished().count() >= settings.CLIPS_UNFINISHED_IN_ALL:
        raise TooBusy(6 * SOON_SECONDS)


def _ask_for(caller: Caller, clip: Clip) -> None:
    who = {"account_id": caller.account_id} if caller.has_account else {"account": None, "client": caller.client}
    ClipRequest.objects.update_or_create(clip=clip, **who, defaults={"cancelled_at": None, "created_at": Now()})


def clip_for(caller: Caller, clip_id: UUID) -> Clip:
    """A clip that the caller may know of: his own, or one that somebody without an account asked for, whose id he has.

    Raises NotPublished.
    """
    known = ClipRequest.of_caller(caller.account_id, caller.client) | ClipRequest.objects.filter(account=None)
    clip = _seen(caller).filter(pk=clip_id, requests__in=known).distinct().first()
    if clip is None:
        raise NotPublished
    return clip


def clips_of(caller: Caller) -> ClipQuerySet:
    """Everything that the caller asked for, also what he cancelled."""
    return _seen(caller).filter(requests__in=ClipRequest.of_caller(caller.account_id, caller.client))


def give_back(caller: Caller, clip_id: UUID) -> Clip:
    """Cancel: the caller's own wish, and the work if nobody else wishes for it. Raises NotPublished."""
    with transaction.atomic():
        mine = ClipRequest.of_caller(caller.account_id, caller.client).filter(clip_id=clip_id)
        clip = Clip.objects.select_for_update(of=("self",)).filter(pk=clip_id).first()
        if clip is None or not mine.exists():
            raise NotPublished
        mine.filter(cancelled_at=None).update(cancelled_at=Now())
        if not clip.requests.filter(cancelled_at=None).exists():
            cancel(Clip.objects.filter(pk=clip.pk))
            Clip.objects.filter(pk=clip.pk, state=JobState.DONE).update(expires_at=Now())
    return clip_for(caller, clip_id)


def _seconds(at: Fraction) -> str:
    return f"{at.numerator / at.denominator:.6f}"


def _clock(at: Fraction) -> str:
    """A moment as it stands in names of files: `00-01-02.480`."""
    milliseconds = round(at * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}-{minutes % 60:02}-{milliseconds // 1000:02}.{milliseconds % 1000:03}"
