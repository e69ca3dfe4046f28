"""A translator who may not publish: what is refused him by address, not only by a missing button; what he can do."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from wagtail_localize.models import Translation

from home.models import Topic
from tests.factories.newsroom import make_news, make_topic
from tests.translation.conftest import Desk, edit_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def handed_over(editor: Desk, translator: Desk) -> Translation:
    """A story in English; in French all strings are there, as a draft."""
    translation = editor.submit(make_news("Patrol"), "fr")
    translator.translate(translation)
    return translation


def stop(translation: Translation) -> str:
    return reverse("wagtail_localize:stop_translation", args=[translation.pk])


def said(response: Any) -> list[str]:
    return [str(message).strip() for message in get_messages(response.wsgi_request)]


def test_translator_cannot_stop_a_translation(handed_over: Translation, translator: Desk) -> None:
    response = translator.client.post(stop(handed_over))
    handed_over.refresh_from_db()
    assert handed_over.enabled
    assert response.status_code == 302
    assert "Only who may publish" in said(response)[0]


def test_publisher_stops_and_restarts_a_translation(handed_over: Translation, senior: Desk) -> None:
    senior.client.post(stop(handed_over))
    handed_over.refresh_from_db()
    assert not handed_over.enabled
    senior.client.post(edit_url(handed_over.get_target_instance()), {"localize-restart-translation": "1"})
    handed_over.refresh_from_db()
    assert handed_over.enabled


def test_translator_cannot_restart_a_translation(handed_over: Translation, translator: Desk, senior: Desk) -> None:
    senior.client.post(stop(handed_over))
    url = edit_url(handed_over.get_target_instance())
    assert "localize-restart-translation" not in translator.client.get(url).content.decode()
    assert "localize-restart-translation" in senior.client.get(url).content.decode()
    response = translator.client.post(url, {"localize-restart-translation": "1"})
    handed_over.refresh_from_db()
    assert not handed_over.enabled
    assert "Only who may publish" in said(response)[0]


def test_editor_of_translations_offers_only_what_one_may(
    handed_over: Translation, translator: Desk, senior: Desk
) -> None:
    import json

    def links(desk: Desk) -> dict[str, Any]:
        html = desk.client.get(edit_url(handed_over.get_target_instance())).content.decode()
        from html import unescape

        return dict(json.loads(unescape(html.split('data-props="')[1].split('"')[0]))["links"])

    assert links(translator)["stopTranslationUrl"] is None
    assert links(senior)["stopTranslationUrl"] == stop(handed_over)
    assert links(translator)["convertToAliasUrl"] is links(senior)["convertToAliasUrl"] is None


def test_translator_cannot_publish_through_the_editor(handed_over: Translation, translator: Desk) -> None:
    translator.publish(handed_over)
    assert not handed_over.get_target_instance().live


def test_translator_cannot_stop_or_publish_a_topic(translator: Desk, senior: Desk) -> None:
    translation = senior.submit(make_topic("Rescue"), "fr")
    translator.client.post(stop(translation))
    translator.publish(translation)
    translation.refresh_from_db()
    assert translation.enabled
    assert not Topic.objects.get(pk=translation.get_target_instance().pk).live


def test_translator_hands_in_and_is_told(handed_over: Translation, translator: Desk) -> None:
    html = translator.client.get(edit_url(handed_over.get_target_instance())).content.decode()
    assert reverse("submit_translation_for_approval", args=[handed_over.pk]) in html
    response = translator.hand_in(handed_over)
    page = handed_over.get_target_instance()
    assert (page.title, page.live, page.workflow_in_progress) == ("FR Patrol", False, True)
    assert said(response) == ["The translation was submitted for approval."]


def test_unfinished_translation_is_handed_in_with_a_warning(editor: Desk, translator: Desk) -> None:
    translation = editor.submit(make_news("Patrol", summary="Cold."), "fr")
    segment = translation.source.stringsegment_set.get(context__path="title")
    translator.put(translation, segment, "Patrouille")
    assert "as in the original: 2." in said(translator.hand_in(translation))[-1]
    assert translation.get_target_instance().workflow_in_progress


def test_under_approval_nothing_is_changed(handed_over: Translation, translator: Desk, senior: Desk) -> None:
    translator.hand_in(handed_over)
    segment = handed_over.source.stringsegment_set.get(context__path="title")
    assert translator.put(handed_over, segment, "Other").status_code == 403
    assert senior.put(handed_over, segment, "Better").status_code == 200


def test_translator_cannot_approve_his_own(handed_over: Translation, translator: Desk) -> None:
    translator.hand_in(handed_over)
    url = reverse("decide_on_translation", args=[handed_over.pk, "approve"])
    translator.client.post(url)
    assert not handed_over.get_target_instance().live


def test_what_is_approved_is_what_the_approver_sees(handed_over: Translation, translator: Desk, senior: Desk) -> None:
    translator.hand_in(handed_over)
    senior.put(handed_over, handed_over.source.stringsegment_set.get(context__path="title"), "Better")
    html = senior.client.get(edit_url(handed_over.get_target_instance())).content.decode()
    url = reverse("decide_on_translation", args=[handed_over.pk, "approve"])
    assert url in html
    senior.client.post(url)
    page = handed_over.get_target_instance()
    assert (page.title, page.live, page.workflow_in_progress) == ("Better", True, False)


def test_approval_from_the_first_page_of_the_admin(handed_over: Translation, translator: Desk, senior: Desk) -> None:
    translator.hand_in(handed_over)
    page = handed_over.get_target_instance()
    url = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", page.current_workflow_task_state.pk])
    senior.client.post(url)
    assert handed_over.get_target_instance().live


def test_changes_are_requested_and_handed_in_again(handed_over: Translation, translator: Desk, senior: Desk) -> None:
    translator.hand_in(handed_over)
    senior.client.post(reverse("decide_on_translation", args=[handed_over.pk, "reject"]), {"comment": "Too long"})
    html = translator.client.get(edit_url(handed_over.get_target_instance())).content.decode()
    assert "Too long" in html
    segment = handed_over.source.stringsegment_set.get(context__path="title")
    assert translator.put(handed_over, segment, "Court").status_code == 200
    translator.hand_in(handed_over)
    page = handed_over.get_target_instance()
    assert page.workflow_in_progress
    assert page.current_workflow_task_state.revision.as_object().title == "Court"


def test_who_may_not_edit_may_not_submit(db: None) -> None:
    desk = Desk("Media desk")
    url = reverse("wagtail_localize:submit_page_translation", args=[make_news("Patrol").pk])
    assert desk.client.get(url).status_code == 302


def test_text_that_breaks_a_rule_is_told_and_not_handed_in(handed_over: Translation, translator: Desk) -> None:
    segment = handed_over.source.stringsegment_set.get(context__path="title")
    translator.put(handed_over, segment, "Trop long " * 40)
    response = translator.hand_in(handed_over)
    assert "255" in said(response)[-1]
    page = handed_over.get_target_instance()
    assert (page.title, page.workflow_in_progress) == ("Patrol", False)
    assert "at most 255 characters" in translator.client.get(edit_url(page)).content.decode()


def test_publishing_a_text_that_breaks_a_rule_is_told_too(handed_over: Translation, senior: Desk) -> None:
    senior.put(handed_over, handed_over.source.stringsegment_set.get(context__path="title"), "Trop long " * 40)
    assert "validation errors" in said(senior.publish(handed_over))[-1]
    assert not handed_over.get_target_instance().live


def test_text_that_breaks_a_rule_is_not_approved(handed_over: Translation, translator: Desk, senior: Desk) -> None:
    translator.hand_in(handed_over)
    senior.put(handed_over, handed_over.source.stringsegment_set.get(context__path="title"), "Trop long " * 40)
    response = senior.client.post(reverse("decide_on_translation", args=[handed_over.pk, "approve"]))
    assert "255" in said(response)[-1]
    assert not handed_over.get_target_instance().live


@pytest.mark.parametrize("linked", [True, False])
def test_translator_cannot_touch_what_is_public_by_wagtails_own_views(
    handed_over: Translation, translator: Desk, senior: Desk, linked: bool
) -> None:
    senior.publish(handed_over)
    page = handed_over.get_target_instance()
    if not linked:
        senior.client.post(stop(handed_over))
    for view in ("unpublish", "delete"):
        translator.client.post(reverse(f"wagtailadmin_pages:{view}", args=[page.pk]))
    if not linked:
        form = {"title": "Other", "slug": "other", "change_kind": "update", "kind": "news", "priority": "2"}
        form |= {"owner_desk": "news", "body-count": "0", "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"}
        for rows in ("sources", "related", "corrections"):
            form |= {f"{rows}-TOTAL_FORMS": "0", f"{rows}-INITIAL_FORMS": "0"}
        response = translator.client.post(edit_url(page), form | {"action-publish": "1"})
        assert response.status_code == 302, response.context["form"].errors
    page.refresh_from_db()
    assert (page.live, page.title, page.alias_of_id) == (True, "FR Patrol", None)


def test_each_of_wagtail_localizes_addresses_is_guarded() -> None:
    """A new release's new view must not slip in: who may what there is to be decided first."""
    from django.urls import get_resolver

    decided = {
        *("submit_page_translation", "submit_snippet_translation", "update_translations", "edit_string_translation"),
        *("edit_override", "upload_pofile", "machine_translate", "stop_translation", "convert_to_alias"),
        *("translations_report", "translations_report_results"),  # lead to our own report
        # Read only, for those who may edit, by wagtail-localize's own rule; what anybody of the admin may read.
        *("download_pofile", "preview_translation", "javascript_catalog"),
        *("snippets_api_listing", "snippets_api_detail"),
    }
    [namespace] = [resolver for prefix, resolver in _namespaces(get_resolver()) if prefix == "wagtail_localize"]
    assert {pattern.name for pattern in namespace.url_patterns} == decided


