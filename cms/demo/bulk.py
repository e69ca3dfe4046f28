"""Stories by the thousand, for load tests: the same ones each time, in pages, revisions, documents and changes.

What a story says depends on its number only. Pages and revisions are copied into the database as Wagtail would have
left them; documents are made by the real renderers. Left out, since they cost more than the rest: Wagtail's search
index (`manage.py update_index`), its index of references (`rebuild_references_index`) and its log of actions.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID, uuid5

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils.html import escape
from django.utils.text import slugify
from taggit.models import Tag
from wagtail.models import Locale, Page, Revision

from cms.demo.library import ARCHIVE
from cms.demo.parallel import in_parallel
from cms.demo.phrases import Pair, phrases
from cms.demo.pieces import demo_id
from cms.demo.progress import Progress
from delivery.copying import copy_rows, new_keys
from delivery.imports import NewStory, publish_new
from delivery.models import Story
from home.models import EditorialImage, Topic
from news.models import NewsIndexPage, NewsPage, NewsTag, RelatedStory, Source

# Stories of one transaction: its documents are stored under the publish lock within 200 ms.
CHUNK = 100
WORTH_PROCESSES = 10
# Of ten stories: how many are written in English and translated, only English, only French, French and translated.
LANGUAGES_OF = [*[("en", "fr")] * 5, *[("en",)] * 3, ("fr",), ("fr", "en")]
FIRST_DAY = datetime(2014, 1, 1, tzinfo=UTC)
DAYS = 3900
MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
}


def languages_of(number: int) -> tuple[str, ...]:
    """Languages of a story, the original first."""
    return LANGUAGES_OF[number % len(LANGUAGES_OF)]


def free_numbers(count: int) -> list[int]:
    """The first numbers that no story has yet."""
    found: list[int] = []
    start = 1
    while len(found) < count:
        ids = {demo_id("bulk", number): number for number in range(start, start + 10_000)}
        taken = set(Story.objects.filter(pk__in=ids).values_list("pk", flat=True))
        found += [number for story_id, number in ids.items() if story_id not in taken]
        start += 10_000
    return found[:count]


@dataclass(frozen=True)
class Chunk:
    """Stories of one transaction, and the places of their pages among the pages of each section."""

    numbers: list[int]
    places: dict[str, int]


def chunks(numbers: Sequence[int], places: dict[str, int]) -> Iterator[Chunk]:
    """The stories in pieces of a transaction each. `places`: the first free place in each section."""
    places = dict(places)
    for start in range(0, len(numbers), CHUNK):
        part = list(numbers[start : start + CHUNK])
        yield Chunk(part, dict(places))
        for number in part:
            for language in languages_of(number):
                places[language] += 1


def free_places() -> dict[str, int]:
    """The first place after the last page of each section."""
    places = {}
    for section in NewsIndexPage.objects.select_related("locale"):
        last = section.get_last_child()
        step = last.path[-Page.steplen :] if last else "0"
        places[section.locale.language_code] = Page._str2int(step) + 1
    return places


def count_children() -> None:
    """Tell treebeard how many pages each section has now."""
    for section in NewsIndexPage.objects.all():
        children = Page.objects.filter(path__startswith=section.path, depth=section.depth + 1).count()
        Page.objects.filter(pk=section.pk).update(numchild=children)


def add_stories(count: int, progress: Progress) -> int:
    """Add that many stories, on every processor; answer how many documents that made."""
    todo = list(chunks(free_numbers(count), free_places()))
    documents = 0
    try:
        for made in progress.each(f"Times {CHUNK} stories", _carry_out(todo), total=len(todo)):
            documents += made
    finally:
        count_children()
    return documents


def _carry_out(todo: list[Chunk]) -> Iterator[int]:
    """Load the chunks, in processes of their own where that is worth their start; the documents of each."""
    if len(todo) < WORTH_PROCESSES:
        yield from map(load_chunk, todo)
        return
    jobs = {number: partial(load_chunk, chunk) for number, chunk in enumerate(todo)}
    for _number, made in in_parallel(jobs, database=connection.settings_dict["NAME"]):
        yield made


def load_chunk(chunk: Chunk) -> int:
    """Write the stories of a chunk, all or none; answer how many documents that are."""
    with transaction.atomic():
        return Writer(chunk).write()


class Writer:
    """Makes the stories of one chunk, from the phrases, topics, pictures and tags of the demo."""

    def __init__(self, chunk: Chunk) -> None:
        self.numbers = chunk.numbers
        self.places = dict(chunk.places)
        self.phrases = phrases()
        self.locales = {locale.language_code: locale for locale in Locale.objects.all()}
        self.sections = {page.locale.language_code: page for page in NewsIndexPage.objects.select_related("locale")}
        self.topics = {(topic.translation_key, topic.locale_id): topic for topic in Topic.objects.all()}
        self.tags = _tags(self.phrases.tags)
        self.images = _images(self.phrases.pictures)
        self.page_type = ContentType.objects.get_for_model(Page)
        self.type = ContentType.objects.get_for_model(NewsPage)
        count = sum(len(languages_of(number)) for number in self.numbers)
        self.page_keys = iter(new_keys(Page, count))
        self.revision_keys = iter(new_keys(Revision, count))

    def write(self) -> int:
        """Pages, revisions and what hangs on them; then stories and documents."""
        stories: list[NewStory] = []
        for number in self.numbers:
            stories.append(self.story(number, stories))
        pages: list[NewsPage] = [page for story in stories for page in story.pages.values()]
        copy_rows(Page, pages)
        copy_rows(NewsPage, pages)
        for model, relation in ((NewsTag, "tagged_items"), (Source, "sources"), (RelatedStory, "related")):
            copy_rows(model, [row for page in pages for row in getattr(page, relation).all()])
        link = NewsPage.topics.through
        copy_rows(link, [link(newspage_id=page.pk, topic_id=topic.pk) for page in pages for topic in page.topics.all()])
        copy_rows(Revision, [self.revision(page) for page in pages])
        return publish_new(stories)

    def story(self, number: int, before: Sequence[NewStory]) -> NewStory:
        """A story, which may mention one of those before it."""
        chance = Random(number)
        story_id = demo_id("bulk", number)
        first, *others = languages_of(number)
        mentioned = chance.choice(before[-20:]) if before and chance.random() < 0.3 else None
        plan = Plan(chance, self, mentioned)
        published = {first: plan.at, **{language: plan.at + timedelta(hours=9) for language in others}}
        return NewStory(
            story=Story(
                id=story_id,
                collection="news",
                original_locale=self.locales[first],
                public_date=plan.at,
                **_alone(others),
            ),
            pages={
                language: self.page(number, story_id, language, plan, moment) for language, moment in published.items()
            },
            published=published,
        )

    def page(self, number: int, story_id: UUID, language: str, plan: "Plan", at: datetime) -> NewsPage:
        """The page in one language, as Wagtail leaves it after its first publication."""
        section, key = self.sections[language], next(self.page_keys)
        title = f"{plan.title[language]} ({plan.day(language)})"
        slug = f"{slugify(plan.title[language])[:200]}-{number}"
        place, self.places[language] = self.places[language], self.places[language] + 1
        page = NewsPage(
            id=key,
            page_ptr_id=key,
            path=Page._get_path(section.path, section.depth + 1, place),
            depth=section.depth + 1,
            url_path=f"{section.url_path}{slug}/",
            locale=self.locales[language],
            translation_key=story_id,
            content_type=self.type,
            title=title,
            draft_title=title,
            slug=slug,
            live=True,
            first_published_at=at,
            last_published_at=at,
            latest_revision_created_at=at,
            summary=plan.summary[language],
            kind=plan.kind,
            priority=plan.priority,
            dateline_place=plan.place[language],
            dateline_date=plan.at.date(),
            hero_image=plan.image,
            body=json.dumps(plan.body(story_id, language)),
        )
        page.live_revision_id = page.latest_revision_id = next(self.revision_keys)
        page.topics = [self.topics[demo_id("topic", key), page.locale_id] for key in plan.topics]
        page.tagged_items = [NewsTag(content_object_id=key, tag=self.tags[tag]) for tag in plan.tags]
        page.sources = [Source(page_id=key, sort_order=0, name=plan.source)]
        mentioned = plan.mentioned_page(language)
        page.related = [RelatedStory(page_id=key, sort_order=0, story=mentioned)] if mentioned else []
        page.corrections, page.wagtail_admin_comments = [], []
        return page

    def revision(self, page: NewsPage) -> Revision:
        """The revision that is live."""
        return Revision(
            id=page.live_revision_id,
            content_type=self.type,
            base_content_type=self.page_type,
            object_id=str(page.pk),
            object_str=page.title,
            created_at=page.first_published_at,
            content=page.serializable_data(),
        )


class Plan:
    """What a story is about, before it is put into words."""

    def __init__(self, chance: Random, writer: Writer, mentioned: NewStory | None) -> None:
        words = writer.phrases
        self.at = FIRST_DAY + timedelta(days=chance.randrange(DAYS), minutes=chance.randrange(24 * 60))
        self.title, self.summary, self.place = map(chance.choice, (words.titles, words.summaries, words.places))
        self.paragraphs = chance.sample(words.paragraphs, min(len(words.paragraphs), chance.randint(4, 7)))
        self.quote = chance.choice(words.quotes) if words.quotes else None
        self.facts = chance.choice(words.facts) if words.facts and chance.random() < 0.25 else None
        self.kind = chance.choice(words.kinds)
        self.priority = chance.choice((1, 2, 2, 2, 3))
        self.topics = chance.sample(words.topics, min(len(words.topics), chance.randint(1, 3)))
        self.tags = chance.sample(words.tags, min(len(words.tags), chance.randint(1, 4)))
        self.source = "COS"
        self.image = chance.choice(writer.images)
        self.second_image = chance.choice(writer.images) if chance.random() < 0.4 else None
        self.mentioned = mentioned

    def day(self, language: str) -> str:
        """The day of the story in words."""
        day = "1er" if language == "fr" and self.at.day == 1 else str(self.at.day)
        return f"{day} {MONTHS[language][self.at.month - 1]} {self.at.year}"

    def mentioned_page(self, language: str) -> Page | None:
        """The page of the story that is mentioned, in this language if there is one."""
        if self.mentioned is None:
            return None
        pages = self.mentioned.pages
        return pages.get(language) or next(iter(pages.values()))

    def body(self, story_id: UUID, language: str) -> list[dict[str, Any]]:
        """The blocks in one language; their ids are the same in both."""
        half = len(self.paragraphs) // 2
        blocks: list[tuple[str, Any]] = [("text", self._text(self.paragraphs[:half], language))]
        if self.quote:
            quote = self.quote[language]
            blocks.append(("quote", {name: quote.get(name, "") for name in ("text", "speaker", "role")}))
        if self.second_image:
            image = {"image": self.second_image.pk, "alt_text": "", "decorative": False, "caption": ""}
            blocks.append(("image", image))
        blocks.append(("text", self._text(self.paragraphs[half:], language) + self._link(language)))
        if self.facts:
            facts = self.facts[language]
            items = [
                {"type": "item", "value": item, "id": str(uuid5(story_id, f"fact {number}"))}
                for number, item in enumerate(facts["items"])
            ]
            blocks.append(("facts", {"title": facts["title"], "items": items}))
        return [
            {"type": kind, "value": value, "id": str(uuid5(story_id, str(number)))}
            for number, (kind, value) in enumerate(blocks)
        ]

    @staticmethod
    def _text(paragraphs: list[Pair], language: str) -> str:
        return "".join(f"<p>{paragraph[language]}</p>" for paragraph in paragraphs)

    def _link(self, language: str) -> str:
        page = self.mentioned_page(language)
        return f'<p><a linktype="page" id="{page.pk}">{escape(page.title)}</a></p>' if page else ""


def _alone(others: Sequence[str]) -> dict[str, Any]:
    """Of a story that stays in one language: so that translators do not see thousands of them wait."""
    return {} if others else {"translation_not_needed": True, "translation_not_needed_reason": "Load test"}


def _tags(names: Sequence[str]) -> dict[str, Tag]:
    """The tags by name, made if missing."""
    tags = {tag.name: tag for tag in Tag.objects.filter(name__in=names)}
    for name in names:
        if name not in tags:
            tags[name] = Tag.objects.create(name=name)
    return tags


def _images(keys: Sequence[str]) -> list[EditorialImage]:
    """The pictures, with their usage terms."""
    images = EditorialImage.objects.filter(source__in=[ARCHIVE.format(key=key) for key in keys])
    return list(images.select_related("usage_terms").order_by("source"))
