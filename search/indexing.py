"""Writes the index: one entry a document, in the document's transaction, so it is found when it is public.

What goes away is not written here: the database deletes an entry with its document.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from delivery.locks import take_publish_lock
from delivery.models import DocumentRow, PreparedDocument, PublishedDocument
from delivery.verification import Difference
from search.contents import Contents, captions_of, contents_of
from search.database import LANGUAGES, exact_config, folded_config
from search.models import Entry, PreparedEntry
from search.words import folded, joined_words, words_of

# Raise it when what is written here, or in `search.contents`, differs: older entries are renewed by a task.
VERSION = 2
BATCH = 50
# Between two passages, so that no phrase stands in both: words that say nothing, and count.
GAP = {"en": "the the the", "fr": "le le le"}
# A word as it is written can be suggested: letters alone, as many as these.
SUGGESTED = range(4, 31)
# A word that says nothing is found as it is written where nothing else is asked for; it has as many letters.
WRITTEN = range(2, 31)
# Letters of a word that is completed: PostgreSQL refuses lexemes of 2 kB.
LONGEST_WORD = 60
# Of what a text says most: how many words, and how often each is counted.
FREQUENT, COUNTED = 24, 6

COLUMNS = (
    *("version", "story_id", "locale", "collection", "published_at", "terms", "facets"),
    *("lead", "vector", "forms", "passages", "places", "moments", "goes_on"),
)
SET = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS)
# `{table}`: of entries, with their `{key}`; `{source}`: of documents, with what an entry has as its key.
WRITE = f"""
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(%s::jsonb) AS one (
            document bigint, config regconfig, exact regconfig, title text, summary text, names text, body text,
            joined text, written text[], begun text[], facets text[],
            passages text[], places int[], moments int[], goes_on boolean[]
        )
    ), leads AS (
        SELECT given.*,
            setweight(to_tsvector(config, title), 'A') || setweight(to_tsvector(config, summary), 'B')
                || setweight(to_tsvector(config, names), 'C') AS lead,
            setweight(to_tsvector(config, body), 'D') AS said
        FROM given
    )
    INSERT INTO {{table}} ({{key}}, {", ".join(COLUMNS)})
    SELECT stored.{{source_key}}, {VERSION}, stored.story_id, stored.locale, stored.collection, stored.published_at,
        stored.terms, ARRAY(SELECT id FROM search_facet WHERE term = ANY (leads.facets)),
        leads.lead || array_to_tsvector(leads.begun) || coalesce((
            SELECT string_agg(
                quote_literal(lexeme) || ':' || array_to_string(positions[1:{COUNTED}], ','), ' ')::tsvector
            FROM (SELECT lexeme, positions FROM unnest(leads.said) WHERE cardinality(positions) > 1
                ORDER BY cardinality(positions) DESC, lexeme LIMIT {FREQUENT}) AS frequent
        ), ''),
        leads.said || leads.lead
            || strip(to_tsvector(leads.exact, concat_ws(' ', leads.title, summary, names, leads.body)))
            || strip(to_tsvector(config, joined)) || array_to_tsvector(written),
        CASE WHEN stored.locale = 'en' THEN '' ELSE to_tsvector(leads.exact, leads.body) END,
        passages, places, moments, goes_on
    FROM leads JOIN {{source}} AS stored ON stored.id = leads.document
    ON CONFLICT ({{conflict}}) DO UPDATE SET {SET}{{more}}
"""  # noqa: S608
ENTRIES = {
    "table": "search_entry",
    "key": "document_id",
    "source": "delivery_publisheddocument",
    "source_key": "id",
    "conflict": "document_id",
    "more": "",
}
PREPARED = {
    "table": "search_preparedentry",
    "key": "etag",
    "source": "delivery_prepareddocument",
    "source_key": "etag",
    "conflict": "story_id, locale",
    "more": ", etag = excluded.etag",
}
# What was prepared and is what appeared; what it tells is written. Nothing prepared of these stories stays.
TAKE_PREPARED = f"""
    WITH taken AS (DELETE FROM search_preparedentry WHERE story_id = ANY (%s) RETURNING *)
    INSERT INTO search_entry (document_id, {", ".join(COLUMNS)})
    SELECT document.id, {", ".join(f"taken.{name}" for name in COLUMNS)}
    FROM taken JOIN delivery_publisheddocument AS document
        ON document.story_id = taken.story_id AND document.locale = taken.locale AND document.etag = taken.etag
            AND document.published_at = taken.published_at AND document.terms = taken.terms
    WHERE taken.version = {VERSION}
    ON CONFLICT (document_id) DO UPDATE SET {SET}
    RETURNING story_id, locale
"""  # noqa: S608
# Terms that hits are counted by, besides type and year.
FACETS = ("topic:", "tag:")
REMEMBER_FACETS = """
    INSERT INTO search_facet (term) SELECT given FROM unnest(%s::text[]) AS given
    WHERE NOT EXISTS (SELECT FROM search_facet WHERE term = given) ORDER BY given ON CONFLICT DO NOTHING
"""
REMEMBER_WORDS = """
    INSERT INTO search_word (locale, word, folded) SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])
    ON CONFLICT DO NOTHING
