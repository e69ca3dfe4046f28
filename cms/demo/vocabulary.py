"""Topics and usage terms, in both languages."""

from typing import Any

from wagtail.models import Locale

from cms.demo.pieces import LANGUAGES, BadContent, demo_id, read
from home.models import Topic, UsageTerms
from search.models import Synonyms


def load_vocabulary() -> int:
    """Make what is missing of topics and usage terms; answer how many rows that took."""
    made = sum(_load(Topic, "topic", key, words) for key, words in read("topics.toml").items())
    return made + sum(_load(UsageTerms, "terms", key, words) for key, words in read("terms.toml").items())


def _load(model: Any, kind: str, key: str, words: dict[str, dict[str, str]]) -> int:
    """One entry in each language, joined by its id. One that is there, or was renamed, is left alone."""
    made = 0
    present = set(
        model.objects.filter(translation_key=demo_id(kind, key)).values_list("locale__language_code", flat=True)
    )
    for language in LANGUAGES:
        if language not in present:
            locale = Locale.objects.get(language_code=language)
            entry = model(locale=locale, translation_key=demo_id(kind, key), **words[language])
            entry.save()
            if model is Topic:
                entry.save_revision().publish()
            made += 1
    return made


def load_synonyms() -> int:
    """Make the groups that are missing; answer how many. One that was edited is not recognised, and comes again."""
    present = {tuple(one.listed()) for one in Synonyms.objects.all()}
    groups = [tuple(group["terms"]) for group in read("synonyms.toml")["group"]]
    missing = [group for group in groups if group not in present]
    Synonyms.objects.bulk_create(Synonyms(terms="\n".join(group)) for group in missing)
    return len(missing)


def topics(keys: list[str], locale: Locale) -> list[Topic]:
    """Topics by key, in a language. Raises BadContent for one that nobody knows."""
    return [_entry(Topic, "topic", key, locale.language_code) for key in keys]


def usage_terms(key: str) -> UsageTerms:
    """Usage terms by key, in the first language: documents show their own language's."""
    return _entry(UsageTerms, "terms", key, LANGUAGES[0])


def _entry(model: Any, kind: str, key: str, language: str) -> Any:
    entry = model.objects.filter(translation_key=demo_id(kind, key), locale__language_code=language).first()
    if entry is None:
        raise BadContent(f"there is no {kind} `{key}`")
    return entry
