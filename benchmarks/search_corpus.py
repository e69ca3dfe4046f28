"""Published documents and pages as they would be in a large newsroom, for `benchmarks.search_speed`.

Each is the copy of a story of the demo, with its pictures and all else, under another date, with topics, tags and words
of its own (`benchmarks.zipf`). What a document says depends on its number alone, so a larger corpus begins with the
smaller one. Our index is written by `search.indexing`, Wagtail's by SQL that does what its `update_index` does.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from modelsearch.backends.database.postgres.weights import get_weight
from wagtail.models import Page

from benchmarks.zipf import Language, sentences, some_of
from cms.demo.parallel import in_parallel
from delivery.copying import copy_rows
from delivery.models import PublishedDocument, Story
from news.models import NewsPage
from search.contents import contents_of
from search.database import LANGUAGES
from search.indexing import BATCH, index_documents, index_missing
from search.words import words_of

# More than any key that the demo's rows have.
FIRST_KEY = 1_000_000
FIRST_DAY = datetime(2014, 1, 1, tzinfo=UTC)
MINUTES = 12 * 365 * 24 * 60
# Words: at least and at most.
TITLE, SUMMARY, TEXT, CAPTION = (8, 16), (20, 40), (200, 400), (8, 20)
TABLES = ["delivery_publisheddocument", "search_entry", "search_word", "wagtailsearch_indexentry"]
# The vectors of `modelsearch.backends.database.postgres.postgres.ObjectIndexer` for a page of news.
INDEX_FOR_WAGTAIL = """
    INSERT INTO wagtailsearch_indexentry
        (content_type_id, object_id, title, autocomplete, body, title_norm, title_text, body_text)
    SELECT %(type)s, page::text, setweight(to_tsvector(title), %(title)s),
        setweight(to_tsvector('simple', title), 'D') || setweight(to_tsvector('simple', summary), 'D'),
        setweight(to_tsvector(summary), %(other)s) || setweight(to_tsvector(body), %(other)s),
        1.0, title, summary || ' ' || body
    FROM unnest(%(pages)s::bigint[], %(titles)s::text[], %(summaries)s::text[], %(bodies)s::text[])
        AS made (page, title, summary, body)
"""
# What `update_index` ends with (`PostgresIndex._refresh_title_norms`).
TITLE_NORMS = """
    UPDATE wagtailsearch_indexentry AS entry SET title_norm = mean.length / length(entry.title)
    FROM (SELECT avg(length(title)) AS length FROM wagtailsearch_indexentry WHERE length(title) > 0) AS mean
    WHERE length(entry.title) > 0
