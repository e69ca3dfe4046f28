"""Two languages that were written apart become original and translation.

The foundation makes home pages, sections and site texts in each language; wagtail-localize would begin their
translation from nothing and put the original's words over what is there.
"""

from collections import defaultdict
from typing import Any

from wagtail.models import Locale, TranslatableMixin
from wagtail_localize.fields import get_translatable_fields
from wagtail_localize.models import StringSegment, StringTranslation, Translation, TranslationSource
from wagtail_localize.segments import StringSegmentValue
from wagtail_localize.segments.extract import extract_segments


def adoptable_locales(original: Any) -> list[Locale]:
    """Languages in which this page or snippet exists without a link to another language."""
    if Translation.objects.filter(source__object_id=original.translation_key).exists():
        return []
    return [other.locale for other in original.get_translations().select_related("locale")]


def adopt(original: Any, locale: Locale, user: Any) -> None:
    """Link the page or snippet in `locale` to its original, its own words as the translations so far.

    Nothing that it says is changed by this.
    """
    existing = original.get_translation(locale)
    _pair_rows(original, existing)
    source, _made = TranslationSource.get_or_create_from_instance(original)
    ours = _strings(existing)
    theirs: dict[str, list[StringSegment]] = defaultdict(list)
    for segment in source.stringsegment_set.select_related("context", "string").order_by("order"):
        theirs[segment.context.path].append(segment)
    for path, segments in theirs.items():
        if len(segments) == len(ours[path]):
            for segment, text in zip(segments, ours[path], strict=True):
                _remember(segment, locale, text, user)
    Translation.objects.get_or_create(source=source, target_locale=locale)


def _strings(instance: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for value in extract_segments(instance):
        if isinstance(value, StringSegmentValue):
            found[value.path].append(value.string.data)
    return found


def _remember(segment: StringSegment, locale: Locale, text: str, user: Any) -> None:
    StringTranslation.objects.update_or_create(
        translation_of_id=segment.string_id,
        context_id=segment.context_id,
        locale=locale,
        defaults={
            "data": text,
            "translation_type": StringTranslation.TRANSLATION_TYPE_MANUAL,
            "last_translated_by": user,
            "has_error": False,
            "field_error": "",
        },
    )


def _pair_rows(original: Any, existing: Any) -> None:
    """Rows at the same place (menu items, slots) are each other's translation."""
    for field in get_translatable_fields(type(original)):
        relation = field.get_field(type(original))
        if getattr(relation, "one_to_many", False) and issubclass(relation.related_model, TranslatableMixin):
            rows = zip(getattr(original, relation.name).all(), getattr(existing, relation.name).all(), strict=False)
            for row, other in rows:
                other.translation_key = row.translation_key
                other.save(update_fields=["translation_key"])
