"""The states in which a page is hidden. Each is a generator: up to its `yield` the page may be public, after it not."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone
from wagtail.models import Page, PageViewRestriction

from delivery.models import Release
from delivery.schedule import publish_due
from delivery.stories import change_embargo, edit_story, withdraw
from delivery.transaction import story_moved
from tests.embargo.subjects import Subject, published
from tests.factories.newsroom import story

State = Callable[[Subject], Iterator[None]]


def tomorrow() -> Any:
    """A time at which nothing here ends."""
    return timezone.now() + timedelta(days=1)


def restrict(page: Page) -> None:
    """Close a page to who has not logged in."""
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)


def public(subject: Subject) -> Iterator[None]:
    """Not hidden: what shows that the tests can see."""
    published(subject.draft())
    yield


def draft(subject: Subject) -> Iterator[None]:
    """Never published."""
    subject.draft()
    yield


def draft_change(subject: Subject) -> Iterator[None]:
    """A page that is out, and a draft with other words, address, topic and files."""
    subject.page = subject.plain()
    subject.id_is_public = True
    yield
    subject.filled(subject.page).save_revision()


def scheduled(subject: Subject) -> Iterator[None]:
    """It goes out tomorrow, by its own time."""
    subject.draft(go_live_at=tomorrow())
    published(subject.page)
    yield


def scheduled_change(subject: Subject) -> Iterator[None]:
    """A page that is out, and a change that goes out tomorrow."""
    subject.page = subject.plain()
    subject.id_is_public = True
    yield
    subject.page.go_live_at = tomorrow()
    subject.filled(subject.page).save_revision().publish()


def embargoed(subject: Subject) -> Iterator[None]:
    """It goes out tomorrow, by the story's embargo."""
    edit_story(subject.draft(), {"embargo_until": tomorrow()})
    published(subject.page)
    yield


def postponed(subject: Subject) -> Iterator[None]:
    """Its embargo was moved, and the clock looked."""
    edit_story(subject.draft(), {"embargo_until": timezone.now() + timedelta(hours=1)})
    published(subject.page)
    yield
    change_embargo(story(subject.page), tomorrow())
    publish_due()


def postponed_when_out(subject: Subject) -> Iterator[None]:
    """It was out when its embargo was set."""
    published(subject.draft())
    yield
    change_embargo(story(subject.page), tomorrow())


def restricted(subject: Subject) -> Iterator[None]:
    """Closed, then published."""
    restrict(subject.draft())
    published(subject.page)
    yield


def restricted_parent(subject: Subject) -> Iterator[None]:
    """Published below a page that is closed."""
    parent = subject.desk("desk", subject.desk("floor"))
    restrict(parent)
    published(subject.draft(parent))
    yield


def restricted_grandparent(subject: Subject) -> Iterator[None]:
    """It was out when the page above the page above it was closed."""
    above = subject.desk("floor")
    published(subject.draft(subject.desk("desk", above)))
    yield
    restrict(above)


def expired(subject: Subject) -> Iterator[None]:
    """Its time was over, and the clock looked."""
    published(subject.draft(expire_at=tomorrow()))
    yield
    Page.objects.filter(pk=subject.page.pk).update(expire_at=timezone.now() - timedelta(minutes=1))
    publish_due()


def withdrawn(subject: Subject) -> Iterator[None]:
    """Taken back, in every language."""
    published(subject.draft())
    yield
    withdraw(story(subject.page), reason="A mistake.")


def unpublished(subject: Subject) -> Iterator[None]:
    """Taken off by hand."""
    published(subject.draft())
    yield
    Page.objects.get(pk=subject.page.pk).specific.unpublish()


def deleted(subject: Subject) -> Iterator[None]:
    """The page is gone; its files are still in the library."""
    published(subject.draft())
    yield
    Page.objects.get(pk=subject.page.pk).delete()


def translated(subject: Subject) -> Iterator[None]:
    """A draft in its language of a story that is out in the other one."""
    other = subject.plain("fr" if subject.locale == "en" else "en")
    subject.id_is_public = True
    subject.draft(translation_key=other.translation_key)
    yield


def waiting_for_its_original(subject: Subject) -> Iterator[None]:
    """Published in its language; the original, in the other one, is a draft."""
    other = "fr" if subject.locale == "en" else "en"
    subject.draft(subject.section(other), locale=other, slug=f"{subject.slug}-original")
    edit_story(subject.page, {"release": Release.ORIGINAL_FIRST})
    published(subject.draft(translation_key=subject.page.translation_key))
    yield


def alias_of_scheduled(subject: Subject) -> Iterator[None]:
    """A mirror of a scheduled story, as an import or an old database could have it: pages refuse to be one."""
    other = "fr" if subject.locale == "en" else "en"
    subject.draft(go_live_at=tomorrow())
    source = subject.page
    subject.draft(subject.section(other), locale=other, translation_key=source.translation_key)
    mirrors = [subject.page, subject.draft(subject.desk("desk"))]
    Page.objects.filter(pk__in=[page.pk for page in mirrors]).update(alias_of=source, live=True)
    subject.page = source
    published(source)
    for page in [source, *mirrors]:
        story_moved(page.translation_key)
    assert Page.objects.filter(alias_of=source, live=True).count() == 2
    yield


def under_unpublished_parent(subject: Subject) -> Iterator[None]:
    """It was out when the page above it was taken off; it is still live itself."""
    parent = subject.desk("desk")
    published(subject.draft(parent))
    yield
    Page.objects.get(pk=parent.pk).specific.unpublish()
    assert Page.objects.get(pk=subject.page.pk).live


def under_draft_parent(subject: Subject) -> Iterator[None]:
    """Published below a page that was taken off before."""
    parent = subject.desk("desk")
    parent.unpublish()
    published(subject.draft(parent))
    yield


HIDDEN: list[State] = [
    draft,
    draft_change,
    scheduled,
    scheduled_change,
    embargoed,
    postponed,
    postponed_when_out,
    restricted,
    restricted_parent,
    restricted_grandparent,
    expired,
    withdrawn,
    unpublished,
    deleted,
    translated,
    waiting_for_its_original,
    alias_of_scheduled,
    under_unpublished_parent,
    under_draft_parent,
]
