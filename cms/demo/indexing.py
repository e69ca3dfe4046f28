"""Wagtail's two indexes, brought up to date once instead of at every save: they cost more than the stories."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db.models.signals import post_save
from modelsearch.backends import get_search_backends
from modelsearch.signal_handlers import post_save_signal_handler
from wagtail.models import Page, ReferenceIndex
from wagtail.signal_handlers import disable_reference_index_auto_update


@contextmanager
def without_indexing(*models: type[Page]) -> Iterator[None]:
    """Pages of these classes are saved without being indexed; `index_stories` has to follow."""
    for model in models:
        post_save.disconnect(post_save_signal_handler, sender=model)
    try:
        with disable_reference_index_auto_update():
            yield
    finally:
        for model in models:
            post_save.connect(post_save_signal_handler, sender=model)


def index_stories(model: type[Page], story_ids: Iterable[UUID]) -> None:
    """Index the pages of stories for search, and what they refer to."""
    pages = list(model.objects.filter(translation_key__in=list(story_ids)))
    for backend in get_search_backends(with_auto_update=True):
        backend.add_bulk(model, pages)
    for page in pages:
        ReferenceIndex.create_or_update_for_object(page)
