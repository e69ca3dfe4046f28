"""What wagtail-localize does on its own, and no longer does here."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from wagtail.actions.copy_for_translation import ParentNotTranslatedError
from wagtail.models import Locale, Page, PageViewRestriction
from wagtail_localize.locales.components import get_locale_components
from wagtail_localize.models import LocaleSynchronization, Translation
from wagtail_localize.operations import translate_object, translate_page_subtree

from delivery.models import PublishedDocument
from delivery.transaction import depended_on_changed
from home.models import HomePage, LandingPage
from news.models import NewsPage
from tests.factories.newsroom import edit, make_image, make_news, make_topic, section
from tests.translation.conftest import Desk, translation_of

pytestmark = pytest.mark.django_db


def fr() -> Locale:
    return Locale.objects.get(language_code="fr")


def home(locale: str = "en") -> HomePage:
    return HomePage.objects.get(locale__language_code=locale)


def public_title(page: Any, locale: str = "fr") -> str | None:
    row = PublishedDocument.objects.filter(story_id=page.translation_key, locale=locale).first()
    return row.title if row else None


@pytest.fixture
def published(editor: Desk, translator: Desk, senior: Desk) -> Translation:
    """A story that is public in both languages."""
    translation = editor.submit(make_news("Patrol", summary="Cold."), "fr")
    translator.translate(translation)
    senior.publish(translation)
    assert public_title(translation.get_target_instance()) == "FR Patrol"
    return translation


# Submitting never publishes


def test_translating_by_code_makes_a_draft() -> None:
    page, topic = make_news("Patrol"), make_topic("Rescue")
    for instance in (page, topic):
        translate_object(instance, [fr()])
        assert not instance.get_translation(fr()).live


def test_submitting_again_leaves_what_is_public_alone(published: Translation, translator: Desk) -> None:
    target = published.get_target_instance()
    translator.translate(published, lambda path, text: "changed" if path == "slug" else f"NEW {text}")
    translate_object(published.source.get_source_instance(), [fr()], user=translator.user)
    fresh = NewsPage.objects.get(pk=target.pk)
    assert (fresh.live, fresh.title, fresh.slug) == (True, "FR Patrol", "patrol-fr")
    assert fresh.get_latest_revision_as_object().title == "NEW Patrol"
    assert fresh.has_unpublished_changes


def test_draft_of_a_public_translation_does_not_go_out_with_the_next_render(
    published: Translation, translator: Desk
) -> None:
    target = published.get_target_instance()
    translator.translate(published, lambda path, text: "changed" if path == "slug" else f"NEW {text}")
    translator.hand_in(published)
    depended_on_changed(f"story:{target.translation_key}")
    edit(published.source.get_source_instance(), summary="Colder.")
    assert public_title(target) == "FR Patrol"


def test_submitting_a_public_topic_again_does_not_unpublish_it(senior: Desk) -> None:
    topic = make_topic("Rescue")
    translation = senior.submit(topic, "fr")
    senior.publish(translation)
    translate_object(topic, [fr()])
    assert topic.get_translation(fr()).live


def test_synchronising_publishes_only_for_those_who_may(published: Translation, translator: Desk, senior: Desk) -> None:
    source = published.source.get_source_instance()
    edit(source, title="Storm")
    translator.synchronise(published, publish_translations="on")
    target = published.get_target_instance()
    assert (target.title, public_title(target)) == ("FR Patrol", "FR Patrol")
    senior.synchronise(published, publish_translations="on")
    assert public_title(target) == "Storm"


# No aliases


def test_languages_do_not_offer_tree_synchronisation() -> None:
    assert LocaleSynchronization not in [part["model"] for part in get_locale_components()]


@pytest.mark.parametrize("synchronised", [False, True])
def test_new_story_has_no_alias(senior: Desk, synchronised: bool) -> None:
    if synchronised:
        LocaleSynchronization.objects.bulk_create(
            [LocaleSynchronization(locale=fr(), sync_from=Locale.objects.get(language_code="en"))]
        )
    url = reverse("wagtailadmin_pages:add", args=["home", "landingpage", home().pk])
    form = {"title": "About", "slug": "about", "summary": "", "change_kind": "update", "owner_desk": "news"}
    form |= {"body-count": "0", "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"}
    response = senior.client.post(url, form)
    assert response.status_code == 302, response.context["form"].errors
    assert LandingPage.objects.count() == 1


def test_synchronising_a_tree_by_code_is_refused() -> None:
    make_news("English only")
    with pytest.raises(ValidationError):
        LocaleSynchronization.objects.create(locale=fr(), sync_from=Locale.objects.get(language_code="en"))
    assert not Page.objects.filter(alias_of__isnull=False).exists()


@pytest.mark.parametrize("make", ["copy_for_translation", "create_alias"])
def test_story_cannot_be_mirrored(make: str) -> None:
    page = make_news("Patrol")
    mirror: dict[str, Callable[[], Any]] = {
        "create_alias": lambda: page.create_alias(parent=section("fr")),
        "copy_for_translation": lambda: Page.objects.get(pk=page.pk).copy_for_translation(fr(), alias=True),
    }
    with pytest.raises(ValidationError):
        mirror[make]()


def test_copying_a_story_offers_no_alias(senior: Desk) -> None:
    response = senior.client.get(reverse("wagtailadmin_pages:copy", args=[make_news("Patrol").pk]))
    assert "alias" not in response.context["form"].fields


@pytest.mark.parametrize("group", ["translator", "senior"])
def test_story_is_never_converted_to_an_alias(published: Translation, group: str, request: Any) -> None:
    desk = request.getfixturevalue(group)
    target = published.get_target_instance()
    desk.client.post(reverse("wagtail_localize:convert_to_alias", args=[target.pk]))
    desk.client.post(reverse("wagtailadmin_pages:edit", args=[target.pk]), {"localize-convert-to-alias": "1"})
    target.refresh_from_db()
    assert (target.alias_of_id, target.title) == (None, "FR Patrol")
    assert Translation.objects.filter(pk=published.pk).exists()


def test_page_above_is_not_mirrored_for_want_of_a_translation(senior: Desk) -> None:
    about = home().add_child(instance=LandingPage(title="About", locale=home().locale, live=False))
    team = about.add_child(instance=LandingPage(title="Team", locale=home().locale, live=False))
    for page in (about, team):
        page.save_revision().publish()
    response = senior.client.post(
        reverse("wagtail_localize:submit_page_translation", args=[team.pk]), {"locales": [fr().pk]}
    )
    assert response.status_code == 200
    assert response.context["form"].errors["locales"]
    assert not about.has_translation(fr())
    with pytest.raises(ParentNotTranslatedError):
        translate_object(team, [fr()])


# Subtrees


def test_subtree_is_not_offered_nor_taken(senior: Desk) -> None:
    about = home().add_child(instance=LandingPage(title="About", locale=home().locale, live=False))
    team = about.add_child(instance=LandingPage(title="Team", locale=home().locale, live=False))
    url = reverse("wagtail_localize:submit_page_translation", args=[about.pk])
    assert 'type="checkbox" name="include_subtree"' not in senior.client.get(url).content.decode()
    senior.submit(about, "fr", include_subtree="on")
    assert not team.has_translation(fr())


def test_tree_stays_sound(senior: Desk) -> None:
    about = home().add_child(instance=LandingPage(title="About", locale=home().locale, live=False))
    team = about.add_child(instance=LandingPage(title="Team", locale=home().locale, live=False))
    for page in (about, team):
        page.save_revision().publish()
    above = senior.submit(about, "fr")
    senior.submit(team, "fr")
    senior.publish(above)
    assert above.get_target_instance().numchild == 1
    assert Page.find_problems() == ([], [], [], [], [])


def test_subtree_by_code_leaves_a_sound_tree(senior: Desk) -> None:
    about = home().add_child(instance=LandingPage(title="About", locale=home().locale, live=False))
    about.add_child(instance=LandingPage(title="Team", locale=home().locale, live=False))
    translate_object(about, [fr()])
    translate_page_subtree(about.pk, [fr()], None, None)
    assert Page.find_problems() == ([], [], [], [], [])


# Restrictions, deletions, edits


def test_restriction_on_the_original_closes_the_translation(published: Translation) -> None:
    source = published.source.get_source_instance()
    PageViewRestriction.objects.create(page=source, restriction_type=PageViewRestriction.LOGIN)
    assert (public_title(source, "en"), public_title(source, "fr")) == (None, None)


def test_restriction_above_the_original_closes_the_translation(published: Translation) -> None:
    PageViewRestriction.objects.create(page=section("en"), restriction_type=PageViewRestriction.LOGIN)
    assert public_title(published.get_target_instance(), "fr") is None


def test_translation_stays_as_it_was_when_the_original_changes(published: Translation) -> None:
    edit(published.source.get_source_instance(), title="Storm", summary="Colder.")
    target = published.get_target_instance()
    assert (target.title, target.summary, public_title(target)) == ("FR Patrol", "FR Cold.", "FR Patrol")


def test_translation_outlives_its_original(published: Translation, senior: Desk) -> None:
    target = published.get_target_instance()
    published.source.get_source_instance().delete()
    assert public_title(target) == "FR Patrol"
    response = senior.client.get(reverse("wagtailadmin_pages:edit", args=[target.pk]))
    assert response.status_code == 200
    edit(target, title="Retouché")
    assert public_title(target) == "Retouché"


def test_waiting_translation_does_not_go_out_because_its_original_was_deleted(editor: Desk, senior: Desk) -> None:
    translation = editor.submit(make_news("Patrol", publish=False), "fr")
    senior.publish(translation)
    target = translation.get_target_instance()
    translation.source.get_source_instance().delete()
    assert (public_title(target), NewsPage.objects.get(pk=target.pk).live) == (None, True)


def test_deleted_translation_can_be_made_again(published: Translation, editor: Desk) -> None:
    source = published.source.get_source_instance()
    published.get_target_instance().delete()
    assert public_title(source, "en") == "Patrol"
    again = editor.submit(source, "fr")
    assert not again.get_target_instance().live


def test_picture_that_is_deleted_takes_nothing_else_along(editor: Desk, senior: Desk) -> None:
    image = make_image()
    translation = editor.submit(make_news("Patrol", hero_image=image), "fr")
    image.delete()
    senior.publish(translation)
    assert public_title(translation.get_target_instance()) == "Patrol"


def test_what_was_written_apart_is_linked_and_kept(senior: Desk, client: Client) -> None:
    """The foundation makes both home pages; linking them must not put English words over French ones."""
    edit(home("fr"), summary="Bienvenue")
    edit(home("en"), summary="Welcome")
    translation = senior.submit(home("en"), "fr")
    senior.publish(translation)
    french = home("fr")
    assert (french.title, french.summary, french.slug) == ("Salle de presse", "Bienvenue", "home-fr")
    assert translation_of(home("en"), "fr").enabled


def test_what_was_written_apart_is_linked_by_who_may_publish_it_only(translator: Desk) -> None:
    url = reverse("wagtail_localize:submit_page_translation", args=[home("en").pk])
    response = translator.client.post(url, {"locales": [fr().pk]})
    assert response.context["form"].errors["locales"]
    assert not Translation.objects.exists()
