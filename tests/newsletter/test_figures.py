"""How many get a newsletter: here, at Mailchimp, and over time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter import erasure
from newsletter.figures import Figures, Step, figures_of, growth_of
from newsletter.models import Contact, NewsletterList, Subscription, SubscriptionChange
from tests.newsletter.conftest import ADA, Chimp, Reader

pytestmark = pytest.mark.django_db


def test_members_are_counted_here_and_there(reader: Reader, chimp: Chimp, weekly: NewsletterList) -> None:
    reader.subscribe("weekly")
    assert figures_of([weekly]) == {weekly.pk: Figures(here=1, waiting=1)}
    chimp.push()
    assert figures_of([weekly])[weekly.pk] == Figures(here=1, there=1)
    reader.subscribe("weekly", email="admin@press.example")
    Contact.objects.exclude(digest=Contact.digest_of(ADA)).update(state="failed")
    assert figures_of([weekly])[weekly.pk] == Figures(here=2, there=1, refused=1)


def test_growth_is_told_by_week(reader: Reader, weekly: NewsletterList) -> None:
    reader.subscribe("weekly")
    SubscriptionChange.objects.update(at=timezone.now() - timedelta(days=15))
    reader.subscribe("weekly", email="ben@press.example")
    token = reader.subscribe("weekly", email="cleo@press.example")
    reader.post("subscriptions/unsubscribe/", {"token": token})
    periods = growth_of(weekly, Step.WEEK)
    assert [one.members for one in periods] in ([1, 1, 2], [1, 1, 1, 2])
    assert (periods[-1].joined, periods[-1].left) == (2, 1)


def test_who_was_erased_counts_for_the_time_before(reader: Reader, weekly: NewsletterList) -> None:
    reader.subscribe("weekly")
    SubscriptionChange.objects.update(at=timezone.now() - timedelta(days=35))
    erasure.erase(ADA)
    assert not Subscription.objects.exists()
    months = growth_of(weekly, Step.MONTH)
    assert (months[0].members, months[-1].members) == (1, 0)
