"""What the public can read after each act of an editor."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import PageViewRestriction

from delivery.models import Change, PublishedDocument
from delivery.stories import change_embargo, withdraw
from tests.factories.newsroom import edit, make_news, make_translation, section, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(client: Client) -> Any:
    """Status and JSON of an API path."""

    def get(path: str) -> tuple[int, Any]:
        response = client.get(f"/api/v1/{path}")
        return response.status_code, json.loads(response.content)

    return get


def kinds() -> list[str]:
    return list(Change.objects.order_by("sequence").values_list("kind", flat=True))


def test_published_story_is_read_by_id_and_slug(read: Any) -> None:
    page = make_news("Winter patrol", summary="Cold.")
    for key in (page.translation_key, "winter-patrol"):
        status, body = read(f"news/{key}/")
        assert (status, body["title"], body["locale"]) == (200, "Winter patrol", "en")


def test_draft_is_nowhere(read: Any) -> None:
    page = make_news("Secret", publish=False)
    assert read(f"news/{page.translation_key}/")[0] == 404
    assert read("news/")[1]["items"] == []


def test_draft_change_of_live_story_is_not_read(read: Any) -> None:
    page = make_news("Public")
    page.title = "Not yet"
    page.save_revision()
    assert read(f"news/{page.translation_key}/")[1]["title"] == "Public"


def test_unpublishing_takes_the_document_away_and_leaves_a_tombstone(read: Any) -> None:
    page = make_news("Soon gone")
    page.unpublish()
    assert read(f"news/{page.translation_key}/")[0] == 404
    assert kinds()[-2:] == ["new", "withdrawn"]


def test_publishing_the_same_twice_says_nothing_new(read: Any) -> None:
    page = make_news("Once")
    before = Change.objects.count()
    edit(page, change_kind="small_edit")
    # A small edit without an effect on the document is still a publication of another revision.
    assert Change.objects.count() <= before + 1


def test_scheduling_a_page_publishes_nothing(read: Any) -> None:
    page = make_news("Later", publish=False)
    page.go_live_at = timezone.now() + timedelta(hours=1)
    page.save_revision().publish()
    assert read(f"news/{page.translation_key}/")[0] == 404


def test_embargo_holds_every_language_back(read: Any) -> None:
    page = make_news("Embargoed", publish=False)
    change_embargo(story(page), timezone.now() + timedelta(hours=1))
    page.save_revision().publish()
    translation = make_translation(page, "Sous embargo")
    page.refresh_from_db()
    translation.refresh_from_db()
    assert not page.live
    assert not translation.live
    assert read(f"news/{page.translation_key}/")[0] == 404
    assert read(f"news/{page.translation_key}/?locale=fr")[0] == 404


def test_embargo_holds_even_a_page_that_is_live(read: Any) -> None:
    page = make_news("Live", publish=False)
    change_embargo(story(page), timezone.now() + timedelta(hours=1))
    type(page).objects.filter(pk=page.pk).update(live=True)
    from delivery.transaction import story_moved

    story_moved(page.translation_key)
    assert not PublishedDocument.objects.filter(page_id=page.pk).exists()


def test_translation_waits_for_its_original(read: Any) -> None:
    page = make_news("Original", publish=False)
    make_translation(page, "Traduction")
    assert read(f"news/{page.translation_key}/?locale=fr")[0] == 404
    page.save_revision().publish()
    assert read(f"news/{page.translation_key}/?locale=fr")[0] == 200


def test_story_released_together_waits_for_all_languages(read: Any) -> None:
    page = make_news("Both", publish=False)
    row = story(page)
    row.release = "together"
    row.save()
    page.save_revision().publish()
    assert read(f"news/{page.translation_key}/")[0] == 404
    make_translation(page, "Les deux")
    assert read(f"news/{page.translation_key}/")[0] == 200
    assert read(f"news/{page.translation_key}/?locale=fr")[0] == 200


def test_page_under_an_unpublished_parent_is_not_read(read: Any) -> None:
    page = make_news("Child")
    section().unpublish()
    assert read(f"news/{page.translation_key}/")[0] == 404
    section().save_revision().publish()
    assert read(f"news/{page.translation_key}/")[0] == 200


def test_restriction_above_closes_every_language(read: Any) -> None:
    page = make_news("Restricted")
    make_translation(page, "Restreint")
    restriction = PageViewRestriction.objects.create(page=section(), restriction_type=PageViewRestriction.LOGIN)
    assert read(f"news/{page.translation_key}/")[0] == 404
    assert read(f"news/{page.translation_key}/?locale=fr")[0] == 404
    restriction.delete()
    assert read(f"news/{page.translation_key}/")[0] == 200


def test_slug_change_of_a_section_moves_its_stories(read: Any) -> None:
    page = make_news("Moved")
    edit(section(), slug="press")
    assert read(f"news/{page.translation_key}/")[1]["path"] == "/en/press/moved/"
    assert read("resolve/?path=/en/news/moved/")[1] == {"redirect": "/en/press/moved/", "permanent": True}


def test_deleting_a_section_withdraws_its_stories(read: Any) -> None:
    page = make_news("Deleted with its parent")
    section().delete()
    assert read(f"news/{page.translation_key}/")[0] == 404
    assert PublishedDocument.objects.filter(collection="news").count() == 0


def test_deleting_by_queryset_withdraws(read: Any) -> None:
    page = make_news("Deleted by queryset")
    type(page).objects.filter(pk=page.pk).delete()
    assert read(f"news/{page.translation_key}/")[0] == 404


def test_withdrawal_names_the_replacement(read: Any) -> None:
    old, new = make_news("Old"), make_news("New")
    withdraw(story(old), reason="Superseded", replacement=story(new))
    assert read(f"news/{old.translation_key}/")[0] == 404
    last = read("changes/")[1]["items"][-1]
    assert (last["kind"], last["replacement"]) == ("withdrawn", str(new.translation_key))


def test_sequences_have_no_gaps(read: Any) -> None:
    for number in range(3):
        make_news(f"Story {number}")
    sequences = [item["sequence"] for item in read("changes/")[1]["items"]]
    assert sequences == list(range(1, len(sequences) + 1))


def test_related_story_follows_what_it_names(read: Any) -> None:
    from news.models import RelatedStory

    first = make_news("First")
    second = make_news("Second", publish=False)
    second.related = [RelatedStory(story=first)]
    second.save_revision().publish()
    related = read(f"news/{second.translation_key}/")[1]["related"]
    assert [story["title"] for story in related] == ["First"]
    edit(first, title="First, renamed")
    assert read(f"news/{second.translation_key}/")[1]["related"][0]["title"] == "First, renamed"
    first.unpublish()
    assert read(f"news/{second.translation_key}/")[1]["related"] == []


def test_fallback_says_so(read: Any) -> None:
    page = make_news("English only")
    assert read(f"news/{page.translation_key}/?locale=fr")[0] == 404
    status, body = read(f"news/{page.translation_key}/?locale=fr&fallback=default")
    assert (status, body["locale"], body["requested_locale"], body["is_fallback"]) == (200, "en", "fr", True)
    listed = read("news/?locale=fr&fallback=default")[1]["items"]
    assert [(card["locale"], card["is_fallback"]) for card in listed] == [("en", True)]
    make_translation(page, "En français")
    listed = read("news/?locale=fr&fallback=default")[1]["items"]
    assert [(card["locale"], card["is_fallback"]) for card in listed] == [("fr", False)]


def test_publishing_a_section_again_renders_nothing_below_it(read: Any) -> None:
    make_news("Untouched")
    before = Change.objects.count()
    edit(section(), summary="What happened.")
    assert Change.objects.count() == before + 1


def test_another_host_name_reaches_every_document(read: Any) -> None:
    from wagtail.models import Site

    page = make_news("Elsewhere")
    site = Site.objects.get(is_default_site=True)
    site.hostname, site.port = "press.openseas.example", 443
    site.save()
    assert read(f"news/{page.translation_key}/")[1]["url"].startswith("https://press.openseas.example/en/")
