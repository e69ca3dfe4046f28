"""A draft of a translation stays a draft, also where that language is public already.

wagtail-localize writes a draft into the table's row before it keeps the revision. Documents are rendered from the
row: an unapproved translation would go out with the next change of anything it mentions. And it saves a snippet's
draft with `live=False`: submitting a published topic again would unpublish it.
"""

from typing import Any

from django.utils.text import slugify
from wagtail.coreutils import find_available_slug
from wagtail.models import DraftStateMixin, Locale, Page
from wagtail_localize.models import TranslationLog, TranslationSource

_create_or_update = TranslationSource.create_or_update_translation


def keep_what_is_public() -> None:
    """From now on drafts of public translations are revisions only, whoever makes them."""
    TranslationSource.create_or_update_translation = _create_or_update_unless_public


def _create_or_update_unless_public(
    self: TranslationSource,
    locale: Locale,
    user: Any = None,
    publish: bool = True,
    copy_parent_pages: bool = False,
    fallback: bool = False,
) -> tuple[Any, bool]:
    if not publish:
        target = self.object.get_instance_or_none(locale)
        if isinstance(target, DraftStateMixin) and target.live:
            return _save_revision_only(self, locale, user, fallback), False
    return _create_or_update(
        self, locale, user=user, publish=publish, copy_parent_pages=copy_parent_pages, fallback=fallback
    )


def _save_revision_only(source: TranslationSource, locale: Locale, user: Any, fallback: bool) -> Any:
    draft = source.get_ephemeral_translated_instance(locale, fallback=fallback)
    if isinstance(draft, Page):
        draft.slug = find_available_slug(draft.get_parent(), slugify(draft.slug), ignore_page_id=draft.pk)
    revision = draft.save_revision(user=user)
    if isinstance(draft, Page):
        source.sync_view_restrictions(source.as_instance(), draft)
    TranslationLog.objects.create(source=source, locale=locale, revision=revision)
    return draft
