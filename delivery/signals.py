"""Wagtail's events. Each says only "something moved"; `delivery.sync` reads the facts."""

from typing import Any

from django.db.models import Model
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from wagtail.models import Locale, Page, PageViewRestriction, Site
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from delivery.context import forget_frontend_root
from delivery.models import Release, Story
from delivery.registry import all_renderers
from delivery.transaction import depended_on_changed, publishing, story_moved, story_saved, subtree_moved


@receiver(page_published)
@receiver(page_unpublished)
def page_changed_state(instance: Page, **_kwargs: Any) -> None:
    """Published, scheduled, unpublished, expired, deleted: the signal does not tell which, the page does.

    Pages below follow where this one appears or vanishes: `delivery.sync` sees to that.
    """
    story_moved(instance.translation_key)


@receiver(page_slug_changed)
def slug_changed(instance: Page, **_kwargs: Any) -> None:
    """Every path below changed too, and no signal says so for those pages.

    Wagtail sends this after the commit. By then `delivery.sync` has seen it, except below a page without a document.
    """
    subtree_moved(instance)


@receiver(post_page_move)
def page_moved(instance: Page, **_kwargs: Any) -> None:
    """As for a slug; and the pages above are others now."""
    instance.refresh_from_db()
    subtree_moved(instance)


@receiver(post_save, sender=PageViewRestriction)
@receiver(post_delete, sender=PageViewRestriction)
def restriction_changed(instance: PageViewRestriction, **_kwargs: Any) -> None:
    """A restriction is set or lifted, here or further up; the page itself sends nothing.

    It holds for every language: the translations of a restricted page are checked with it.
    """
    with publishing():
        for page in Page.objects.filter(translation_key=instance.page.translation_key):
            subtree_moved(page)


@receiver([post_save, post_delete], sender=Site)
def site_changed(instance: Site, **_kwargs: Any) -> None:
    """Host name or root page, or a site comes or goes: every absolute address may be another.

    Rendered again in the background.
    """
    forget_frontend_root()
    with publishing():
        depended_on_changed("site")
        for page in instance.root_page.get_translations(inclusive=True):
            story_moved(page.translation_key)


@receiver(post_delete, sender=Locale)
def locale_deleted(**_kwargs: Any) -> None:
    """Stories whose languages go out together wait for this one no longer."""
    with publishing():
        for story_id in Story.objects.filter(release=Release.TOGETHER, publications=None).values_list("pk", flat=True):
            story_moved(story_id)


@receiver(post_delete, sender=Page)
def page_gone(instance: Page, **_kwargs: Any) -> None:
    """Whatever named this page names nothing now. Django sends this last, when those rows are gone too.

    A draft had no document whose withdrawal would say so; and its other language may be public.
    """
    depended_on_changed(f"story:{instance.translation_key}")


def page_deleted(sender: type[Model], instance: Page, **_kwargs: Any) -> None:
    """A page leaves the database, by a tree's or a queryset's deletion too, live or not."""
    story_moved(instance.translation_key)


def page_saved(sender: type[Model], instance: Page, **_kwargs: Any) -> None:
    """A page appears or changes without a publication: a copy, an alias, an import, a script."""
    story_saved(instance.translation_key)


def connect_page_models() -> None:
    """Listen to the page classes that have renderers: called when all rooms have registered theirs."""
    for renderer in all_renderers():
        post_save.connect(page_saved, sender=renderer.model, dispatch_uid=f"saved {renderer.model._meta.label}")
        post_delete.connect(page_deleted, sender=renderer.model, dispatch_uid=f"deleted {renderer.model._meta.label}")
