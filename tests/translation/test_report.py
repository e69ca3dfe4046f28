"""What waits for translators: the report "Translations to do", and the panel on the admin's first page."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime

from delivery.stories import change_embargo
from tests.factories.newsroom import edit, make_news, make_topic, make_translation, make_video, story
from tests.translation.conftest import Desk, edit_url

pytestmark = pytest.mark.django_db


def rows(desk: Desk, into: str = "fr", **query: Any) -> dict[str, str]:
    """The report: title → state."""
    response = desk.client.get(reverse("translations_to_do"), {"into": into, **query})
    assert response.status_code == 200
    return {row.original_title: row.state for row in response.context["object_list"]}


def panel(desk: Desk) -> str:
    """The panel's HTML; empty where there is none."""
    html = desk.client.get(reverse("wagtailadmin_home")).content.decode()
    _before, found, after = html.partition('id="translations-to-do')
    return after.split("</section>")[0] if found else ""


def test_each_state_is_worked_out_from_facts(editor: Desk, translator: Desk, senior: Desk) -> None:
    make_news("Never begun")
    editor.submit(make_news("Submitted"), "fr")
    begun = editor.submit(make_news("Begun", summary="Cold."), "fr")
    translator.put(begun, begun.source.stringsegment_set.get(context__path="title"), "Commencé")
    translator.translate(editor.submit(make_news("Finished"), "fr"))
    for title in ("Waiting", "Sent back"):
        translation = editor.submit(make_news(title), "fr")
        translator.translate(translation)
        translator.hand_in(translation)
    senior.client.post(reverse("decide_on_translation", args=[translation.pk, "reject"]), {"comment": "Too long"})
    for title in ("Public", "Outdated"):
        original = make_news(title)
        translation = editor.submit(original, "fr")
        translator.translate(translation)
        senior.publish(translation)
    edit(original, summary="Something new.")
    ready = editor.submit(make_news("Ready", publish=False), "fr")
    translator.translate(ready)
    senior.publish(ready)
    spared = story(make_news("Spared"))
    spared.translation_not_needed, spared.translation_not_needed_reason = True, "Local"
    spared.save()
    make_news("A draft nobody announced", publish=False)
    make_news("French", locale="fr")

    to_do = {
        "Never begun": "not_started",
        "Submitted": "not_started",
        "Begun": "in_progress",
        "Finished": "translated",
        "Waiting": "waiting",
        "Sent back": "changes",
        "Outdated": "outdated",
        "Ready": "ready",
    }
    assert ours(rows(translator)) == to_do
    assert ours(rows(translator, state=["public", "not_needed"])) == {"Public": "public", "Spared": "not_needed"}
    assert ours(rows(translator, into="en")) == {"French": "not_started"}

    html = panel(translator)
    for title in ("Never begun", "Submitted", "Begun", "Finished", "Sent back", "Outdated", "French"):
        assert f">{title}</a>" in html, title
    for title in ("Waiting", "Ready", "Public", "Spared"):
        assert f">{title}</a>" not in html, title


def ours(found: dict[str, str]) -> dict[str, str]:
    """Without the pages of the foundation."""
    return {title: state for title, state in found.items() if title not in ("News", "Videos", "Newsroom", "Home")}


def test_outdated_translation_is_current_again_once_it_was_synchronised_and_published(
    editor: Desk, translator: Desk, senior: Desk
) -> None:
    original = make_news("Patrol")
    translation = editor.submit(original, "fr")
    translator.translate(translation)
    senior.publish(translation)
    edit(original, summary="Something new.")
    assert rows(translator)["Patrol"] == "outdated"
    editor.synchronise(translation)
    assert rows(translator)["Patrol"] == "outdated"
    translator.translate(translation)
    translator.hand_in(translation)
    assert rows(translator)["Patrol"] == "waiting"
    senior.client.post(reverse("decide_on_translation", args=[translation.pk, "approve"]))
    assert rows(translator, state="public")["Patrol"] == "public"


def test_a_publication_that_says_the_same_outdates_nothing(editor: Desk, translator: Desk, senior: Desk) -> None:
    original = make_news("Patrol")
    translation = editor.submit(original, "fr")
    translator.translate(translation)
    senior.publish(translation)
    edit(original, internal_note="Called them again.")
    assert rows(translator, state="public")["Patrol"] == "public"


def test_translation_without_a_link_is_public(translator: Desk) -> None:
    make_translation(make_news("By hand"))
    assert ours(rows(translator, state="public")) == {"By hand": "public"}


def test_filters_narrow_the_report(editor: Desk, translator: Desk) -> None:
    make_news("Patrol")
    make_video("Harbour")
    editor.submit(make_news("Storm", priority=4), "fr")
    assert ours(rows(translator, collection="videos")) == {"Harbour": "not_started"}
    assert set(ours(rows(translator, collection="news", state="not_started"))) == {"Patrol", "Storm"}
    assert ours(rows(translator, state="waiting")) == {}
    ordered = list(rows(translator, collection="news", ordering="-priority"))
    assert ordered[0] == "Storm"


