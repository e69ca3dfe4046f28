"""Somebody who cares for newsletters looks at how they stand, imports a table and tries again, in a real browser."""

import random
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from wagtail.users.models import UserProfile

from jobs.models import JobState
from newsletter.imports import running
from newsletter.models import (
    Audience,
    Author,
    ConsentText,
    Contact,
    Import,
    Intention,
    NewsletterList,
    SignUp,
    Standing,
    Subscriber,
    Subscription,
    SubscriptionChange,
)
from tests.e2e.test_newsroom import log_in, shoot
from tests.factories.newsroom import make_editor

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.timeout(300), pytest.mark.browser]


def make_newsletter(audience: Audience) -> NewsletterList:
    """A newsletter that has grown for some months."""
    kept = {"audience": audience, "interest": "w"}
    one = NewsletterList.objects.create(slug="weekly", name_en="The week at sea", name_fr="La semaine en mer", **kept)
    now, dice = timezone.now(), random.Random(7)
    people = Subscriber.objects.bulk_create(Subscriber(email=f"reader{n}@press.example") for n in range(240))
    changes, subscriptions, contacts = [], [], []
    for number, person in enumerate(people):
        at = now - timedelta(days=400 * (1 - number / 240) ** 1.5, hours=1)
        changes.append(SubscriptionChange(subscriber=person, list=one, is_active=True, at=at, by=Author.PERSON))
        left = dice.random() < 0.25
        if left:
            at = at + (now - at) * dice.random()
            changes.append(SubscriptionChange(subscriber=person, list=one, is_active=False, at=at, by=Author.PERSON))
        subscriptions.append(
            Subscription(subscriber=person, list=one, is_active=not left, changed_at=at, changed_by=Author.PERSON)
        )
        there = Standing.UNSUBSCRIBED if left else Standing.SUBSCRIBED
        digest = Contact.digest_of(person.email)
        contacts.append(
            Contact(audience=audience, subscriber=person, digest=digest, state=JobState.DONE, remote_status=there)
        )
    SubscriptionChange.objects.bulk_create(changes)
    Subscription.objects.bulk_create(subscriptions)
    Contact.objects.bulk_create(contacts)
    refused = Contact.objects.filter(remote_status=Standing.SUBSCRIBED).order_by("pk")[:3]
    for contact, title in zip(refused, ("Invalid Resource", "Forgotten Email Not Subscribed", "Odd"), strict=True):
        values = {"refusal": title, "error": "It looks fake or invalid.", "intention": Intention.CONFIRM}
        Contact.objects.filter(pk=contact.pk).update(state=JobState.FAILED, remote_status="", **values)
    return one


def make_audience() -> Audience:
    interests = [{"id": "w", "name": "Weekly", "category": "Newsletters"}]
    fields = [{"tag": "FNAME", "name": "First name", "type": "text"}]
    return Audience.objects.create(
        mailchimp_id="a1",
        name="Newsroom",
        interests=interests,
        merge_fields=fields,
        read_at=timezone.now(),
        compared_at=timezone.now(),
        healed={"unsubscribed here": 2},
    )


def test_newsletters(newsroom: str, browser_page: "Page", tmp_path: Path) -> None:
    user = make_editor("Newsletter", "nora")
    audience = make_audience()
    weekly = make_newsletter(audience)
    gone = {"audience": audience, "interest": "gone"}
    NewsletterList.objects.create(slug="press", name_en="Press briefings", name_fr="Points presse", **gone)
    person = Subscriber.objects.order_by("-pk")[0]
    consent = ConsentText.in_force()
    sign_up = SignUp.objects.create(
        email=person.email,
        language="en",
        consent=consent,
        asked_from="192.0.2.0/24",
        confirmed_at=timezone.now(),
        confirmed_from="192.0.2.0/24",
        subscriber=person,
    )
    sign_up.lists.set([weekly])
    page = browser_page
    log_in(page, newsroom, "nora")
    page.get_by_role("button", name="Newsletters").click()
    page.get_by_role("link", name="All newsletters").click()
    page.get_by_text("Gone at Mailchimp: choose another one").wait_for()
    shoot(page, "newsletters-en")
    page.get_by_role("link", name="The week at sea").first.click()
    page.get_by_role("img", name="Members over time, and who joined and left").wait_for()
    shoot(page, "newsletter-en")
    page.get_by_role("link", name="1 year").click()
    page.get_by_text("The same figures in a table").click()
    shoot(page, "newsletter-year-en")

    page.get_by_role("link", name="Import subscribers").click()
    table = tmp_path / "cards.csv"
    table.write_text("e-mail;language\n" + "".join(f"guest{n}@press.example;fr\n" for n in range(120)) + "nobody\n")
    page.set_input_files("#id_file", str(table))
    page.select_option("#id_language", "fr")
    page.fill("#id_consent", "Cards signed at the boat show, kept in the archive.")
    shoot(page, "newsletter-import-new-en")
    page.locator("main form button[type=submit]").click()
    page.get_by_role("progressbar").wait_for()
    shoot(page, "newsletter-import-running-en")
    assert running.run_next()
    # The page follows by itself.
    page.get_by_text("No valid address").wait_for()
    shoot(page, "newsletter-import-en")

    page.goto(f"{newsroom}/admin/newsletters/refused/")
    for box in page.get_by_role("row").get_by_role("checkbox").all()[1:3]:
        box.check()
    shoot(page, "newsletter-refused-en")
    page.get_by_role("link", name="Try again for the selected people").click()
    shoot(page, "newsletter-try-again-en")
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("2 are tried again now").wait_for()
    assert Contact.objects.parked().count() == 1

    pages = {
        f"lists/edit/{weekly.pk}/": "newsletter-edit",
        "subscribers/": "newsletter-subscribers",
        f"subscribers/inspect/{person.pk}/": "newsletter-subscriber",
        f"subscribers/unsubscribe/{person.pk}/": "newsletter-unsubscribe",
        f"subscribers/delete/{person.pk}/": "newsletter-erase",
        "imports/": "newsletter-imports",
        "audiences/": "newsletter-audiences",
        f"audiences/inspect/{audience.pk}/": "newsletter-audience",
        "consents/": "newsletter-consents",
        "consents/new/": "newsletter-consent-new",
        f"consents/inspect/{consent.pk}/": "newsletter-consent",
    }
    for path, name in pages.items():
        page.goto(f"{newsroom}/admin/newsletters/{path}")
        shoot(page, f"{name}-en")
    UserProfile.objects.update_or_create(user=user, defaults={"preferred_language": "fr", "theme": "dark"})
    for path, name in {
        "lists/": "newsletters",
        f"lists/inspect/{weekly.pk}/": "newsletter",
        f"imports/inspect/{Import.objects.get().pk}/": "newsletter-import",
        "refused/": "newsletter-refused",
    }.items():
        page.goto(f"{newsroom}/admin/newsletters/{path}")
        shoot(page, f"{name}-fr")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{newsroom}/admin/newsletters/lists/inspect/{weekly.pk}/?span=all")
    shoot(page, "newsletter-phone-fr")
