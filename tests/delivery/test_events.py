"""Publications and their ends: the right documents follow, no others, and the log says so once."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.actions.copy_page import CopyPageAction
from wagtail.models import Page, PageViewRestriction
from wagtail_localize.models import LocaleSynchronization

from delivery.schedule import publish_due
from delivery.stories import change_embargo, reinstate, withdraw
from delivery.transaction import publishing
from home.models import HomePage
from news.models import NewsIndexPage, NewsPage
from tests.admin.conftest import form_of
from tests.admin.test_roles import news_form
from tests.delivery.conftest import (
    ENGLISH_NEWS,
    NOTHING,
    PATROL,
    STORM,
    Chief,
    do,
    effect,
    link_to,
    make_draft,
    observed,
    together,
)
from tests.delivery.test_schedule import make_due
from tests.factories.newsroom import edit, make_news, make_translation, story

pytestmark = pytest.mark.django_db


def page_url(name: str, *args: Any) -> str:
    return reverse(f"wagtailadmin_pages:{name}", args=args)


def bulk_url(action: str, *pages: Any) -> str:
    ids = "&".join(f"id={page.pk}" for page in pages)
    return reverse("wagtail_bulk_action", args=["wagtailcore", "page", action]) + f"?{ids}"


# Publication


def test_publication_by_hand_is_read_and_nothing_else_changes(newsroom: SimpleNamespace, chief: Chief) -> None:
    page = make_draft("New")
    act = lambda: chief.send(page_url("edit", page.pk), news_form("New") | {"action-publish": "1"})  # noqa: E731
    assert observed(act) == effect(appeared="/en/news/new/")


def test_draft_changes_nothing(newsroom: SimpleNamespace, chief: Chief) -> None:
    form = news_form("Other words", slug="quiet")
    assert observed(lambda: chief.send(page_url("edit", newsroom.quiet.pk), form)) == NOTHING


def test_edit_reaches_whoever_mentions_the_story(newsroom: SimpleNamespace) -> None:
    assert observed(lambda: edit(newsroom.patrol, title="Ice patrol")) == effect(
        changed={"/en/news/patrol/", "/en/news/storm/", "/en/"}
    )


def test_edit_that_no_card_shows_stays_in_the_story(newsroom: SimpleNamespace) -> None:
    assert observed(lambda: edit(newsroom.patrol, event_place="Quay")) == effect(changed="/en/news/patrol/")


def test_publication_by_workflow_is_read(newsroom: SimpleNamespace, chief: Chief) -> None:
    page = make_draft("Handed in")
    assert observed(lambda: page.get_workflow().start(page, chief.user)) == NOTHING
    page.refresh_from_db()
    task = page.current_workflow_task_state
    act = lambda: chief.send(page_url("workflow_action", page.pk, "approve", task.pk), {"comment": ""})  # noqa: E731
    assert observed(act) == effect(appeared="/en/news/handed-in/")


def test_scheduling_is_no_publication_and_the_clock_makes_it_one(newsroom: SimpleNamespace) -> None:
    page = make_draft("Later")
    assert observed(lambda: edit(page, go_live_at=timezone.now() + timedelta(hours=1))) == NOTHING
    make_due(page)
    assert observed(publish_due) == effect(appeared="/en/news/later/")


def test_scheduled_update_of_a_public_story_waits_for_its_time(newsroom: SimpleNamespace) -> None:
    later = timezone.now() + timedelta(hours=1)
    assert observed(lambda: edit(newsroom.quiet, summary="Calm.", go_live_at=later)) == NOTHING
    make_due(newsroom.quiet)
    assert observed(publish_due) == effect(changed="/en/news/quiet/")


def test_embargo_lifted_publishes_both_languages_at_once(newsroom: SimpleNamespace) -> None:
    page = make_draft("Secret")
    change_embargo(story(page), timezone.now() + timedelta(hours=1))
    french = make_translation(page, "Confidentiel", publish=False)
    assert observed(lambda: [one.save_revision().publish() for one in (page, french)]) == NOTHING
    both = {"/en/news/secret/", "/fr/actualites/confidentiel/"}
    assert observed(lambda: change_embargo(story(page), None)) == effect(appeared=both)
    assert observed(publish_due) == NOTHING


def test_translation_that_waited_appears_with_its_original(newsroom: SimpleNamespace) -> None:
    page = make_draft("Original")
    assert observed(lambda: make_translation(page, "Traduction")) == NOTHING
    act = lambda: page.get_latest_revision().publish()  # noqa: E731
    assert observed(act) == effect(appeared={"/en/news/original/", "/fr/actualites/traduction/"})


def test_new_translation_is_told_in_the_other_language(newsroom: SimpleNamespace) -> None:
    assert observed(lambda: make_translation(newsroom.quiet, "Calme")) == effect(
        appeared="/fr/actualites/calme/", changed="/en/news/quiet/"
    )


def test_story_that_was_linked_before_it_was_public_becomes_a_link(newsroom: SimpleNamespace) -> None:
    draft = make_draft("Draft")
    edit(newsroom.quiet, body=[link_to(draft)])
    assert observed(draft.get_latest_revision().publish) == effect(
        appeared="/en/news/draft/", changed="/en/news/quiet/"
    )


def test_bulk_publication_is_read(newsroom: SimpleNamespace, chief: Chief) -> None:
    pages = [make_draft(title) for title in ("One", "Two")]
    act = lambda: chief.send(bulk_url("publish", *pages))  # noqa: E731
    assert observed(act) == effect(appeared={"/en/news/one/", "/en/news/two/"})


def test_rollback_brings_the_old_words_back(newsroom: SimpleNamespace, chief: Chief) -> None:
    old = newsroom.quiet.get_latest_revision()
    edit(newsroom.quiet, summary="Wrong.")
    form = form_of(chief.get(page_url("revisions_revert", newsroom.quiet.pk, old.pk)))
    form |= {"action-publish": "1", "revision": str(old.pk)}
    assert observed(lambda: chief.send(page_url("edit", newsroom.quiet.pk), form)) == effect(changed="/en/news/quiet/")


def test_home_page_follows_its_slots(newsroom: SimpleNamespace) -> None:
    act = lambda: edit(newsroom.home, slots=[])  # noqa: E731
    assert observed(act) == effect(changed="/en/")
    assert observed(lambda: edit(newsroom.patrol, title="Ice patrol")) == effect(
        changed={"/en/news/patrol/", "/en/news/storm/"}
    )


# Copies


def test_copy_is_a_draft(newsroom: SimpleNamespace, chief: Chief) -> None:
    form = {"new_title": "Copy", "new_slug": "copy", "new_parent_page": newsroom.section.pk}
    assert observed(lambda: chief.send(page_url("copy", newsroom.patrol.pk), form)) == NOTHING


def test_copy_that_stays_live_is_a_story_of_its_own(newsroom: SimpleNamespace, chief: Chief) -> None:
    form = {"new_title": "Copy", "new_slug": "copy", "new_parent_page": newsroom.section.pk, "publish_copies": "on"}
    act = lambda: chief.send(page_url("copy", newsroom.patrol.pk), form)  # noqa: E731
    assert observed(act) == effect(appeared="/en/news/copy/")


def test_tree_copied_live_appears_whole(newsroom: SimpleNamespace, chief: Chief) -> None:
    form = {"new_title": "Us", "new_slug": "us", "new_parent_page": newsroom.home.pk}
    form |= {"copy_subpages": "on", "publish_copies": "on"}
    act = lambda: chief.send(page_url("copy", newsroom.about.pk), form)  # noqa: E731
    assert observed(act) == effect(appeared={"/en/us/", "/en/us/team/"})


def test_tree_copied_by_code_appears_whole(newsroom: SimpleNamespace) -> None:
    act = CopyPageAction(newsroom.about, recursive=True, update_attrs={"slug": "us"}, keep_live=True).execute
    assert observed(act) == effect(appeared={"/en/us/", "/en/us/team/"})


# Ends of publication


def test_unpublished_story_vanishes_and_mentions_lose_it(newsroom: SimpleNamespace, chief: Chief) -> None:
    assert observed(lambda: chief.send(page_url("unpublish", newsroom.patrol.pk))) == effect(
        vanished="/en/news/patrol/", changed={"/fr/actualites/patrouille/", "/en/news/storm/", "/en/"}
    )


def test_unpublished_section_takes_its_stories_along(newsroom: SimpleNamespace, chief: Chief) -> None:
    act = lambda: chief.send(page_url("unpublish", newsroom.section.pk))  # noqa: E731
    assert observed(act) == effect(
        vanished=ENGLISH_NEWS,
        changed={"/fr/actualites/", "/fr/actualites/patrouille/", "/fr/actualites/tempete/", "/en/"},
    )
    act = lambda: NewsIndexPage.objects.get(pk=newsroom.section.pk).save_revision().publish()  # noqa: E731
    assert observed(act) == effect(
        appeared=ENGLISH_NEWS,
        changed={"/fr/actualites/", "/fr/actualites/patrouille/", "/fr/actualites/tempete/", "/en/"},
    )


def test_section_unpublished_with_its_stories_leaves_them_drafts(newsroom: SimpleNamespace, chief: Chief) -> None:
    french = {"/fr/actualites/", "/fr/actualites/patrouille/", "/fr/actualites/tempete/"}
    act = lambda: chief.send(page_url("unpublish", newsroom.section.pk), {"include_descendants": "on"})  # noqa: E731
    assert observed(act) == effect(vanished=ENGLISH_NEWS, changed={*french, "/en/"})
    act = lambda: NewsIndexPage.objects.get(pk=newsroom.section.pk).save_revision().publish()  # noqa: E731
    assert observed(act) == effect(appeared="/en/news/", changed="/fr/actualites/")


def test_bulk_unpublication_takes_all_away(newsroom: SimpleNamespace, chief: Chief) -> None:
    act = lambda: chief.send(bulk_url("unpublish", newsroom.quiet, newsroom.storm))  # noqa: E731
    assert observed(act) == effect(
        vanished={"/en/news/quiet/", "/en/news/storm/"}, changed={"/fr/actualites/tempete/", "/en/news/patrol/"}
    )


def test_expired_story_vanishes(newsroom: SimpleNamespace) -> None:
    soon = timezone.now() + timedelta(hours=1)
    edit(newsroom.quiet, expire_at=soon)
    NewsPage.objects.filter(pk=newsroom.quiet.pk).update(expire_at=timezone.now() - timedelta(seconds=1))
    assert observed(publish_due) == effect(vanished="/en/news/quiet/")


def test_deleted_story_vanishes_in_its_language(newsroom: SimpleNamespace, chief: Chief) -> None:
    assert observed(lambda: chief.send(page_url("delete", newsroom.quiet.pk))) == effect(vanished="/en/news/quiet/")


def test_deletion_reaches_whoever_mentions_the_story(newsroom: SimpleNamespace, chief: Chief) -> None:
    # The French story named it by its English page, which is gone: so it names it no more.
    assert observed(lambda: chief.send(page_url("delete", newsroom.patrol.pk))) == effect(
        vanished="/en/news/patrol/",
        changed={"/fr/actualites/patrouille/", "/en/news/storm/", "/fr/actualites/tempete/", "/en/"},
    )


def test_deleted_tree_vanishes(newsroom: SimpleNamespace, chief: Chief) -> None:
    act = lambda: chief.send(page_url("delete", newsroom.about.pk))  # noqa: E731
    # Storm links to it in both languages, by the English page.
    assert observed(act) == effect(
        vanished={"/en/about/", "/en/about/team/"}, changed={"/fr/a-propos/", "/fr/a-propos/equipe/", *STORM}
    )


def test_deletion_by_queryset_vanishes(newsroom: SimpleNamespace) -> None:
    act = lambda: NewsPage.objects.filter(pk=newsroom.quiet.pk).delete()  # noqa: E731
    assert observed(act) == effect(vanished="/en/news/quiet/")


def test_deletion_of_a_tree_by_queryset_vanishes(newsroom: SimpleNamespace) -> None:
    act = lambda: Page.objects.filter(pk=newsroom.about.pk).delete()  # noqa: E731
    assert observed(together(act)) == effect(
        vanished={"/en/about/", "/en/about/team/"}, changed={"/fr/a-propos/", "/fr/a-propos/equipe/", *STORM}
    )


def test_bulk_deletion_vanishes(newsroom: SimpleNamespace, chief: Chief) -> None:
    extra = make_news("Extra")
    act = lambda: chief.send(bulk_url("delete", newsroom.quiet, extra))  # noqa: E731
    assert observed(act) == effect(vanished={"/en/news/quiet/", "/en/news/extra/"})


def test_deleted_draft_is_forgotten_by_whoever_named_it(newsroom: SimpleNamespace, chief: Chief) -> None:
    draft = make_draft("Draft")
    edit(newsroom.quiet, body=[link_to(draft)])
    assert observed(lambda: chief.send(page_url("delete", draft.pk))) == NOTHING


def test_draft_deleted_by_queryset_is_forgotten_by_whoever_named_it(newsroom: SimpleNamespace) -> None:
    draft = make_draft("Draft")
    edit(newsroom.quiet, body=[link_to(draft)])
    assert observed(NewsPage.objects.filter(pk=draft.pk).delete) == NOTHING


def test_deleted_draft_of_the_other_language_takes_its_mentions_along(newsroom: SimpleNamespace, chief: Chief) -> None:
    # Both languages name it by the English page, which is a draft again; the French one is public.
    do(Page.objects.get(pk=newsroom.about.pk).unpublish)
    act = lambda: chief.send(page_url("delete", newsroom.about.pk))  # noqa: E731
    assert observed(act) == effect(changed="/fr/actualites/tempete/")


def test_withdrawal_takes_both_languages_and_reinstatement_publishes_nothing(newsroom: SimpleNamespace) -> None:
    act = lambda: withdraw(story(newsroom.patrol), reason="Wrong.", replacement=story(newsroom.quiet))  # noqa: E731
    assert observed(together(act)) == effect(vanished=PATROL, changed={*STORM, "/en/", "/fr/"})
    assert observed(lambda: reinstate(story(newsroom.patrol))) == NOTHING
    act = lambda: NewsPage.objects.get(pk=newsroom.patrol.pk).save_revision().publish()  # noqa: E731
    assert observed(act) == effect(appeared="/en/news/patrol/", changed={"/en/news/storm/", "/en/"})


# Aliases


def test_stories_have_no_aliases_so_none_appears(newsroom: SimpleNamespace) -> None:
    from django.core.exceptions import ValidationError

    def mirror() -> None:
        with pytest.raises(ValidationError), publishing():
            newsroom.quiet.create_alias(parent=newsroom.section_fr)

    assert observed(mirror) == NOTHING


def test_live_alias_that_appears_without_any_signal_is_not_read(newsroom: SimpleNamespace) -> None:
    def appear() -> None:
        copy = newsroom.quiet.copy(update_attrs={"slug": "mirror"}, keep_live=False)
        Page.objects.filter(pk=copy.pk).update(alias_of=newsroom.quiet, live=True)

    assert observed(appear) == NOTHING
    assert observed(lambda: edit(newsroom.quiet, summary="Calm.")) == effect(changed="/en/news/quiet/")


def test_synchronised_tree_of_a_locale_makes_nothing(newsroom: SimpleNamespace) -> None:
    def synchronise() -> None:
        LocaleSynchronization.objects.bulk_create(
            [LocaleSynchronization(locale=newsroom.home_fr.locale, sync_from=newsroom.home.locale)]
        )

    assert observed(synchronise) == NOTHING
    assert observed(lambda: make_news("Only English")) == effect(appeared="/en/news/only-english/")


# What readers see nothing of


def test_what_stays_in_the_newsroom_changes_no_document(newsroom: SimpleNamespace, chief: Chief) -> None:
    def act() -> None:
        chief.user.first_name = "Ada"
        chief.user.save()
        newsroom.menu_item.label = "Latest"
        newsroom.menu_item.save()

    assert observed(act) == NOTHING
    edit(newsroom.quiet, show_in_menus=True)
    assert observed(lambda: chief.send(page_url("lock", newsroom.quiet.pk))) == NOTHING


def test_home_page_restricted_closes_everything(newsroom: SimpleNamespace) -> None:
    before = HomePage.objects.count()
    act = lambda: PageViewRestriction.objects.create(page=newsroom.home, restriction_type="login")  # noqa: E731
    found = observed(act)
    assert (len(found.vanished), found.changed, before) == (17, frozenset(), 2)


# Once


def test_stories_that_mention_each_other_and_appear_together_are_told_once(newsroom: SimpleNamespace) -> None:
    do(newsroom.section.unpublish)
    observed(lambda: NewsIndexPage.objects.get(pk=newsroom.section.pk).save_revision().publish())


def test_story_that_goes_out_in_both_languages_is_told_once_in_each(newsroom: SimpleNamespace) -> None:
    page = make_draft("Secret")
    french = make_translation(page, "Confidentiel", publish=False)
    for one in (page, french):
        do(lambda one=one: edit(one, go_live_at=timezone.now() + timedelta(hours=1)))  # type: ignore[misc]
        make_due(one)
    observed(publish_due)


def test_what_readers_see_nothing_of_is_not_told(newsroom: SimpleNamespace) -> None:
    draft = make_draft("Draft")
    edit(newsroom.quiet, body=[link_to(draft)])
    observed(together(draft.delete))
