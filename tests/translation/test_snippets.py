"""Topics, usage terms and site texts, from either language to the other."""

from typing import Any

import pytest
from django.urls import reverse
from wagtail.models import Locale

from home.models import MenuItem, SiteTexts, Topic, UsageTerms
from tests.factories.newsroom import make_topic
from tests.translation.conftest import Desk, edit_url

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize(("original", "into"), [("en", "fr"), ("fr", "en")])]


def locale(code: str) -> Locale:
    return Locale.objects.get(language_code=code)


def fresh(instance: Any, code: str) -> Any:
    return type(instance).objects.get(translation_key=instance.translation_key, locale__language_code=code)


def test_topic_is_translated_handed_in_and_published(translator: Desk, senior: Desk, original: str, into: str) -> None:
    topic = make_topic("Rescue", locale=original)
    translation = translator.submit(topic, into)
    assert not fresh(topic, into).live
    translator.translate(translation)
    translator.publish(translation)
    translator.hand_in(translation)
    draft = fresh(topic, into)
    assert (draft.live, draft.name, draft.slug) == (False, "FR Rescue", "rescue-fr")
    senior.publish(translation)
    assert (fresh(topic, into).live, fresh(topic, original).name) == (True, "Rescue")


def test_topics_change_arrives_with_the_next_synchronisation(
    translator: Desk, senior: Desk, original: str, into: str
) -> None:
    topic = make_topic("Rescue", locale=original)
    translation = senior.submit(topic, into)
    translator.translate(translation)
    senior.publish(translation)
    Topic.objects.filter(pk=topic.pk).update(description="At sea.")
    translator.synchronise(translation, publish_translations="on")
    assert fresh(topic, into).description == ""
    translator.translate(translation)
    senior.publish(translation)
    assert fresh(topic, into).description == "FR At sea."


def test_usage_terms_are_translated(senior: Desk, original: str, into: str) -> None:
    terms = UsageTerms.objects.create(
        name="Free", text="Name us.", url="https://example.org/terms", locale=locale(original)
    )
    translation = senior.submit(terms, into)
    senior.translate(translation)
    senior.publish(translation)
    translated = fresh(terms, into)
    assert (translated.name, translated.text, translated.url) == ("FR Free", "FR Name us.", "https://example.org/terms")


def test_what_has_no_drafts_offers_none(senior: Desk, original: str, into: str) -> None:
    terms = UsageTerms.objects.create(name="Free", text="Name us.", locale=locale(original))
    translation = senior.submit(terms, into)
    html = senior.client.get(edit_url(translation.get_target_instance())).content.decode()
    assert reverse("submit_translation_for_approval", args=[translation.pk]) not in html
    assert senior.hand_in(translation).status_code == 302
    assert fresh(terms, into).text == "Name us."


def test_who_may_not_edit_a_snippet_may_not_submit_it(translator: Desk, original: str, into: str) -> None:
    terms = UsageTerms.objects.create(name="Free", text="Name us.", locale=locale(original))
    url = reverse("wagtail_localize:submit_snippet_translation", args=["home", "usageterms", terms.pk])
    translator.client.post(url, {"locales": [locale(into).pk]})
    assert UsageTerms.objects.count() == 1


def test_site_texts_written_apart_are_linked_and_say_the_same(senior: Desk, original: str, into: str) -> None:
    ours, theirs = (SiteTexts.objects.get(locale__language_code=code) for code in (original, into))
    SiteTexts.objects.filter(pk=ours.pk).update(name="Name", tagline="Tagline", organisation="")
    SiteTexts.objects.filter(pk=theirs.pk).update(name="Nom", tagline="", organisation="Organisation")
    for texts, label in ((ours, "About"), (theirs, "À propos")):
        MenuItem.objects.create(site_texts=texts, label=label, url="https://example.org/", locale=texts.locale)
    translation = senior.submit(ours, into)
    theirs = fresh(ours, into)
    assert (theirs.name, theirs.tagline, theirs.organisation) == ("Nom", "", "Organisation")
    senior.translate(translation, lambda path, text: {"Tagline": "Devise", "Name": "Nom"}.get(text, "À propos"))
    senior.publish(translation)
    theirs = fresh(ours, into)
    assert (theirs.name, theirs.tagline) == ("Nom", "Devise")
    assert [item.label for item in theirs.menu_items.all()] == ["À propos"]
    assert [item.label for item in fresh(ours, original).menu_items.all()] == ["About"]
