"""Publications to measure: the same act with the project's documents, and as stock Wagtail does it without them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models.signals import post_save
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.models import Locale
from wagtail.signals import page_published

from delivery.signals import connect_page_models, page_changed_state
from delivery.transaction import publishing
from home.models import Topic
from news.models import NewsIndexPage, NewsPage, RelatedStory


def make_story(title: str, *, mentions: NewsPage | None = None, topic: Topic | None = None) -> NewsPage:
    """A published English story with a body of four paragraphs."""
    text = "".join(f"<p>Paragraph {number} of a story, long enough to be one.</p>" for number in range(4))
    page = NewsPage(
        title=title,
        summary="What happened.",
        body=[("text", text)],
        live=False,
        locale=Locale.objects.get(language_code="en"),
    )
    if mentions is not None:
        page.related = [RelatedStory(story=mentions)]
    if topic is not None:
        page.topics = [topic]
    with publishing():
        NewsIndexPage.objects.get(locale__language_code="en").add_child(instance=page)
        page.save_revision().publish()
    return NewsPage.objects.get(pk=page.pk)


def draft(page: NewsPage, number: int) -> Any:
    """A revision that waits to be published, as it is when an editor presses the button; its title is another."""
    page = NewsPage.objects.get(pk=page.pk)
    page.title = f"{page.title.split(' · ')[0]} · {number}"
    return page.save_revision()


def publish_with_documents(revision: Any) -> None:
    """What a request of the editor does: documents in the same transaction."""
    with publishing():
        revision.publish()


def publish_without_documents(revision: Any) -> None:
    """What stock Wagtail does, in one transaction as well."""
    with transaction.atomic():
        revision.publish()


@contextmanager
def without_delivery() -> Iterator[None]:
    """Nobody hears that a news page is saved or published: as in stock Wagtail, no document is made."""
    held = PublishPageRevisionAction.execute
    PublishPageRevisionAction.execute = held.__wrapped__
    page_published.disconnect(page_changed_state)
    post_save.disconnect(sender=NewsPage, dispatch_uid=f"saved {NewsPage._meta.label}")
    try:
        yield
    finally:
        PublishPageRevisionAction.execute = held
        page_published.connect(page_changed_state)
        connect_page_models()


def seconds_of(act: Callable[[], object]) -> float:
    """How long an act takes (seconds), commit included."""
    connection.ensure_connection()
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
