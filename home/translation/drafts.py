"""A draft of a translation stays a draft, also where that language is public already.

wagtail-localize writes a draft into the table's row before it keeps the revision. Documents are rendered from the
row: an unapproved translation would go out with the next change of anything it mentions. And it saves a snippet's
draft with `live=False`: submitting a published topic again would unpublish it. And it writes a translated title, of
whatever length, into a column of 255 characters.
"""

from typing import Any

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, ValidationError
from django.db.models import QuerySet
from django.db.models.signals import post_save
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from wagtail.coreutils import find_available_slug
from wagtail.models import DraftStateMixin, Locale, Page
from wagtail_localize import models as localize
from wagtail_localize.models import SegmentOverride, StringTranslation, TranslationLog, TranslationSource

LOST = _("What was chosen here for this language alone is not there any more. Choose again, or undo the choice.")
DRAFT_TITLE_LENGTH = Page._meta.get_field("draft_title").max_length
_create_or_update = TranslationSource.create_or_update_translation


def keep_what_is_public() -> None:
    """From now on drafts of public translations are revisions only, whoever makes them."""
    TranslationSource.create_or_update_translation = _create_or_update_unless_public


def keep_titles_short() -> None:
    """From now on a title that is too long is an error of the translator's, told when it is handed in, not ours."""
    post_save.disconnect(localize.post_save_string_translation, sender=StringTranslation)
    post_save.connect(_show_title, sender=StringTranslation)


def _show_title(instance: StringTranslation, **_kwargs: Any) -> None:
    """Pages are listed by what their title is going to be."""
    if instance.context.path == "title":
        Page.objects.filter(translation_key=instance.context.object_id, locale_id=instance.locale_id).update(
            draft_title=instance.data[:DRAFT_TITLE_LENGTH]
        )


def _create_or_update_unless_public(
    self: TranslationSource,
    locale: Locale,
    user: Any = None,
    publish: bool = True,
    copy_parent_pages: bool = False,
    fallback: bool = False,
) -> tuple[Any, bool]:
    target = self.object.get_instance_or_none(locale)
    if target is not None:
        draft = _draft(self, locale, fallback)
        if not publish and isinstance(target, DraftStateMixin) and target.live:
            return _save_revision_only(self, locale, user, draft), False
    return _create_or_update(
        self, locale, user=user, publish=publish, copy_parent_pages=copy_parent_pages, fallback=fallback
    )


def _draft(source: TranslationSource, locale: Locale, fallback: bool) -> Any:
    """The translation as it would be saved. Raises ValidationError; the editor then shows it at the string."""
    try:
        draft = source.get_ephemeral_translated_instance(locale, fallback=fallback)
        if isinstance(draft, Page):
            draft.slug = find_available_slug(draft.get_parent(), slugify(draft.slug), ignore_page_id=draft.pk)
        # wagtail-localize checks only as it saves, and fails on an error that Wagtail raises without a field's name.
        draft.full_clean()
    except ValidationError as error:
        _mark(source, locale, error)
        raise
    except (ObjectDoesNotExist, ValueError) as cause:
        lost = [text.context.path for text in _texts(SegmentOverride, source, locale) if _is_lost(source, text)]
        told = ValidationError(dict.fromkeys(lost, LOST) if lost else LOST)
        _mark(source, locale, told)
        raise told from cause
    return draft


def _mark(source: TranslationSource, locale: Locale, error: ValidationError) -> None:
    for field, errors in getattr(error, "error_dict", {}).items():
        for kind in (StringTranslation, SegmentOverride):
            for text in _texts(kind, source, locale).filter(context__path=field):
                text.set_field_error(errors)


def _texts(kind: Any, source: TranslationSource, locale: Locale) -> QuerySet[Any]:
    return kind.objects.filter(context__object=source.object_id, locale=locale).select_related("context")


def _is_lost(source: TranslationSource, override: SegmentOverride) -> bool:
    """Whether it names a picture, say, that was deleted since."""
    try:
        field = source.specific_content_type.model_class()._meta.get_field(override.context.path)
    except FieldDoesNotExist:
        return False
    if not field.is_relation:
        return False
    number = str(override.data)
    return not (number.isdecimal() and field.related_model.objects.filter(pk=number).exists())


def _save_revision_only(source: TranslationSource, locale: Locale, user: Any, draft: Any) -> Any:
    revision = draft.save_revision(user=user)
    if isinstance(draft, Page):
        source.sync_view_restrictions(source.as_instance(), draft)
    TranslationLog.objects.create(source=source, locale=locale, revision=revision)
    return draft
