"""Everything on some topics since the last edition."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from delivery.clock import database_now
from delivery.models import PublishedDocument
from newsletter.models import Edition, EditionStory, Plan

# For a newsletter's first edition.
FIRST_DAYS = 7
MOST_STORIES = 50


def gathered_since(edition: Edition) -> datetime:
    """Since when stories are new to those who get this newsletter: since the edition before this was begun."""
    earlier = Edition.objects.filter(
        newsletter=edition.newsletter_id, prepared_since__lt=edition.prepared_since
    ).exclude(plan=Plan.PREPARING)
    newest: datetime | None = earlier.aggregate(newest=Max("prepared_since"))["newest"]
    return newest or database_now() - timedelta(days=FIRST_DAYS)


@transaction.atomic
def gather(edition: Edition) -> int:
    """Put everything in that is on the edition's topics, first published since the last edition, and in no other.

    After what is there already, newest first, at most `MOST_STORIES` in all; how many came in. Of a story that was only
    edited nothing is new.
    """
    Edition.objects.select_for_update().get(pk=edition.pk)
    named = list(EditionStory.objects.filter(edition=edition).values_list("story_id", flat=True))
    new = [story_id for story_id in _new_stories(edition) if story_id not in named][: max(0, MOST_STORIES - len(named))]
    EditionStory.objects.bulk_create(
        EditionStory(edition=edition, story_id=story_id, sort_order=len(named) + place)
        for place, story_id in enumerate(new)
    )
    return len(new)


def _new_stories(edition: Edition) -> list[UUID]:
    topics = [f"topic:{key}" for key in edition.topics.values_list("translation_key", flat=True)]
    elsewhere = EditionStory.objects.filter(edition__newsletter=edition.newsletter_id).exclude(edition=edition)
    elsewhere = elsewhere.exclude(edition__plan=Plan.PREPARING)
    found = PublishedDocument.objects.filter(
        terms__overlap=topics, locale__in=edition.languages, first_published_at__gt=gathered_since(edition)
    ).exclude(story__in=elsewhere.values("story"))
    newest = found.values("story").annotate(at=Max("first_published_at")).order_by("-at", "story")
    return list(newest.values_list("story", flat=True)[:MOST_STORIES])
