"""One newsroom with a page in every state, and everybody's answers about it."""

import json
import logging
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client, override_settings
from wagtail.models import Locale

from accounts.limits import Limit
from accounts.models import User
from delivery.context import frontend_root
from delivery.models import PublishedDocument
from delivery.previews import make_link
from delivery.refresh import refresh_batch
from delivery.transaction import publishing
from home.models import HomePage, HomeSlot, MenuItem, SiteTexts
from news.models import RelatedStory
from tests.embargo import states
from tests.embargo.routes import Probe, Route, naming_probes, plain_probes, routes
from tests.embargo.subjects import DATE, WORD, Subject, published
from tests.factories.accounts import log_in
from tests.factories.footage import make_media_account
from tests.factories.newsroom import make_editor, make_news

KINDS = [("news", "en"), ("videos", "fr"), ("pages", "en")]


@dataclass
class Newsroom:
    """What there is. `nobody`: by kind, what never was; `mentioned`: words that were told of before."""

    subjects: list[Subject]
    controls: list[Subject]
    nobody: dict[tuple[str, str], Subject]
    mentioned: set[str]


@dataclass(frozen=True)
class Asker:
    """Somebody who asks. `query`: what they add to the address of a file."""

    name: str
    client: Client
    headers: dict[str, str] = field(default_factory=dict)
    query: str = ""

    def ask(self, probe: Probe, is_api: bool) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body, without what they only repeat of the query."""
        url = probe.url if is_api or not self.query else f"{probe.url}{'&' if '?' in probe.url else '?'}{self.query}"
        answer: Any = self.client.generic(probe.method, url, headers=self.headers | dict(probe.headers))
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        headers = dict(answer.headers)
        for _name, value in parse_qsl(urlsplit(probe.url).query):
            if re.search(f"{WORD}|[0-9a-f]{{8}}-", value) and value.encode() in body:
                body = body.replace(value.encode(), b"")
                headers.pop("ETag", None)  # a hash of that, too
        return answer.status_code, headers, body


@dataclass
class Answers:
    """What came of asking. `leaks`: by route and state, cells in full; `seen`: routes that show a page that is out."""

    cells: int = 0
    leaks: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    seen: set[str] = field(default_factory=set)
    routes: list[Route] = field(default_factory=list)


def build() -> Newsroom:
    """Every state in every collection and language, and live pages that name them all."""
    numbers = iter(range(900))
    made: list[tuple[Subject, Iterator[None]]] = []
    for state, (collection, locale) in product([states.public, *states.HIDDEN], KINDS):
        subject = Subject(next(numbers), state.__name__, collection, locale)
        steps = state(subject)
        next(steps)
        made.append((subject, steps))
    subjects = [subject for subject, _steps in made]
    mention(subjects)
    mentioned = {word for row in PublishedDocument.objects.all() for word in re.findall(WORD, bytes(row.body).decode())}
    remember(subjects)
    with publishing():
        for _subject, steps in made:
            next(steps, None)
    while refresh_batch(budget=10):
        pass
    nobody = {kind: never_there(kind, next(numbers)) for kind in KINDS}
    controls = [one for one in subjects if one.state == "public"]
    for one in controls:
        one.token = make_link(one.page, timedelta(hours=1))
    return Newsroom([one for one in subjects if one.state != "public"], controls, nobody, mentioned)


def never_there(kind: tuple[str, str], number: int) -> Subject:
    """Like a subject, but nothing of it is in the database."""
    subject = Subject(number, "never", *kind)
    subject.page = subject.model(slug=subject.slug, locale=Locale.objects.get(language_code=subject.locale))
    subject.page.set_url_path(subject.section())
    subject.forget()
    return subject


def mention(subjects: list[Subject]) -> None:
    """Live stories, home pages and menus that lead to all of them, in words of their own."""
    for state, locale in product(dict.fromkeys(one.state for one in subjects), ("en", "fr")):
        pages = [one.page for one in subjects if one.state == state]
        links = "".join(f'<p><a linktype="page" id="{page.pk}">more</a></p>' for page in pages)
        videos = [one.page for one in subjects if one.state == state and one.collection == "videos"]
        link = [
            {"type": "item", "value": {"page": page.pk, "url": "", "label": ""}, "id": str(page.pk)} for page in pages
        ]
        body = [{"type": "text", "value": links}, {"type": "links", "value": {"title": "", "links": link}}]
        body += [{"type": "video", "value": {"video": page.pk, "caption": ""}} for page in videos]
        related = [RelatedStory(story=page) for page in pages]
        make_news(
            f"See also {state}",
            locale=locale,
            body=json.dumps(body),
            related=related,
            first_published_at=DATE + timedelta(days=1),
        )
    for locale in ("en", "fr"):
        home = HomePage.objects.get(locale__language_code=locale)
        home.slots = [HomeSlot(place="featured", story=one.page, locale=home.locale) for one in subjects]
        published(home)
        texts = SiteTexts.objects.get(locale__language_code=locale)
        texts.menu_items = [MenuItem(label="More", page=one.page, locale=texts.locale) for one in subjects]
        texts.save()


def remember(subjects: list[Subject]) -> None:
    """Note the entity tags of what is public now."""
    reader = Asker("anonymous", Client(raise_request_exception=False))
    for subject in subjects:
        subject.was_public = PublishedDocument.objects.filter(slug=subject.slug).exists()
        if subject.was_public:
            for route in routes():
                for probe in naming_probes(route, subject):
                    if probe.is_main:
                        status, headers, _body = reader.ask(probe, route.is_api)
                        if status == 200 and "ETag" in headers:
                            subject.etags[probe.url] = headers["ETag"]


def askers(newsroom: Newsroom) -> list[Asker]:
    """Who asks. An account has no right in the admin; a made-up header and another draft's link give none."""

    def browser(user: User | None = None) -> Client:
        client = Client(raise_request_exception=False)
        if user and user.is_media:
            log_in(client, user)
        elif user:
            client.force_login(user)
        return client

    token = newsroom.controls[0].token
    forged = {"x-session-token": "made-up", "authorization": "Bearer made-up"}
    return [
        Asker("anonymous", browser()),
        Asker("account", browser(make_media_account("journalist"))),
        Asker("forged token", browser(), forged),
        Asker("link to another draft", browser(), {"x-preview": token}, f"preview={token}"),
        Asker("editor", browser(make_editor("Senior editors"))),
    ]