def _namespaces(resolver: Any) -> list[tuple[str, Any]]:
    found = []
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            found += [(pattern.namespace, pattern), *_namespaces(pattern)]
    return found


def test_revisers_lock_keeps_the_translator_out(handed_over: Translation, translator: Desk) -> None:
    reviser = Desk("Revisers")
    page = handed_over.get_target_instance()
    assert reviser.client.post(reverse("wagtailadmin_pages:lock", args=[page.pk])).status_code == 302
    segment = handed_over.source.stringsegment_set.get(context__path="title")
    assert translator.put(handed_over, segment, "Autre").status_code == 403
    translator.hand_in(handed_over)
    assert not handed_over.get_target_instance().workflow_in_progress
    assert reviser.put(handed_over, segment, "Patrouille").status_code == 200
    reviser.hand_in(handed_over)
    page = handed_over.get_target_instance()
    assert (page.title, page.live, page.workflow_in_progress) == ("Patrouille", False, True)


@pytest.mark.parametrize("group", ["Revisers", "Editors"])
def test_others_without_the_right_neither_publish_nor_unlink(
    handed_over: Translation, senior: Desk, editor: Desk, group: str
) -> None:
    desk = editor if group == "Editors" else Desk(group)
    desk.publish(handed_over)
    assert not handed_over.get_target_instance().live
    senior.publish(handed_over)
    desk.client.post(stop(handed_over))
    desk.client.post(reverse("wagtail_localize:convert_to_alias", args=[handed_over.get_target_instance().pk]))
    handed_over.refresh_from_db()
    assert (handed_over.enabled, handed_over.get_target_instance().alias_of_id) == (True, None)
