"""Editors who all work at once on the same few stories, and die at random moments: `python -m tests.faults.editors`.

Every editor is a process and every act one `publishing()`, as in the admin. Two acts may collide: then one of them is
taken back whole, and its editor goes on with another. What came of each act is a line of JSON in the file `--acts`.
"""

import argparse
import json
import signal
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from pathlib import Path
from random import Random
from typing import Any

import django

SECTION_SLUGS = ("harbour", "open-sea", "archive")
MOST_STORIES = 24


def main() -> None:
    """Let them work for a while, or until so many were killed; come back when the last has ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--acts", type=Path, required=True, help="the file that acts are written to")
    parser.add_argument("--editors", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    django.setup()
    warm_up(options.acts)
    seeds = iter(range(options.seed * 1_000_000, (options.seed + 1) * 1_000_000))
    working = [start_editor(next(seeds), options.acts) for _ in range(options.editors)]
    time.sleep(options.seconds)
    chance = Random(options.seed)
    for _ in range(options.kills):
        time.sleep(chance.uniform(0.2, 1.5))
        victim = working.pop(chance.randrange(len(working)))
        victim.kill()
        victim.join()
        working.append(start_editor(next(seeds), options.acts))
    for editor in working:
        editor.terminate()
    for editor in working:
        editor.join()


def warm_up(acts: Path) -> None:
    """Do one act before the others are copied from this process: what Django loads late is then loaded once."""
    from django.db import connections

    do(edit, Random(0), acts)
    connections.close_all()


def start_editor(seed: int, acts: Path) -> ForkProcess:
    """Another editor, at work: a copy of this process, which has no connection to anything yet."""
    editor = get_context("fork").Process(target=work, args=(Random(seed), acts), daemon=True)
    editor.start()
    return editor


def work(chance: Random, acts: Path) -> None:
    """One act after another until somebody says that it is enough (SIGTERM)."""
    enough: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: enough.append(number))
    while not enough:
        do(chance.choices(list(ACTS), list(ACTS.values()))[0], chance, acts)


def do(act: Callable[[Random], None], chance: Random, acts: Path) -> None:
    """One act, whole or not at all; what came of it is written down."""
    from django.db import connection

    from delivery.transaction import publishing

    outcome = {"act": act.__name__, "error": "", "sqlstate": ""}
    try:
        with publishing():
            act(chance)
    except Exception as error:
        outcome["error"] = "".join(traceback.format_exception(error))
        outcome["sqlstate"] = getattr(error.__cause__, "sqlstate", None) or ""
        connection.close_if_unusable_or_obsolete()
    with acts.open("a") as file:
        file.write(json.dumps(outcome) + "\n")


class NothingThere(Exception):
    """No such page at the moment: somebody else took the last one away."""


def some_page(chance: Random, **filters: Any) -> Any:
    """A news page as the editor opens it: its latest draft."""
    from news.models import NewsPage

    keys = list(NewsPage.objects.filter(**filters).order_by("pk").values_list("pk", flat=True))
    if not keys:
        raise NothingThere
    return NewsPage.objects.get(pk=chance.choice(keys)).get_latest_revision_as_object()


def create(chance: Random) -> None:
    """A new story, written and published at once; too many already: one less."""
    from news.models import NewsIndexPage, NewsPage

    if NewsPage.objects.count() >= MOST_STORIES:
        return delete(chance)
    section = chance.choice(list(NewsIndexPage.objects.select_related("locale")))
    page = NewsPage(title=f"Story {chance.randrange(10**6)}", live=False, locale=section.locale)
    fill(chance, page)
    section.add_child(instance=page)
    page.save_revision().publish()
    return None


def fill(chance: Random, page: Any) -> None:
    """What a page mentions: so that acts on one story reach into the documents of others."""
    from home.models import EditorialImage, Topic
    from news.models import RelatedStory

    page.hero_image = EditorialImage.objects.order_by("?").first()
    page.topics = list(Topic.objects.filter(locale_id=page.locale_id).order_by("?")[:1])
    page.related = [RelatedStory(story=some_page(chance).page_ptr)] if chance.random() < 0.5 else []


def translate(chance: Random) -> None:
    """The other language of a story, published."""
    from news.models import NewsIndexPage, NewsPage

    page = some_page(chance)
    section = chance.choice(list(NewsIndexPage.objects.exclude(locale_id=page.locale_id).select_related("locale")))
    translation = NewsPage(
        title=f"Histoire {page.pk}", live=False, locale=section.locale, translation_key=page.translation_key
    )
    section.add_child(instance=translation)
    translation.save_revision().publish()


def edit(chance: Random) -> None:
    """Another title, other mentions."""
    page = some_page(chance)
    page.title = f"Story {chance.randrange(10**6)}"
    page.change_kind = chance.choice(("small_edit", "update"))
    fill(chance, page)
    page.save_revision().publish()


def rename(chance: Random) -> None:
    """Another address. There are few to choose from, so that two want the same."""
    page = some_page(chance)
    page.slug = f"story-{chance.randrange(MOST_STORIES * 2)}"
    page.save_revision().publish()


def move(chance: Random) -> None:
    """To another section."""
    from news.models import NewsIndexPage

    page = some_page(chance)
    page.move(chance.choice(list(NewsIndexPage.objects.filter(locale_id=page.locale_id))), pos="last-child")


def rename_section(chance: Random) -> None:
    """Every address below changes."""
    from news.models import NewsIndexPage

    section = chance.choice(list(NewsIndexPage.objects.all()))
    section.slug = f"{chance.choice(SECTION_SLUGS)}-{chance.randrange(3)}"
    section.save_revision().publish()


def unpublish(chance: Random) -> None:
    """Back to a draft."""
    some_page(chance, live=True).unpublish()


def delete(chance: Random) -> None:
    """Gone."""
    from news.models import NewsPage

    NewsPage.objects.get(pk=some_page(chance).pk).delete()


def withdraw(chance: Random) -> None:
    """In every language, with a replacement."""
    from delivery.models import Story
    from delivery.stories import withdraw as withdraw_story
    from delivery.sync import story_of

    story = story_of(some_page(chance))
    withdraw_story(story, reason="It was wrong.", replacement=Story.objects.exclude(pk=story.pk).order_by("?").first())


def reinstate(chance: Random) -> None:
    """And back, published."""
    from delivery.stories import reinstate as reinstate_story
    from delivery.sync import story_of

    page = some_page(chance)
    story = story_of(page)
    if story.withdrawn_at:
        reinstate_story(story)
        some_page(chance, pk=page.pk).save_revision().publish()


def schedule(chance: Random) -> None:
    """For the worker to publish in a second or two."""
    from delivery.clock import database_now

    page = some_page(chance)
    page.go_live_at = database_now() + timedelta(seconds=chance.uniform(0.2, 2))
    page.save_revision().publish()


def expire(chance: Random) -> None:
    """For the worker to unpublish in a second or two."""
    from delivery.clock import database_now

    page = some_page(chance)
    page.expire_at = database_now() + timedelta(seconds=chance.uniform(0.2, 2))
    page.save_revision().publish()


def rename_topic(chance: Random) -> None:
    """Every story that is filed under it is rendered again."""
    from home.models import Topic

    topic = chance.choice(list(Topic.objects.all()))
    topic.name = f"Topic {chance.randrange(10**6)}"
    topic.save()


def credit_image(chance: Random) -> None:
    """Every story that shows it is rendered again."""
    from home.models import EditorialImage

    image = chance.choice(list(EditorialImage.objects.all()))
    image.credit = f"Photographer {chance.randrange(10**6)}"
    image.save()


# How often each, of about a hundred.
ACTS: dict[Callable[[Random], None], int] = {
    create: 20,
    translate: 6,
    edit: 18,
    rename: 8,
    move: 14,
    rename_section: 2,
    unpublish: 5,
    delete: 8,
    withdraw: 3,
    reinstate: 4,
    schedule: 5,
    expire: 3,
    rename_topic: 3,
    credit_image: 3,
}

if __name__ == "__main__":
    main()