"""


@dataclass(frozen=True)
class Template:
    """A story of the demo in one language, as it is published, and its page."""

    document: PublishedDocument
    card: dict[str, Any]
    body: dict[str, Any]
    page: Page


@dataclass(frozen=True)
class Copy:
    """A document with its page, and what Wagtail would index of that."""

    document: PublishedDocument
    page: Page
    summary: str
    text: list[str]


class Corpus:
    """Grows. It takes the place of the news that were loaded, which share their phrases."""

    def __init__(self) -> None:
        documents = list(PublishedDocument.objects.filter(collection="news").order_by("pk"))
        pages = Page.objects.in_bulk([document.page_id for document in documents])
        self.size = 0
        self.templates = [
            Template(one, json.loads(bytes(one.card)), json.loads(bytes(one.body)), pages[one.page_id])
            for one in documents
        ]
        self.languages = {
            locale: Language(_most_frequent(one for one in documents if one.locale == locale)) for locale in LANGUAGES
        }
        self.topics = {
            locale: {
                topic["id"]: topic
                for template in self.templates
                if template.document.locale == locale
                for topic in template.body["topics"]
            }
            for locale in LANGUAGES
        }
        self.tags = sorted({tag for template in self.templates for tag in template.body["tags"]})
        self.page_type = NewsPage.objects.get(pk=documents[0].page_id).content_type_id
        PublishedDocument.objects.filter(pk__in=[one.pk for one in documents]).delete()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM wagtailsearch_indexentry WHERE content_type_id = %s", [self.page_type])

    def copy(self, number: int) -> Copy:
        """The document of this number, from 1, not saved."""
        chance = Random(number)
        template = chance.choice(self.templates)
        locale = template.document.locale
        language = self.languages[locale]

        def say(length: tuple[int, int]) -> list[str]:
            return sentences(language.draw(chance.randint(*length), chance), chance)

        at = FIRST_DAY + timedelta(minutes=chance.randrange(MINUTES))
        story_id = UUID(int=chance.getrandbits(128), version=4)
        title = " ".join(language.draw(chance.randint(*TITLE), chance)).capitalize()[:255]
        summary = " ".join(say(SUMMARY))
        topics = [self.topics[locale][key] for key in some_of(list(self.topics[locale]), 1, 3, chance)]
        tags = some_of(self.tags, 0, 4, chance)
        blocks, text = _blocks(template.body["body"], say)
        slug = f"{template.document.slug}-{number}"
        path = f"{template.document.path.rstrip('/')}-{number}/"
        head = {
            "id": str(story_id),
            "slug": slug,
            "path": path,
            "url": f"{template.body['url'].rstrip('/')}-{number}/",
            "api_url": template.body["api_url"].replace(template.body["id"], str(story_id)),
            "title": title,
            "summary": summary,
            "topics": topics,
            "tags": tags,
            **dict.fromkeys(
                ("first_published_at", "published_at", "updated_at"), at.isoformat().replace("+00:00", "Z")
            ),
        }
        head["translations"] = [{"locale": locale, "path": path, "url": head["url"], "slug": slug}]
        document = copy(template.document)
        document.pk = document.page_id = FIRST_KEY + number
        document.story_id, document.path, document.slug, document.title = story_id, path, slug, title
        document.card = _as_json(template.card | head)
        document.body = _as_json(
            template.body
            | head
            | {"body": blocks, "seo": template.body["seo"] | {"title": title, "description": summary}}
        )
        document.etag = blake2b(document.card + document.body, digest_size=12).hexdigest()
        document.first_published_at = document.published_at = document.updated_at = at
        others = [term for term in document.terms if not term.startswith(("topic:", "tag:"))]
        document.terms = sorted([*others, *(f"topic:{one['id']}" for one in topics), *(f"tag:{tag}" for tag in tags)])
        return Copy(document, self._page(template.page, number, document), summary, text)

    def _page(self, original: Page, number: int, document: PublishedDocument) -> Page:
        page = copy(original)
        page.pk = document.page_id
        page.path = f"{original.path}{number:08}"
        page.title = page.draft_title = document.title
        page.slug, page.url_path = document.slug, f"{original.url_path.rstrip('/')}-{number}/"
        page.translation_key = document.story_id
        page.live_revision_id = page.latest_revision_id = None
        page.first_published_at = page.last_published_at = page.latest_revision_created_at = document.published_at
        return page

    def grow(self, size: int) -> None:
        """So many documents, with pages and what both searches know of them, are there afterwards."""
        processes = os.cpu_count() or 1
        numbers = range(self.size + 1, size + 1)
        jobs = {nth: partial(self.write, numbers[nth::processes]) for nth in range(processes)}
        with built_afterwards():
            for _nth, _nothing in in_parallel(jobs, database=connection.settings_dict["NAME"]):
                pass
            while index_missing():
                pass
            with connection.cursor() as cursor:
                cursor.execute(TITLE_NORMS)
        self.size = size

    def write(self, numbers: Sequence[int]) -> None:
        """Those documents, with pages and entries.

        No more in a transaction than are indexed at once: their words are added to `search_word` in one order, so
        that processes wait for each other and do not deadlock.
        """
        for start in range(0, len(numbers), BATCH):
            copies = [self.copy(number) for number in numbers[start : start + BATCH]]
            documents, pages = [one.document for one in copies], [one.page for one in copies]
            stories = [
                Story(id=page.translation_key, collection="news", original_locale_id=page.locale_id) for page in pages
            ]
            with transaction.atomic():
                copy_rows(Page, pages)
                copy_rows(Story, stories)
                copy_rows(PublishedDocument, documents)
                self._index_for_wagtail(copies)
                index_documents([(one.story_id, one.locale) for one in documents])

    def _index_for_wagtail(self, copies: Sequence[Copy]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                INDEX_FOR_WAGTAIL,
                {
                    "type": self.page_type,
                    "title": get_weight(2),  # `wagtail.models.Page.search_fields`
                    "other": get_weight(None),
                    "pages": [one.page.pk for one in copies],
                    "titles": [one.page.title for one in copies],
                    "summaries": [one.summary for one in copies],
                    "bodies": [", ".join(one.text) for one in copies],
                },
            )


@contextmanager
def built_afterwards() -> Iterator[None]:
    """GIN indexes are built when the rows are there, which takes a fraction of the time. The same ones as before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY (%s) AND indexdef LIKE '%%USING gin%%'",
            [TABLES],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for _name, definition in indexes:
            cursor.execute(definition)


def _most_frequent(documents: Iterable[PublishedDocument]) -> list[str]:
    """The words of these documents, most frequent first."""
    contents = [contents_of(document) for document in documents]
    texts = [text for one in contents for text in (one.title, *(passage.text for passage in one.passages))]
    count = Counter(word.lower() for text in texts for word in words_of(text) if word.isalpha())
    return sorted(count, key=lambda word: (-count[word], word))


def _blocks(blocks: Sequence[dict[str, Any]], say: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """A body of the same form with words of its own, and its text block by block. Quotations and facts are left out."""
    kept = [block for block in blocks if block["type"] in ("text", "image")]
    paragraphs = say(TEXT)
    share = -(-len(paragraphs) // sum(block["type"] == "text" for block in kept))
    made, text = [], []
    for block in kept:
        if block["type"] == "text":
            text.append(" ".join(paragraphs[:share]))
            made.append(block | {"html": f"<p>{text[-1]}</p>"})
            paragraphs = paragraphs[share:]
        else:
            text.append(" ".join(say(CAPTION)))
            made.append(block | {"image": block["image"] | {"caption": text[-1]}})
    return made, text


def _as_json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
