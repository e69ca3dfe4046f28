"""The texts that media accounts undertake to keep to, as the newsroom writes them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Undertaking, User
from tests.admin.accounts import GROUPS, SEERS, html
from tests.factories.accounts import make_account, make_terms

pytestmark = pytest.mark.django_db


def terms_form(**fields: Any) -> dict[str, Any]:
    later = f"{timezone.localtime() + timedelta(days=3):%Y-%m-%d %H:%M}"
    words = {"text_en": "Name the source.", "text_fr": "Citez la source."}
    return {"kind": "usage", "version": "2026-12", "in_force_from": later} | words | fields


@pytest.mark.parametrize("group", GROUPS)
def test_who_writes_undertakings(log_in: Callable[[str], Client], group: str) -> None:
    client, terms = log_in(group), make_terms("2026-11")
    assert client.get(reverse("undertakings:index")).status_code == (200 if group in SEERS else 302)
    assert client.get(reverse("undertakings:inspect", args=[terms.pk])).status_code == (200 if group in SEERS else 302)
    client.post(reverse("undertakings:add"), terms_form())
    assert Undertaking.objects.filter(version="2026-12").exists() == (group == "Senior editors")
    assert (reverse("undertakings:index") in html(client, reverse("wagtailadmin_home"))) == (group in SEERS)


def test_version_is_edited_until_it_is_in_force_or_accepted(senior: Client) -> None:
    free, accepted, in_force = make_terms("free"), make_terms("accepted"), make_terms("in force", days=-1)
    make_account().accept(accepted)
    for terms in (free, accepted, in_force):
        form = terms_form(version=terms.version, text_en="Changed.")
        senior.post(reverse("undertakings:edit", args=[terms.pk]), form)
    assert [one.version for one in Undertaking.objects.filter(text_en="Changed.")] == ["free"]
    told = senior.get(reverse("undertakings:edit", args=[accepted.pk]), follow=True).content.decode()
    assert "people have accepted it" in told
    assert "1 account accepted it" in told


def test_version_that_would_never_be_in_force_is_refused(senior: Client) -> None:
    make_terms("2026-11", days=-1)
    long_ago = f"{timezone.localtime() - timedelta(days=9):%Y-%m-%d %H:%M}"
    told = senior.post(reverse("undertakings:add"), terms_form(in_force_from=long_ago)).content.decode()
    assert "this one never would be" in told
    assert Undertaking.objects.count() == 1


def test_only_confirmed_accounts_count_as_having_accepted(senior: Client) -> None:
    account, nobody = make_account(), make_account("Bo Lind")
    terms = make_terms("1", -1)
    for one in (account, nobody):
        one.accept(terms)
    User.objects.filter(pk=nobody.pk).update(media_email=None)
    assert senior.get(reverse("undertakings:index")).context["object_list"][0].accepted == 1


def test_list_tells_which_version_is_in_force(senior: Client) -> None:
    for version, days in (("old", -9), ("present", -1), ("next", 3)):
        make_terms(version, days)
    told = html(senior, reverse("undertakings:index"))
    for words in ("Replaced", "In force", "Not in force yet"):
        assert words in told
    coming = Undertaking.objects.get(version="next")
    assert '<div lang="fr"><p>Citez la source.</p></div>' in html(
        senior, reverse("undertakings:inspect", args=[coming.pk])
    )


def test_nobody_deletes_what_was_in_force(client: Client) -> None:
    client.force_login(User.objects.create_superuser("admin", "admin@openseas.example", "x"))
    old, coming = make_terms("old", -9), make_terms("next")
    for terms in (old, coming):
        client.post(reverse("undertakings:delete", args=[terms.pk]))
    assert list(Undertaking.objects.all()) == [old]
