"""Somebody wants several clips: all of them or none, each equal one once, and what of them is an order afterwards."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from itertools import groupby
from operator import or_
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import usage
from accounts.callers import Caller
from delivery.errors import BadParameter, BadParameters, NotPublished
from delivery.models import PublishedDocument
from delivery.slugs import canonical_slug
from jobs.lease import requeue
from videos.clips.limits import most_an_hour, most_unfinished, one_at_a_time, refuse_too_many, seconds_to_wait
from videos.clips.orders import row_for, seen_by_caller, want
from videos.clips.sources import Published, published_rendition, refuse_unless_allowed
from videos.clips.states import ClipStatus, status_of
from videos.cutting.source_index import SourceIndex
from videos.cutting.timecode import counted_from_zero
from videos.errors import ClipTooLong, NeedsAccount, NotAccredited, NotIndexedYet, NoVideo, TooManyOrders
from videos.ingest.indexing import index_at_hand
from videos.models import Clip, ClipRequest, Order, OrderLine
from videos.orders.rows import CutList, Row

# What is wrong with a row though every single field of it is right: the field that it is said of, and its code.
ROW_FAULTS: dict[type[Exception], tuple[str, str]] = {
    ClipTooLong: ("end", "clip_too_long"),
    NeedsAccount: ("rendition", "needs_account"),
    NotAccredited: ("rendition", "not_accredited"),
    NoVideo: ("video", "no_video"),
}

FAULTS: tuple[type[Exception], ...] = (NotPublished, BadParameter, *ROW_FAULTS)
# What makes two clips equal, and the same as a value.
EQUAL = ("story_id", "rendition", "source", "start_frame", "end_frame", "audio_only", "burn_in")
Key = tuple[str, int, str, int, int, bool, str]


@dataclass(frozen=True)
class _Wanted:
    """A row that can be cut. `clip`: as it would be, not saved: there may be an equal one."""

    row: Row
    clip: Clip
    start_timecode: str
    end_timecode: str


def place_order(caller: Caller, cut_list: CutList) -> tuple[Order, Counter[str]]:
    """The order, and how many of its clips wait in which lane.

    Raises BadParameters, which names every bad row, NeedsAccount, NotAccredited, AccountBlocked, TooManyClips,
    TooManyDownloads, NotIndexedYet.
    """
    wanted = _wanted(caller, cut_list.rows)
    with transaction.atomic():
        one_at_a_time(caller)
        _refuse_too_many_orders(caller)
        clips, waiting = _ask_for_all(caller, [one.clip for one in wanted])
        order = Order.objects.create(
            account_id=caller.account_id,
            client="" if caller.has_account else caller.client,
            left_out=[{"line": line, "reason": reason} for line, reason in cut_list.left_out],
        )
        OrderLine.objects.bulk_create(
            OrderLine(
                order=order,
                number=number,
                clip_id=clips[_key_of(one.clip)],
                label=one.row.label,
                start_timecode=one.start_timecode,
                end_timecode=one.end_timecode,
            )
            for number, one in enumerate(wanted)
        )
    return order, waiting


def _wanted(caller: Caller, rows: list[Row]) -> list[_Wanted]:
    """What each row means, in their order."""
    stories = _stories_named({name for row in rows for name in row.names})
    faults: dict[int, Exception] = {}
    found: dict[int, UUID] = {}
    for number, row in enumerate(rows):
        try:
            found[number] = _story_of(row, stories)
        except BadParameter as fault:
            faults[number] = fault
    done: dict[int, _Wanted] = {}
    missing: list[NotIndexedYet] = []
    # Rows of the same rendition side by side: an index of a long video is large, and read once.
    order = sorted(found, key=lambda number: (found[number], rows[number].wish.rendition, number))
    for (story_id, name), group in groupby(order, lambda number: (found[number], rows[number].wish.rendition)):
        numbers = list(group)
        try:
            published = published_rendition(story_id, name)
            refuse_unless_allowed(caller, published.rendition)
            index = index_at_hand(published.rendition)
        except FAULTS as fault:
            faults |= dict.fromkeys(numbers, fault)
            continue
        except NotIndexedYet as error:
            missing.append(error)
            continue
        for number in numbers:
            try:
                done[number] = _cut_of(rows[number], published, index)
            except (BadParameter, BadParameters, ClipTooLong) as fault:
                faults[number] = fault
    if faults:
        raise _refusal([(rows[number], fault) for number, fault in sorted(faults.items())])
    if missing:
        rendition_ids = [rendition_id for error in missing for rendition_id in error.rendition_ids]
        raise NotIndexedYet(rendition_ids, max(error.retry_after for error in missing))
    return [done[number] for number in range(len(rows))]


def _stories_named(names: set[str]) -> dict[str, set[UUID]]:
    """Videos by what they may be called: id, or slug in any language."""
    slugs = {canonical_slug(name) for name in names}
    published = PublishedDocument.objects.filter(collection="videos")
    ids = {slug for slug in slugs if _is_id(slug)}
    stories: dict[str, set[UUID]] = {}
    for story_id in published.filter(story_id__in=ids).values_list("story_id", flat=True):
        stories[str(story_id)] = {story_id}
    for slug, story_id in published.filter(slug__in=slugs - set(stories)).values_list("slug", "story_id"):
        stories.setdefault(slug, set()).add(story_id)
    return stories


def _story_of(row: Row, stories: dict[str, set[UUID]]) -> UUID:
    for name in row.names:
        match list(stories.get(canonical_slug(name), ())):
            case [story_id]:
                return story_id
            case [_one, *_others]:
                reason = _(
                    "Several videos have this name in different languages. Give the id of the one that is meant."
                )
                raise BadParameter("video", reason, "ambiguous_video")
    if not row.names:
        reason = _("Nothing says which video this is of. Name one by its id or slug, or give “video” for all lines.")
        raise BadParameter("video", reason, "no_video_named")
    raise BadParameter("video", _unknown(row.names[0]), "unknown_video")


def _unknown(name: str) -> str:
    return _("There is no published video “%(name)s”. Give its id or its slug.") % {"name": name[:100]}


def _cut_of(row: Row, published: Published, index: SourceIndex) -> _Wanted:
    """Raises BadParameter, BadParameters, ClipTooLong."""
    counts = index.timecode or counted_from_zero(index.rate)
    if row.drops is False and counts.drop:
        reason = _("This list counts without drop frame, and the video in drop frame. Export the list in drop frame.")
        raise BadParameter("start", reason, "drop_frame")
    found = row_for(published, index, row.wish)
    clip = Clip(**found.equal, **found.values)
    return _Wanted(row, clip, counts.name_of(clip.start_frame), counts.name_of(clip.end_frame))


def _refusal(faults: list[tuple[Row, Exception]]) -> Exception:
    """One error for all bad rows. Where only rights are missing, it says so as for a single clip: log in."""
    first = faults[0][1]
    if isinstance(first, NeedsAccount | NotAccredited) and all(type(one) is type(first) for _row, one in faults):
        return first
    return BadParameters([_named(row, one) for row, fault in faults for one in getattr(fault, "each", [fault])])


def _named(row: Row, fault: Exception) -> BadParameter:
    if isinstance(fault, BadParameter):
        return BadParameter(f"{row.place}.{fault.parameter}", str(fault), fault.code)
    if isinstance(fault, NotPublished):
        return BadParameter(f"{row.place}.video", _unknown(row.names[0]), "unknown_video")
    name, code = next(ROW_FAULTS[cls] for cls in type(fault).__mro__ if cls in ROW_FAULTS)
    return BadParameter(f"{row.place}.{name}", str(fault), code)


def _refuse_too_many_orders(caller: Caller) -> None:
    mine = Order.objects.of_caller(caller.account_id, caller.client)
    if seconds := seconds_to_wait(mine, settings.ORDERS_AN_HOUR, 1):
        raise TooManyOrders(seconds, limit=settings.ORDERS_AN_HOUR)


def _ask_for_all(caller: Caller, wanted: list[Clip]) -> tuple[dict[Key, UUID], Counter[str]]:
    """The clips by their keys, and how many wait in which lane. Rows are locked in one order, whoever asks for them."""
    rows = {_key_of(clip): clip for clip in wanted}
    alike = reduce(or_, (Q(**{name: getattr(clip, name) for name in EQUAL}) for clip in rows.values()))
    mine = ClipRequest.of_caller(caller.account_id, caller.client)
    has_asked = seen_by_caller(caller).filter(alike, requests__in=mine.filter(cancelled_at=None))
    new = rows.keys() - {_key_of(clip) for clip in has_asked if status_of(clip) not in ClipStatus.over()}
    _refuse_what_never_fits(caller, len(new))
    refuse_too_many(caller, len(new))
    usage.refuse_too_many(caller, len(new))
    Clip.objects.bulk_create((rows[key] for key in sorted(rows)), ignore_conflicts=True)
    clips = {_key_of(clip): clip.pk for clip in Clip.objects.filter(alike).order_by("pk").select_for_update()}
    want(caller, [clips[key] for key in new])
    return clips, _begin_again(caller, list(clips.values()))


def _begin_again(caller: Caller, clip_ids: list[UUID]) -> Counter[str]:
    """Have what is over cut again, and what is ready kept as long as what is not; how many clips wait in which lane."""
    waiting: Counter[str] = Counter()
    for clip in seen_by_caller(caller).filter(pk__in=clip_ids):
        status = status_of(clip)
        # Without a check sum: cut by a program that kept none.
        if status in ClipStatus.over() or (status == ClipStatus.READY and clip.crc32 is None):
            requeue(clip, reason="")
            status = ClipStatus.QUEUED
        waiting[clip.lane] += status == ClipStatus.QUEUED
    ready = Clip.objects.ready().filter(pk__in=clip_ids)
    ready.update(expires_at=Now() + timedelta(hours=settings.CLIP_KEEP_HOURS))
    return +waiting


def _refuse_what_never_fits(caller: Caller, count: int) -> None:
    """More than a caller may have at a time: waiting helps nothing. Raises BadParameter."""
    most = min(most_unfinished(caller), most_an_hour(caller), settings.CLIPS_UNFINISHED_IN_ALL)
    if caller.has_account:
        most = min(most, settings.DOWNLOADS_A_DAY)
    if count > most:
        reason = _("You can have %(most)s clips cut at a time, and this order has %(count)s. Send several orders.")
        raise BadParameter("clips", reason % {"most": most, "count": count}, "too_many_clips")


def _key_of(clip: Clip) -> Key:
    frames = (clip.start_frame, clip.end_frame)
    return (str(clip.story_id), clip.rendition_id or 0, clip.source, *frames, clip.audio_only, clip.burn_in)


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