"""


def index_documents(keys: Iterable[tuple[UUID, str]]) -> None:
    """Write the entries of these stories in these languages. The publish lock is held."""
    wanted = set(keys)
    with connection.cursor() as cursor:
        cursor.execute(TAKE_PREPARED, [list({story_id for story_id, _locale in wanted})])
        wanted -= set(cursor.fetchall())
    stories = {story_id for story_id, _locale in wanted}
    for documents in batches(PublishedDocument.objects.filter(story_id__in=stories)) if stories else ():
        _write([one for one in documents if (one.story_id, one.locale) in wanted])


def index_ahead(documents: Sequence[PreparedDocument]) -> None:
    """Prepare the entries of documents that wait for their moment."""
    _write(documents, PREPARED)


def forget_prepared() -> None:
    """Delete what was prepared for documents that nobody prepares any more."""
    waiting = PreparedDocument.objects.filter(story_id=OuterRef("story_id"), locale=OuterRef("locale"))
    PreparedEntry.objects.filter(~Exists(waiting)).delete()


def index_missing(limit: int = BATCH) -> int:
    """Write entries that are not there or are of an older version, `limit` at most; answer how many there were.

    After an upgrade, or should anything ever have been missed: a task asks every few minutes.
    """
    with transaction.atomic():
        if not is_behind():
            return 0
        take_publish_lock()
        documents = list(_missing().order_by("-published_at")[:limit])
        _write(documents)
        return len(documents)


def is_behind() -> bool:
    """Whether entries are missing, or of an older version."""
    return _missing().exists()


def _missing() -> QuerySet[PublishedDocument]:
    own = Entry.objects.filter(document=OuterRef("pk"), version__gte=VERSION)
    return PublishedDocument.objects.filter(~Exists(own), locale__in=LANGUAGES)


def differences() -> Iterator[Difference]:
    """Documents without an entry or with one that repeats their columns wrongly, and entries without document."""
    repeated = {name: OuterRef(name) for name in ("story_id", "locale", "collection", "published_at", "terms")}
    same = Entry.objects.filter(document=OuterRef("pk"), **repeated)
    for path in PublishedDocument.objects.filter(~Exists(same), locale__in=LANGUAGES).values_list("path", flat=True):
        yield Difference(path, "is not in the search index as it is: manage.py rebuild_search")
    strays = Entry.objects.filter(~Exists(PublishedDocument.objects.filter(pk=OuterRef("pk"))))
    for entry in strays:
        yield Difference(str(entry), "is in the search index, but not published: manage.py rebuild_search")


def batches(documents: QuerySet[PublishedDocument]) -> Iterable[list[PublishedDocument]]:
    """Documents in parts, in the order of their keys."""
    last = 0
    while part := list(documents.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield part
        last = part[-1].pk


def _write(documents: Sequence[DocumentRow], target: Mapping[str, str] = ENTRIES) -> None:
    documents = [document for document in documents if document.locale in LANGUAGES]
    if not documents:
        return
    captions = captions_of(documents)
    rows = [_row(document, contents_of(document, captions[document.pk])) for document in documents]
    words = sorted({(row["locale"], word) for row in rows for word in row["suggested"]})
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER_FACETS, [sorted({facet for row in rows for facet in row["facets"]})])
        cursor.execute(WRITE.format(**target), [json.dumps(rows)])
        known = [word for _locale, word in words]
        cursor.execute(REMEMBER_WORDS, [[locale for locale, _word in words], known, [folded(word) for word in known]])


def _row(document: DocumentRow, contents: Contents) -> dict[str, Any]:
    words: list[str] = []
    places = []
    gap = GAP[document.locale].split()
    for passage in contents.passages:
        if words and not passage.goes_on:
            words += gap
        places.append(len(words) + 1)
        words += words_of(passage.text)
    names = f" {GAP[document.locale]} ".join(" ".join(words_of(name)) for name in contents.names)
    texts = [contents.title, *contents.names, *(passage.text for passage in contents.passages)]
    title = words_of(contents.title)
    said = {word.lower() for word in (*title, *names.split(), *words) if len(word) in WRITTEN}
    return {
        "suggested": sorted(word for word in said if word.isalpha() and len(word) in SUGGESTED),
        "document": document.pk,
        "locale": document.locale,
        "config": folded_config(document.locale),
        "exact": exact_config(document.locale),
        "title": " ".join(title),
        "summary": " ".join(words_of(contents.summary)),
        "names": names,
        "body": " ".join(words),
        "joined": " ".join(word for text in texts for word in joined_words(text)),
        "written": sorted({f"={form}" for word in said for form in (word, folded(word))}),
        "begun": sorted({f"~{folded(word)[:LONGEST_WORD]}" for word in (*title, *words_of(" ".join(contents.names)))}),
        "facets": _facets(document),
        "passages": [passage.text for passage in contents.passages],
        "places": places,
        "moments": [passage.moment for passage in contents.passages],
        "goes_on": [passage.goes_on for passage in contents.passages],
    }


def _facets(document: DocumentRow) -> list[str]:
    year = document.published_at.astimezone(UTC).year
    counted = [term for term in document.terms if term.startswith(FACETS)]
    return [f"type:{document.collection}", f"year:{year}", *counted]
