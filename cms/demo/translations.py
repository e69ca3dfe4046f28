"""Translations as wagtail-localize keeps them: string by string, so that its editor shows them as done.

The other language of a piece is cut into strings exactly as the original is; each of its strings is then the
translation of the original's string at the same place.
"""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from wagtail.models import DraftStateMixin, Locale
from wagtail_localize.models import StringSegment, StringTranslation, Translation, TranslationSource
from wagtail_localize.segments import StringSegmentValue, TemplateSegmentValue
from wagtail_localize.segments.extract import extract_segments
from wagtail_localize.strings import StringValue, validate_translation_links

from accounts.models import User
from cms.demo.pieces import BadContent

# Only links have ids in wagtail-localize's strings; what they lead to is kept beside the string.
LINK_ID = re.compile(r'<a id="(a\d+)">')


@dataclass(frozen=True)
class Segment:
    """A string of the original, as wagtail-localize stores it."""

    string_id: int
    context_id: int
    text: str
    links: dict[str, Any]


def translate(original: Any, words: Any, user: User, *, part: float = 1.0) -> Any:
    """The draft in the other language, made by wagtail-localize from the original and a memory of strings.

    `words`: an instance that was never saved, with the other language's words. `part` below 1: that much is translated,
    the rest is still the original's. Raises BadContent where the two do not match.
    """
    source, _made = TranslationSource.update_or_create_from_instance(original)
    Translation.objects.get_or_create(source=source, target_locale=words.locale)
    _remember(source, words, user, part)
    _save(source, original, words.locale, user)
    return type(original).objects.get(translation_key=original.translation_key, locale=words.locale)


def submit(original: Any, target: Locale, user: User) -> Any:
    """The draft of a story that was submitted for translation, and that nobody has begun."""
    source, _made = TranslationSource.update_or_create_from_instance(original)
    Translation.objects.get_or_create(source=source, target_locale=target)
    _save(source, original, target, user)
    return type(original).objects.get(translation_key=original.translation_key, locale=target)


def _save(source: TranslationSource, original: Any, target: Locale, user: User) -> None:
    """As a draft, where there are drafts."""
    publish = not isinstance(original, DraftStateMixin)
    source.create_or_update_translation(target, user=user, publish=publish, fallback=True)


def _remember(source: TranslationSource, words: Any, user: User, part: float) -> None:
    """Store the other language's strings as translations of the original's."""
    originals = _segments(source)
    others, templates = _cut(words)
    if templates != {row.context.path: row.template.template for row in _templates(source)}:
        raise BadContent(f"{words.slug}: the languages have different paragraphs, headings or lists")
    if set(originals) != set(others):
        raise BadContent(f"{words.slug}: only one language has {sorted(set(originals) ^ set(others))}")
    rows: dict[tuple[int, int], StringTranslation] = {}
    total = sum(map(len, originals.values()))
    for path, segments in originals.items():
        if len(segments) != len(others[path]):
            raise BadContent(f"{words.slug}: {len(segments)} strings and {len(others[path])} in {path}")
        for segment, other in zip(segments, others[path], strict=True):
            if len(rows) >= total * part:
                break
            rows[segment.string_id, segment.context_id] = StringTranslation(
                translation_of_id=segment.string_id,
                context_id=segment.context_id,
                locale=words.locale,
                data=_with_links_of(segment, other, words.slug),
                translation_type=StringTranslation.TRANSLATION_TYPE_MANUAL,
                last_translated_by=user,
            )
    StringTranslation.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["locale", "translation_of", "context"],
        update_fields=["data", "last_translated_by", "updated_at"],
    )


def _segments(source: TranslationSource) -> dict[str, list[Segment]]:
    """The original's strings by their place, in their order."""
    found: dict[str, list[Segment]] = defaultdict(list)
    rows = StringSegment.objects.filter(source=source).select_related("string", "context").order_by("order")
    for row in rows:
        links = json.loads(row.attrs or "{}") or {}
        found[row.context.path].append(Segment(row.string_id, row.context_id, row.string.data, links))
    return found


def _templates(source: TranslationSource) -> Any:
    return source.templatesegment_set.select_related("template", "context")


def _cut(words: Any) -> tuple[dict[str, list[StringSegmentValue]], dict[str, str]]:
    """The other language's strings by their place, and what is left of its rich texts without them."""
    strings: dict[str, list[StringSegmentValue]] = defaultdict(list)
    templates: dict[str, str] = {}
    for value in extract_segments(words):
        if isinstance(value, StringSegmentValue):
            strings[value.path].append(value)
        elif isinstance(value, TemplateSegmentValue):
            templates[value.path] = value.template
    return strings, templates


def _with_links_of(segment: Segment, other: StringSegmentValue, name: str) -> str:
    """The other language's string, its links numbered as the original numbers them. The order may differ."""
    waiting = dict(segment.links)

    def number(match: re.Match[str]) -> str:
        target = (other.attrs or {})[match[1]]
        for link_id, attrs in waiting.items():
            if attrs == target:
                del waiting[link_id]
                return f'<a id="{link_id}">'
        raise BadContent(f"{name}: a link that the original has not, in “{other.string.data[:80]}”")

    text = LINK_ID.sub(number, other.string.data)
    StringValue.from_translated_html(text)
    validate_translation_links(segment.text, text)
    return text
