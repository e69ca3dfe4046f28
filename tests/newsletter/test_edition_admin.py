"""The newsroom's pages of editions."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from delivery import stories
from home.models import Mail
from newsletter.models import Edition, NewsletterList, Plan
from tests.factories.newsroom import make_editor, make_news, story
from tests.newsletter.conftest import Chimp
from tests.newsletter.editions import at_quarter, both, make_edition, there, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> Client:
    """An administrator in the admin."""
    client = Client()
    client.force_login(User.objects.create_superuser("admin", "admin@openseas.example", "x"))
    return client


def page(desk: Client, edition: Edition) -> str:
    """The edition's page."""
    answer = desk.get(reverse("newsletter_editions:inspect", args=[edition.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def do(desk: Client, edition: Edition, act: str, **data: Any) -> str:
    """Press one of its buttons; the page that follows."""
    answer = desk.post(reverse("newsletter_edition_act", args=[edition.pk, act]), data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_edition_is_written_with_stories_in_order(desk: Client, weekly: NewsletterList) -> None:
    first, second = both(), both("Calm", "Calme")
    form = desk.get(reverse("newsletter_editions:add"))
    assert form.status_code == 200
    data = {
        "newsletter": weekly.pk,
        "title": "Week 48",
        "subject_en": "Storms",
        "subject_fr": "Tempêtes",
        "stories-TOTAL_FORMS": 2,
        "stories-INITIAL_FORMS": 0,
        "stories-MIN_NUM_FORMS": 0,
        "stories-MAX_NUM_FORMS": 1000,
        "stories-0-story": str(first.translation_key),
        "stories-0-ORDER": 2,
        "stories-1-story": str(second.translation_key),
        "stories-1-ORDER": 1,
    }
    answer = desk.post(reverse("newsletter_editions:add"), data, follow=True)
    edition = Edition.objects.get()
    assert edition.made_by is not None
    html = answer.content.decode()
    assert html.index("Calm") < html.index("Storm<")
    assert [row.story_id for row in edition.stories.all()] == [second.translation_key, first.translation_key]
    # The form shows them by their titles.
    assert "Calm" in desk.get(reverse("newsletter_editions:edit", args=[edition.pk])).content.decode()


def test_stories_are_chosen_by_title_and_only_what_is_public(desk: Client) -> None:
    both("Storm at night", "Tempête nocturne")
    make_news("Secret storm", publish=False)
    chooser = reverse("newsletter_stories:choose_results")
    assert "Storm at night" in desk.get(chooser).content.decode()
    found = desk.get(chooser, {"q": "nocturne"}).content.decode()
    assert "Storm at night" in found
    found = desk.get(chooser, {"q": "storm"}).content.decode()
    assert "Secret" not in found
    assert "Storm at night" not in desk.get(chooser, {"q": "fog"}).content.decode()


@pytest.mark.parametrize("path", ["chosen/garbage/", "chosen-multiple/?id=garbage"])
def test_what_is_no_story_is_chosen_by_nobody(desk: Client, path: str) -> None:
    assert desk.get(f"/admin/newsletter_stories/{path}").status_code in (200, 404)


def test_it_is_tested_scheduled_and_called_back(desk: Client, chimp: Chimp, weekly: NewsletterList) -> None:
    edition = make_edition(weekly, both())
    do(desk, edition, "test", language="fr", to="me@openseas.example")
    assert Mail.objects.get(to="me@openseas.example").language == "fr"
    html = do(desk, edition, "schedule", day=f"{at_quarter(48):%Y-%m-%d}", at="08:15")
    assert "It goes out on" in html
    work()
    assert there(chimp).status == "schedule"
    assert "Scheduled" in page(desk, edition)
    assert "Held back" not in page(desk, edition)
    do(desk, edition, "call-back")
    work()
    assert not chimp.double.account.campaigns
    do(desk, edition, "draft")
    work()
    assert there(chimp).status == "save"


def test_what_keeps_it_back_is_said(desk: Client, chimp: Chimp, weekly: NewsletterList) -> None:
    gone = both("Gone", "Partie")
    edition = make_edition(weekly, both(), gone)
    do(desk, edition, "draft")
    work()
    stories.withdraw(story(gone), reason="Wrong")
    html = page(desk, edition)
    assert "A story was withdrawn on" in html
    assert "Holds the edition back" in html
    work()
    assert "Held back" in page(desk, edition)
    html = do(desk, edition, "schedule", day=f"{at_quarter(48):%Y-%m-%d}", at="08:15")
    assert "may not go out" in html
    assert Edition.objects.get().plan == Plan.DRAFT


def test_a_bad_time_or_address_is_told(desk: Client, chimp: Chimp, weekly: NewsletterList) -> None:
    edition = make_edition(weekly, both())
    assert "at least five minutes ahead" in do(desk, edition, "schedule", day="2020-01-01", at="08:15")
    do(desk, edition, "schedule", day="soon", at="25:99")
    do(desk, edition, "test", language="xx", to="nobody")
    assert not Mail.objects.exists()
    assert Edition.objects.get().plan == Plan.PREPARING


def test_the_preview_is_the_mail_and_runs_no_script(desk: Client, weekly: NewsletterList) -> None:
    edition = make_edition(weekly, both("<script>alert(1)</script>"))
    answer = desk.get(reverse("newsletter_edition_preview", args=[edition.pk, "fr"]))
    assert "Tempête" in answer.content.decode()
    assert "sandbox" in answer["Content-Security-Policy"]
    english = desk.get(reverse("newsletter_edition_preview", args=[edition.pk, "en"])).content.decode()
    assert "<script>" not in english
    assert desk.get(reverse("newsletter_edition_preview", args=[edition.pk, "de"])).status_code == 404


def test_what_has_gone_out_is_neither_changed_nor_deleted(desk: Client, chimp: Chimp, weekly: NewsletterList) -> None:
    edition = make_edition(weekly, both())
    do(desk, edition, "draft")
    work()
    chimp.double.campaigns.go_out(there(chimp))
    chimp.double.webhooks.deliver()
    work()
    assert "Gone out in one language" in page(desk, edition)
    chimp.double.campaigns.go_out(there(chimp, "FR"))
    chimp.double.webhooks.deliver()
    work()
    assert "Gone out" in page(desk, edition)
    assert desk.get(reverse("newsletter_editions:edit", args=[edition.pk])).status_code == 302
    assert "Nothing changes it any more" in do(desk, edition, "call-back")
    desk.post(reverse("newsletter_editions:delete", args=[edition.pk]))
    assert Edition.objects.exists()


def test_only_who_may_touches_editions(weekly: NewsletterList) -> None:
    edition = make_edition(weekly, both())
    editor = Client()
    editor.force_login(make_editor())
    assert editor.get(reverse("newsletter_edition_preview", args=[edition.pk, "en"])).status_code == 302
    editor.post(reverse("newsletter_edition_act", args=[edition.pk, "draft"]))
    assert Edition.objects.get().plan == Plan.PREPARING
    assert Client().get(reverse("newsletter_edition_preview", args=[edition.pk, "en"])).status_code == 302


def test_the_list_needs_few_queries(desk: Client, weekly: NewsletterList, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        make_edition(weekly, title=f"Week {number}")
    desk.get(reverse("newsletter_editions:index"))
    with django_assert_max_num_queries(16):
        assert "Week 11" in desk.get(reverse("newsletter_editions:index")).content.decode()
