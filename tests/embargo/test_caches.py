"""Nothing outlives a scheduled change: every route that caches may keep, found as the matrix finds them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from delivery.models import NextChange
from delivery.reading import next_change_of_anything
from tests.embargo.routes import naming_probes, plain_probes, routes
from tests.embargo.states import public
from tests.embargo.subjects import COLLECTIONS, Subject
from tests.factories.newsroom import edit, story

pytestmark = pytest.mark.django_db

# The log is kept for a second: it is being written anew.
LOG = "/api/v1/changes/"


def kept_for(answer: Any) -> int:
    """How many seconds a cache may use an answer in all, fresh or stale."""
    answer.getvalue()  # a file is closed when it was read
    control = answer.headers.get("Cache-Control", "no-store")
    ages = {name: int(age) for name, age in re.findall(r"(max-age|s-maxage|stale-while-revalidate)=(\d+)", control)}
    return max(ages.get("max-age", 0), ages.get("s-maxage", 0)) + ages.get("stale-while-revalidate", 0)


def addresses(subjects: list[Subject]) -> list[str]:
    """Every address that shows one of them, or a list, or nothing."""
    asked = [probe for route in routes() if route.template != LOG for probe in plain_probes(route)]
    asked += [probe for route in routes() for one in subjects for probe in naming_probes(route, one)]
    old = [f"/api/v1/{one.collection}/former-{one.word}/?locale=en" for one in subjects]
    return sorted({*old, *(probe.url for probe in asked if probe.method == "GET" and not probe.headers)})


@pytest.fixture
def subjects() -> list[Subject]:
    """A page of each collection that was at another address before."""
    made = [Subject(number, "public", collection, "en") for number, collection in enumerate(COLLECTIONS)]
    for one in made:
        next(public(one))
        edit(one.page, slug=f"former-{one.word}")
        one.page = edit(one.page, slug=one.slug)
    return made


# One that has been late for a minute is held up, and may be late for a second more: decision 9.
@pytest.mark.parametrize(("away", "most"), [(5, 4), (1, 0), (0.5, 0), (-1, 0), (-30, 0), (-600, 1)])
def test_no_answer_outlives_what_is_scheduled(subjects: list[Subject], away: float, most: int) -> None:
    now, _next = next_change_of_anything()  # to the database all of a test happens in one moment
    for one in subjects:
        moment = now + timedelta(seconds=away)
        NextChange.objects.update_or_create(story=story(one.page), defaults={"at": moment})
    client = Client(raise_request_exception=False)
    kept = {url: kept_for(client.get(url)) for url in addresses(subjects)}
    assert {url: seconds for url, seconds in kept.items() if seconds > most} == {}


def test_without_a_schedule_most_answers_are_kept(subjects: list[Subject]) -> None:
    client = Client(raise_request_exception=False)
    assert sum(kept_for(client.get(url)) > 0 for url in addresses(subjects)) > 20