def ask_everything(newsroom: Newsroom) -> Answers:
    """Ask every route for every page as everybody, once."""
    answers = Answers(routes=routes())
    controls = {one.word for one in newsroom.controls}
    everybody = askers(newsroom)
    asked = [*newsroom.subjects, *newsroom.nobody.values()]
    probes = {(route, one.word): naming_probes(route, one) for route in answers.routes for one in asked}
    for route, asker in product(answers.routes, everybody):
        if asker.name == "editor" and not route.is_api:
            continue  # may fetch the files of drafts
        told: dict[str, Probe] = {}
        for probe in plain_probes(route):
            for word in words_in(*asker.ask(probe, route.is_api)):
                told.setdefault(word, probe)
        never = {
            kind: [asker.ask(probe, route.is_api) for probe in probes[route, one.word]]
            for kind, one in newsroom.nobody.items()
        }
        for subject in newsroom.subjects:
            answers.cells += 1
            cell = answers.leaks[str(route), subject.state]
            if subject.word in told:
                cell.append(f"{asker.name} · {subject} · {told[subject.word]}: shows its word")
            wanted = dict(zip(probes[route, subject.word], never[subject.collection, subject.locale], strict=True))
            cell.extend(asked_for(subject, route, asker, wanted, controls))
        if not controls.isdisjoint(told):
            answers.seen.add(str(route))
        for control in newsroom.controls:
            for probe in naming_probes(route, control) if asker.name == "anonymous" else []:
                status, headers, body = asker.ask(probe, route.is_api)
                if status == 200 and (control.word in words_in(status, headers, body) or not route.is_api):
                    answers.seen.add(str(route))
    return answers


def asked_for(
    subject: Subject, route: Route, asker: Asker, wanted: dict[Probe, Any], controls: set[str]
) -> Iterator[str]:
    """What is wrong with the answers about one page: a hidden word, or not what is `wanted`, as what never was gets."""
    probes = [probe for probe in wanted if probe.is_main or asker.name == "anonymous"]
    for probe in probes:
        answer = asker.ask(probe, route.is_api)
        if found := words_in(*answer) - controls:
            yield f"{asker.name} · {subject} · {probe}: shows {', '.join(found)}"
        elif answer != wanted[probe] and not (probe.by_id and subject.id_is_public):
            yield f"{asker.name} · {subject} · {probe}: {answer[0]}, and not like what never was"


def words_in(status: int, headers: dict[str, str], body: bytes) -> set[str]:
    """Planted words of an answer."""
    return set(re.findall(WORD, f"{headers} {body.decode(errors='ignore')}".lower()))


@pytest.fixture(scope="module")
def newsroom(django_db_setup: None, django_db_blocker: Any) -> Iterator[Newsroom]:
    """Built once, and rolled back."""
    # The admin's indexes of words and references take half of the time, and readers never read them.
    no_index = override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
    with django_db_blocker.unblock(), transaction.atomic(), no_index:
        cache.clear()
        frontend_root()
        logging.getLogger("django.request").setLevel(logging.ERROR)  # each 404 is a line otherwise
        yield build()
        logging.getLogger("django.request").setLevel(logging.NOTSET)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def answers(newsroom: Newsroom) -> Answers:
    """Asked once. A made-up token is not refused for being tried so often."""
    with patch("accounts.tokens.GUESSES", Limit("guesses of the matrix", "1000000/hour")):
        return ask_everything(newsroom)
