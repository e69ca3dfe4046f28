"""Newsletters of the demo: invented people who get them, how they came and went, and an edition in the making."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from cms.demo.people import person
from cms.demo.pieces import Piece, days_ago, read
from delivery.models import Story
from newsletter.models import (
    Author,
    ConsentText,
    Edition,
    EditionStory,
    NewsletterList,
    SignUp,
    Subscriber,
    Subscription,
    SubscriptionChange,
)

FIRST = (
    "ada bo chloe dagny emil farida goran hanne ines jonas kaja lucie mats nadia olaf paula remi siri theo ulla".split()
)
LAST = "arven brandt corvis dahl estrel falk garonne holm isak jarvi kerr lund morel nystad orvane pell quist".split()
DESKS = "dailyledger nordposten correio-da-costa agence-brume radio-hestria kestrel-news".split()
# Of those who ever subscribed, how many have left since.
LEAVE = 0.12


def load_newsletters() -> bool:
    """Make them, once; answer whether they were made. What is there is the newsroom's."""
    if NewsletterList.objects.exists():
        return False
    told = read("newsletters.toml")
    with transaction.atomic():
        random, people = Random("newsletters of the demo"), _people()
        ConsentText.objects.filter(pk=ConsentText.in_force().pk).update(in_force_from=days_ago(401, "consent"))
        for one in told["newsletter"]:
            _fill(_newsletter(one), one, people, random)
    return True


def load_editions() -> None:
    """Editions, once their stories are written."""
    for one in read("newsletters.toml")["edition"]:
        found = NewsletterList.objects.filter(slug=one["newsletter"]).first()
        if found is not None and not Edition.objects.filter(newsletter=found).exists():
            _edition(found, one)


def _newsletter(told: dict[str, Any]) -> NewsletterList:
    fields = {name: value for name, value in told.items() if name not in ("subscribers", "days")}
    return NewsletterList.objects.create(**fields)


def _people() -> Iterator[tuple[str, str]]:
    """Addresses and languages, no end of them."""
    number = 0
    while True:
        for desk in DESKS:
            for last in LAST:
                first = FIRST[number % len(FIRST)]
                yield f"{first}.{last}{number // 400 or ''}@{desk}.example", "fr" if number % 5 < 2 else "en"
                number += 1


def _fill(one: NewsletterList, told: dict[str, Any], people: Iterator[tuple[str, str]], random: Random) -> None:
    """More came lately than in the beginning; some have left."""
    consent, subscriptions, changes = ConsentText.in_force(), [], []
    for _number in range(told["subscribers"]):
        email, language = next(people)
        since = days_ago(told["days"] * random.random() ** 1.4, email)
        person_ = Subscriber.objects.create(email=email, language=told.get("language", language))
        Subscriber.objects.filter(pk=person_.pk).update(created_at=since)
        sign_up = SignUp.objects.create(
            email=email,
            language=person_.language,
            consent=consent,
            asked_from="192.0.2.0/24",
            confirmed_at=since,
            confirmed_from="192.0.2.0/24",
            subscriber=person_,
        )
        SignUp.objects.filter(pk=sign_up.pk).update(asked_at=since - timedelta(minutes=3))
        sign_up.lists.add(one)
        changes.append(_change(person_, one, since, is_active=True))
        left = since + (timezone.now() - since) * random.random() if random.random() < LEAVE else None
        if left:
            changes.append(_change(person_, one, left, is_active=False))
        fields = {"is_active": left is None, "changed_at": left or since, "changed_by": Author.PERSON}
        subscriptions.append(Subscription(subscriber=person_, list=one, **fields))
    Subscription.objects.bulk_create(subscriptions)
    SubscriptionChange.objects.bulk_create(changes)


def _change(subscriber: Subscriber, one: NewsletterList, at: Any, *, is_active: bool) -> SubscriptionChange:
    return SubscriptionChange(subscriber=subscriber, list=one, is_active=is_active, at=at, by=Author.PERSON)


def _edition(one: NewsletterList, told: dict[str, Any]) -> None:
    words = {name: value for name, value in told.items() if name not in ("newsletter", "stories")}
    edition = Edition.objects.create(newsletter=one, made_by=person("editor"), **words)
    for place, key in enumerate(told["stories"]):
        story = Story.objects.filter(pk=Piece("news", key).story_id).first()
        if story:
            EditionStory.objects.create(edition=edition, story=story, sort_order=place)
