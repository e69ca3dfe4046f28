"""Many editors at once, on the same stories, while readers follow: killed or not, everybody ends with the same."""

import json
import os
import time
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now
from wagtail.models import Page, Revision

from delivery.models import Change, ParkedPublication, PublishedDocument
from delivery.reading import told
from delivery.refresh import due
from delivery.verification import all_story_ids, verify_log, verify_story, verify_strays
from home.models import HomePage
from news.models import NewsIndexPage, RelatedStory
from tests.factories.newsroom import make_image, make_news, make_topic, make_translation
from tests.faults.processes import WebServer, start_python
from tests.faults.readers import Reader
from tests.services import INSTALLATION

SOAK = bool(os.environ.get("SOAK"))
SECONDS = 180 if SOAK else 15
KILLS = 200 if SOAK else 15
READERS = 8 if SOAK else 3

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1200 if SOAK else 180, func_only=True)]


@pytest.fixture
def few_stories(transactional_db: None) -> None:
    """A dozen stories that mention one another, two sections a language, two topics, two pictures."""
    topics = {locale: [make_topic(name, locale=locale) for name in ("Rescue", "Ports")] for locale in ("en", "fr")}
    images = [make_image("Harbour"), make_image("Lighthouse")]
    before: list[Any] = []
    for number in range(8):
        related = [RelatedStory(story=page) for page in before[-1:]]
        chosen: dict[str, Any] = {"topics": topics["en"][:1], "hero_image": images[number % 2], "related": related}
        page = make_news(f"Story {number}", **chosen)
        if number % 2:
            make_translation(page, f"Histoire {number}", hero_image=images[0])
        before.append(page)
    for home in HomePage.objects.all():
        section = NewsIndexPage(title="Archive", slug="archive", live=False, locale=home.locale)
        home.add_child(instance=section)
        section.save_revision().publish()


class Deadlocks:
    """Those that PostgreSQL sees from now on, in its own words."""

    def __init__(self) -> None:
        self.log = INSTALLATION.logs_dir / "postgres.log"
        self.start = self.log.stat().st_size

    def reported(self) -> list[str]:
        """What its log says of each: who waited for whom, with which statements."""
        with self.log.open("rb") as log:
            log.seek(self.start)
            lines = log.read().decode(errors="replace").splitlines()
        return ["\n".join(lines[at : at + 16]) for at, line in enumerate(lines) if "deadlock detected" in line]


def wait_until_settled(seconds: float = 90) -> None:
    """Until nothing is left to be rendered again, and nothing is due by the clock."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        scheduled = Revision.page_revisions.filter(approved_go_live_at__isnull=False).exists()
        expiring = Page.objects.filter(live=True, expire_at__lte=Now()).exists()
        if not (due().exists() or scheduled or expiring):
            return
        ParkedPublication.objects.update(next_attempt_at=Now())
        time.sleep(0.2)
    pytest.fail("Something is still to be done, and nobody does it.")


def editors_at_work(acts: Path, *arguments: str) -> list[dict[str, Any]]:
    """What came of each act of theirs, when they have ended."""
    log = INSTALLATION.logs_dir / "test-editors.log"
    process = start_python("-m", "tests.faults.editors", "--acts", str(acts), *arguments, log=log)
    assert process.wait() == 0, log.read_text()[-3000:]
    # The last line of somebody who was killed may be cut short.
    return [json.loads(line) for line in acts.read_text().splitlines() if line.endswith("}")]


def report(outcomes: list[dict[str, Any]]) -> None:
    """Print how many acts were done, and why the others were not."""
    done = Counter(outcome["act"] for outcome in outcomes if not outcome["error"])
    print(f"{done.total()} of {len(outcomes)} acts done: {dict(done)}")
    reasons = Counter(f"{one['act']}: {one['error'].splitlines()[-1]}"[:150] for one in outcomes if one["error"])
    for reason, number in reasons.most_common(40):
        print(f"{number:5} {reason}")


def everything_differing() -> list[str]:
    """Whatever is stored that is not as a fresh render, or the log, says."""
    stories = chain.from_iterable(verify_story(story_id) for story_id in list(all_story_ids()))
    return [str(difference) for difference in chain(verify_log(), verify_strays(), stories)]


def what_is_public() -> dict[tuple[str, str], Any]:
    """Every published document, as a frontend reads it."""
    return {
        (str(document.story_id), document.locale): json.loads(told(document.locale, False, bytes(document.body)))
        for document in PublishedDocument.objects.all()
    }


@pytest.mark.parametrize(
    "how", [("--seconds", str(SECONDS)), ("--kills", str(KILLS))], ids=["at-work", "killed-at-random"]
)
def test_every_reader_ends_with_exactly_what_is_published(
    how: tuple[str, str], web: WebServer, worker: Any, beat: Any, few_stories: None, tmp_path: Path
) -> None:
    deadlocks = Deadlocks()
    readers = [Reader(web.address, limit) for limit in (1, 7, 100, 1000, 1, 7, 100, 1000)[:READERS]]
    for reader in readers:
        reader.start()
    outcomes = editors_at_work(tmp_path / "acts", *how)
    report(outcomes)
    wait_until_settled()
    for reader in readers:
        reader.finish()

    assert everything_differing() == []
    sequences = list(Change.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(1, len(sequences) + 1))
    public = what_is_public()
    for reader in readers:
        assert reader.sequences == sequences
        assert reader.published == public
    assert deadlocks.reported() == []
