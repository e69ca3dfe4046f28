"""Random work of a newsroom in both languages. After each act the documents are what a fresh render makes, the log,
replayed from its beginning, tells of them, and nobody reads what an oracle in plain words calls hidden.

`SOAK=1` plays hundreds of examples.
"""

import json
import os
import re

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from delivery.models import PublishedDocument, Refresh, Story
from tests.delivery.conftest import faults
from tests.delivery.desk import Desk
from tests.delivery.oracle import LANGUAGES, public_now

SOAK = bool(os.environ.get("SOAK"))
WORD = re.compile(r"w\d+x")


class Newsroom(Desk):
    """The desk, and what must hold after each act."""

    @invariant()
    def documents_are_what_a_fresh_render_makes(self) -> None:
        late = set(Refresh.objects.values_list("dependency", flat=True))
        stale = {
            document.path
            for document in PublishedDocument.objects.only("path", "depends_on", "story_id")
            if late & {*document.depends_on, f"document-of:{document.story_id}"}
        }
        assert [fault for fault in faults() if fault.path not in stale] == []

    @invariant()
    def the_oracle_agrees(self) -> None:
        public = public_now(self.released)
        self.released |= {key for key, _language in public}
        assert set(PublishedDocument.objects.values_list("story_id", "locale")) == public

    @invariant()
    def the_feed_tells_of_every_document(self) -> None:
        told: dict[tuple[str, str], str | None] = {}
        since, sequences, more = "", [], True
        while more:
            part = self.client.get(f"/api/v1/changes/?limit=7{since}").json()
            for item in part["items"]:
                sequences.append(item["sequence"])
                told[item["id"], item["locale"]] = item["api_url"]
            since, more = f"&since={part['next']}", part["has_more"]
        assert sequences == list(range(1, len(sequences) + 1))
        etags = {key: self.client.get(url)["ETag"].strip('"') for key, url in told.items() if url}
        stored = PublishedDocument.objects.values_list("story_id", "locale", "etag")
        assert etags == {(str(story_id), locale): etag for story_id, locale, etag in stored}

    @invariant()
    def nobody_reads_a_word_of_what_is_hidden(self) -> None:
        if Refresh.objects.exists():
            return  # a card may be shown a moment longer, until the refresh comes to it
        public = public_now(self.released)
        pages = [page for page in self.pages() if (page.translation_key, page.locale.language_code) in public]
        allowed = {word for page in pages for word in WORD.findall(f"{page.title} {page.slug}")}
        read = {word for text in self._answers() for word in WORD.findall(text)}
        assert read <= allowed

    def _answers(self) -> list[str]:
        addresses = [f"{name}/?locale={code}" for name in ("navigation", "site", "topics") for code in LANGUAGES]
        addresses += [f"{name}/?locale={code}&limit=100" for name in ("news", "videos") for code in LANGUAGES]
        for row in Story.objects.all():
            addresses += [f"{row.collection}/{row.pk}/?locale={code}" for code in LANGUAGES]
        answers = [self.client.get(f"/api/v1/{address}") for address in addresses]
        return [json.dumps(answer.json()) for answer in answers]


@pytest.mark.slow
@pytest.mark.timeout(24 * 3600 if SOAK else 600)
def test_documents_follow_whatever_a_newsroom_does(db: None) -> None:
    MigrationRecorder(connection).ensure_schema()  # wagtail-localize asks it; `--no-migrations` makes none
    run_state_machine_as_test(
        Newsroom,
        settings=settings(
            # Without the phase that explains: it traces every line of Django.
            phases=[Phase.generate, Phase.shrink],
            max_examples=300 if SOAK else 4,
            stateful_step_count=30 if SOAK else 20,
            derandomize=not SOAK,
            database=None,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