@pytest.mark.parametrize("query", [{"into": "klingon"}, {"state": "lost"}, {"collection": "none"}, {"p": "999"}])
def test_odd_questions_are_answered(translator: Desk, query: dict[str, str]) -> None:
    make_news("Patrol")
    assert translator.client.get(reverse("translations_to_do"), query).status_code in (200, 404)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_report_is_exported(translator: Desk, kind: str) -> None:
    make_news("Patrol")
    response: Any = translator.client.get(reverse("translations_to_do"), {"export": kind})
    assert response.status_code == 200
    content = b"".join(response.streaming_content) if response.streaming else response.content
    assert f"translations-fr.{kind}" in response.headers["Content-Disposition"]
    if kind == "csv":
        head, row = content.decode("utf-8-sig").splitlines()
        assert head == "Original,Section,Original language,State,Strings translated,Strings,Embargo until"
        assert row == "Patrol,News,English,Not started,0,0,"


def test_most_pressing_comes_first_in_the_panel(translator: Desk) -> None:
    make_news("Some day")
    soon = make_news("Soon", publish=False)
    change_embargo(story(soon), timezone.now() + timedelta(hours=1))
    make_news("Urgent", priority=4)
    html = panel(translator)
    assert html.index(">Urgent<") < html.index(">Soon<") < html.index(">Some day<")


def test_moments_are_told_by_date_and_time(translator: Desk) -> None:
    until = timezone.now() + timedelta(days=3)
    change_embargo(story(make_news("Soon", publish=False)), until)
    told = date_format(localtime(until), "SHORT_DATETIME_FORMAT")
    report = translator.client.get(reverse("translations_to_do"), {"into": "fr"}).content.decode()
    for html in (report, panel(translator)):
        found = re.search(r">\s*Soon\s*</a>.*?</tr>", html, re.DOTALL)
        assert found
        row = found[0]
        assert row.count(told) == 2  # the embargo, and the date that the original takes from it
        assert "human-readable-date" not in row


def test_each_row_leads_to_the_work(editor: Desk, translator: Desk) -> None:
    fresh, begun = make_news("Fresh"), make_news("Begun")
    target = editor.submit(begun, "fr").get_target_instance()
    html = panel(translator)
    submit = reverse("wagtail_localize:submit_page_translation", args=[fresh.pk])
    assert f'href="{submit}?select_locale=fr"' in html
    assert f'href="{reverse("wagtailadmin_pages:edit", args=[target.pk])}"' in html
    checked = translator.client.get(submit, {"select_locale": "fr"}).content.decode()
    assert "checked" in checked


def test_panel_names_topics_that_lack_a_language(translator: Desk, senior: Desk) -> None:
    rescue, sauvetage = make_topic("Rescue"), make_topic("Phares", locale="fr")
    submit = [
        reverse("wagtail_localize:submit_snippet_translation", args=["home", "topic", topic.pk])
        for topic in (rescue, sauvetage)
    ]
    assert f'href="{submit[0]}?select_locale=fr" lang="en">Rescue<' in panel(translator)
    assert f'href="{submit[1]}?select_locale=en" lang="fr">Phares<' in panel(translator)
    translation = translator.submit(rescue, "fr")
    assert f'href="{edit_url(translation.get_target_instance())}" lang="en">Rescue<' in panel(translator)
    senior.publish(translation)
    assert "Rescue<" not in panel(translator)


@pytest.mark.parametrize(
    ("group", "may", "has_panel"),
    [
        ("Translators", True, True),
        ("Revisers", True, True),
        ("Editors", True, False),
        ("Senior editors", True, False),
        ("Newsletter", False, False),
    ],
)
def test_who_sees_it(group: str, may: bool, has_panel: bool) -> None:
    desk = Desk(group)
    make_news("Patrol")
    address = reverse("translations_to_do")
    home = desk.client.get(reverse("wagtailadmin_home")).content.decode()
    assert (address in home) is may
    assert bool(panel(desk)) is has_panel
    assert (desk.client.get(address).status_code == 200) is may
    assert (desk.client.get(reverse("translations_to_do_results")).status_code == 200) is may


@pytest.mark.parametrize("name", ["translations_report", "translations_report_results"])
def test_wagtail_localizes_own_report_leads_to_ours(translator: Desk, name: str) -> None:
    response = translator.client.get(reverse(f"wagtail_localize:{name}"))
    assert response.headers["Location"] == reverse("translations_to_do")
    assert (
        reverse(f"wagtail_localize:{name}") not in translator.client.get(reverse("wagtailadmin_home")).content.decode()
    )


@pytest.mark.parametrize("view", ["translations_to_do", "wagtailadmin_home"])
def test_queries_do_not_grow_with_the_rows(editor: Desk, translator: Desk, view: str) -> None:
    def queries() -> int:
        translator.client.get(reverse(view))
        with CaptureQueriesContext(connection) as asked:
            assert translator.client.get(reverse(view)).status_code == 200
        return len(asked)

    def add(number: int) -> None:
        for index in range(number):
            page = make_news(f"Story {index}")
            make_topic(f"Topic {number} {index}", slug=f"topic-{number}-{index}")
            if index % 2:
                editor.submit(page, "fr")

    add(4)
    few = queries()
    add(10)
    assert queries() == few
