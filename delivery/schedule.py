"""Publishes and unpublishes by the clock: the database's clock, one transaction a page, failures parked."""

import logging
import time
import traceback
from datetime import timedelta

from django.db import connection
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from wagtail.models import Page, Revision

from delivery.clock import database_now
from delivery.models import NextChange, ParkedPublication
from delivery.prepared import release_due
from delivery.transaction import publishing, story_moved

logger = logging.getLogger(__name__)

# A failed act is tried again after 1, 2, 4 … minutes, at most an hour.
LONGEST_PAUSE_MINUTES = 60


def publish_due(limit: int = 500, *, seconds: float = 3600) -> int:
    """Do every scheduled act whose time has come; answer how many were done.

    First what readers get; then Wagtail's own records, page by page, for about `seconds` at the most: what falls due
    meanwhile goes first. Wagtail's `publish_scheduled` stops at the first page that fails; here one holds up no other.
    """
    end = time.monotonic() + seconds
    done = release_due()
    for page_id in _due_pages(limit):
        if time.monotonic() > end:
            break
        done += _act(page_id)
        done += release_due()
    return done


def wait_for_next(longest: timedelta) -> None:
    """Sleep until the next moment at which something falls due, if that comes within `longest`."""
    now = database_now()
    at = (
        NextChange.objects.filter(at__gt=now, at__lte=now + longest).order_by("at").values_list("at", flat=True).first()
    )
    if at is not None:
        connection.close()  # nobody else waits for it meanwhile
        time.sleep((at - now).total_seconds())


def _due_pages(limit: int) -> list[int]:
    now = database_now()
    parked = set(ParkedPublication.objects.filter(next_attempt_at__gt=now).values_list("page_id", flat=True))
    go_live = (
        Revision.page_revisions.filter(approved_go_live_at__lte=now)
        .order_by("approved_go_live_at", "pk")
        .values_list("object_id", flat=True)
    )
    expire = Page.objects.filter(live=True, expire_at__lte=now).order_by("expire_at", "pk")
    due = dict.fromkeys([*map(int, go_live[:limit]), *expire.values_list("pk", flat=True)[:limit]])
    return [page_id for page_id in due if page_id not in parked]


def _act(page_id: int) -> int:
    """Publish or expire one page, if it is still due and nobody else is at it."""
    try:
        with publishing():
            page = Page.objects.select_for_update(skip_locked=True).filter(pk=page_id).first()
            if page is None:
                return 0
            now = database_now()
            revision = (
                page.revisions.filter(approved_go_live_at__lte=now).order_by("-approved_go_live_at", "-pk").first()
            )
            if revision is not None:
                revision.publish(log_action=True, skip_permission_checks=True)
            page = page.specific_class.objects.get(pk=page_id) if page.specific_class else page
            page.refresh_from_db()
            if page.live and page.expire_at and page.expire_at <= now:
                page.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
            story_moved(page.translation_key)
            ParkedPublication.objects.filter(pk=page_id).delete()
        return 1
    except Exception:
        logger.exception("scheduled publication of page %s failed", page_id)
        _park(page_id)
        return 0


def _park(page_id: int) -> None:
    now = database_now()
    parked, made = ParkedPublication.objects.get_or_create(
        pk=page_id,
        defaults={
            "error": traceback.format_exc(),
            "failed_at": now,
            "next_attempt_at": now + timedelta(minutes=1),
        },
    )
    if not made:
        pause = min(2**parked.attempts, LONGEST_PAUSE_MINUTES)
        ParkedPublication.objects.filter(pk=page_id).update(
            attempts=F("attempts") + 1,
            error=traceback.format_exc(),
            failed_at=now,
            next_attempt_at=now + timedelta(minutes=pause),
        )


def held_up() -> QuerySet[ParkedPublication]:
    """Failed acts that are still to be done; `publishes` tells publications from ends of publication.

    What was since published by hand, called off or deleted is left out: the clock will not try it again.
    """
    revisions = Revision.page_revisions.filter(
        object_id=Cast(OuterRef("pk"), CharField()), approved_go_live_at__isnull=False
    )
    expiring = Page.objects.filter(pk=OuterRef("pk"), live=True, expire_at__isnull=False)
    return ParkedPublication.objects.annotate(publishes=Exists(revisions)).filter(
        Q(publishes=True) | Q(Exists(expiring)), Exists(Page.objects.filter(pk=OuterRef("pk")))
    )


def try_now(page_id: int) -> bool:
    """Have a failed act tried at the clock's next look, whatever pause it is in. Whether it still waits."""
    return bool(held_up().filter(pk=page_id).update(next_attempt_at=database_now()))


def is_scheduled(page: Page) -> bool:
    """Whether a revision of this page waits for its time."""
    return page.revisions.filter(Q(approved_go_live_at__isnull=False)).exists()
