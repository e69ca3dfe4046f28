"""Newsletters in the admin: how they stand, where they are kept, and what waits for Mailchimp."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from jobs.models import JobState
from newsletter import tasks
from newsletter.errors import Away
from newsletter.models import Audience, ConsentText, NewsletterList, Subscriber, SubscriptionChange
from newsletter.sync import pauses
from newsletter.sync.audiences import read_audiences
from tests.admin.conftest import Person, migrations_table
from tests.mailchimp.state import MergeField
from tests.newsletter.conftest import ADA, Chimp, Reader
from tests.newsletter.desk import desk, form, html, page, refuse, woken

__all__ = ["desk", "migrations_table", "woken"]

pytestmark = pytest.mark.django_db
PAGES = ["newsletters", "newsletter_subscribers", "newsletter_imports", "newsletter_refused", "newsletter_audiences"]
PAGES = [*PAGES, "newsletter_consents"]


@pytest.mark.parametrize("group", ["Newsletter", "Editors", "Senior editors", "Media desk", "Translators"])
def test_who_cares_for_newsletters_sees_them(group: str, weekly: NewsletterList, reader: Reader) -> None:
    reader.subscribe("weekly")
    client = Person(group)
    seen = 200 if group == "Newsletter" else 302
    home = html(client, reverse("wagtailadmin_home"))
    person = Subscriber.objects.get()
    for name in PAGES:
        assert client.get(page(name)).status_code == seen, name
        assert (page(name) in home) == (seen == 200), name
    for url in (
        page("newsletters:inspect", weekly.pk),
        page("newsletters:edit", weekly.pk),
        page("newsletters:export", weekly.pk),
        page("newsletter_subscribers:inspect", person.pk),
        page("newsletter_subscribers:unsubscribe", person.pk),
        page("newsletter_subscribers:delete", person.pk),
        page("newsletter_imports:add"),
    ):
        assert client.get(url).status_code == seen, url


def test_nobody_is_subscribed_and_no_address_changed_by_hand(
    desk: Person, reader: Reader, press: NewsletterList
) -> None:
    reader.subscribe("press")
    person = Subscriber.objects.get()
    shown = html(desk, page("newsletter_subscribers:inspect", person.pk))
    assert 'type="email"' not in shown
    for path in ("new/", f"edit/{person.pk}/"):
        assert desk.get(f"{page('newsletter_subscribers')}{path}").status_code == 404


def test_the_list_of_newsletters_says_how_they_stand(desk: Person, reader: Reader, chimp: Chimp) -> None:
    reader.subscribe("weekly")
    waiting = html(desk, page("newsletters"))
    assert "Newsletters: Weekly" in waiting
    assert "1 waits" in waiting
    chimp.push()
    assert "In step</td>" in html(desk, page("newsletters")).replace(" </td>", "</td>")
    refuse(chimp.contact())
    assert "1 refused" in html(desk, page("newsletters"))


def test_more_newsletters_cost_no_more_queries(desk: Person, chimp: Chimp) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            html(desk, page("newsletters"))
        return len(captured)

    queries()
    before = queries()
    for number in range(8):
        kept = {"audience": chimp.audience, "interest": str(number)}
        NewsletterList.objects.create(slug=f"n{number}", name_en="N", name_fr="N", **kept)
    assert queries() == before


def test_a_newsletter_is_made_and_kept_as_a_group_chosen_by_name(desk: Person, chimp: Chimp) -> None:
    shown = html(desk, page("newsletters:add"))
    assert "Newsletters: Morning" in shown
    new = NewsletterList(slug="morning", name_en="Morning", name_fr="Le matin", audience=chimp.audience)
    answer = desk.post(page("newsletters:add"), form(new, interest=chimp.there.interest("Morning")))
    assert answer.status_code == 302, answer.context["form"].errors
    assert NewsletterList.objects.get(slug="morning").interest == chimp.there.interest("Morning")


def test_a_newsletter_is_kept_as_a_tag_and_its_people_are_told_of_there(
    desk: Person, reader: Reader, chimp: Chimp, press: NewsletterList
) -> None:
    chimp.there.tags["Journalists"] = 77
    read_audiences()
    reader.subscribe("press")
    changed = {"audience": chimp.audience.pk, "tag": "Journalists"}
    answer = desk.post(page("newsletters:edit", press.pk), form(press, **changed))
    assert answer.status_code == 302, answer.context["form"].errors
    chimp.push()
    assert chimp.there.member(ADA).tags == ["Journalists"]
    assert "Tag: Journalists" in html(desk, page("newsletters"))
    both = form(press, **changed, interest=chimp.there.interest("Morning"))
    assert "Choose an interest group, or a tag" in desk.post(page("newsletters:edit", press.pk), both).content.decode()


def test_merge_fields_are_chosen_among_those_that_can_be_filled(desk: Person, chimp: Chimp, reader: Reader) -> None:
    chimp.there.merge_fields["PREFS"] = MergeField(9, "PREFS", "Preferences", "url")
    read_audiences()
    reader.subscribe("weekly")
    chimp.push()
    url = page("newsletter_audiences:edit", chimp.audience.pk)
    shown = html(desk, url)
    assert "Preferences (PREFS)" in shown
    # What can only be chosen among words of its own is not offered for a language.
    assert "(LANGUAGE)" not in shown
    assert desk.post(url, {"language_field": "FNAME", "preferences_field": "PREFS"}).status_code == 302
    chimp.audience.refresh_from_db()
    chimp.push()
    assert chimp.there.member(ADA).merge_fields["PREFS"].startswith("http")
    assert desk.post(url, {"language_field": "NOSUCH", "preferences_field": ""}).status_code == 200
    del chimp.there.merge_fields["PREFS"]
    read_audiences()
    assert "PREFS, which Mailchimp does not have any more" in html(
        desk, page("newsletter_audiences:inspect", chimp.audience.pk)
    )


def test_what_does_not_fit_together_is_told_at_its_field(desk: Person, chimp: Chimp, press: NewsletterList) -> None:
    other = Audience.objects.get(name="Press")
    embargoed = other.interests[0]["id"]
    url = page("newsletters:edit", press.pk)
    for changed, told in (
        ({"audience": chimp.audience.pk, "interest": embargoed}, "This group is one of another audience"),
        ({"audience": "", "interest": embargoed}, "Choose the audience that has it"),
        (
            {"audience": chimp.audience.pk, "interest": chimp.there.interest("Weekly")},
            "Another newsletter is kept there",
        ),
        ({"audience": chimp.audience.pk, "interest": ""}, "An audience is kept for one newsletter as a whole"),
    ):
        answer = desk.post(url, form(press, **changed))
        assert told in answer.content.decode(), changed
    press.refresh_from_db()
    assert press.audience is None


def test_subscribers_are_told_of_where_their_newsletter_goes(
    desk: Person, reader: Reader, chimp: Chimp, weekly: NewsletterList
) -> None:
    reader.subscribe("weekly")
    chimp.push()
    morning = chimp.there.interest("Morning")
    assert desk.post(page("newsletters:edit", weekly.pk), form(weekly, interest=morning)).status_code == 302
    chimp.push()
    assert "Morning" in chimp.groups()


def test_what_is_saved_unchanged_tells_mailchimp_nothing(
    desk: Person, reader: Reader, chimp: Chimp, weekly: NewsletterList
) -> None:
    reader.subscribe("weekly")
    chimp.push()
    assert desk.post(page("newsletters:edit", weekly.pk), form(weekly, name_en="At sea")).status_code == 302
    assert chimp.contact().state == JobState.DONE


def test_a_mapping_that_is_gone_is_flagged_and_can_stay(desk: Person, chimp: Chimp, weekly: NewsletterList) -> None:
    Audience.objects.filter(pk=chimp.audience.pk).update(interests=[])
    assert "Gone at Mailchimp: choose another one" in html(desk, page("newsletters"))
    assert "does not have this newsletter" in html(desk, page("newsletters:inspect", weekly.pk))
    url = page("newsletters:edit", weekly.pk)
    assert f"Gone at Mailchimp: {weekly.interest}" in html(desk, url)
    assert desk.post(url, form(weekly, name_en="At sea")).status_code == 302
    weekly.refresh_from_db()
    assert weekly.name_en == "At sea"
    assert weekly.interest


def test_the_slug_stays(desk: Person, weekly: NewsletterList) -> None:
    assert desk.post(page("newsletters:edit", weekly.pk), form(weekly, slug="other")).status_code == 302
    weekly.refresh_from_db()
    assert weekly.slug == "weekly"


@pytest.mark.parametrize(("span", "periods"), [("quarter", 14), ("year", 13), ("all", 4), ("nonsense", 14)])
def test_growth_is_drawn_and_told_in_a_table(
    desk: Person, reader: Reader, weekly: NewsletterList, span: str, periods: int
) -> None:
    reader.subscribe("weekly")
    SubscriptionChange.objects.update(at=timezone.now().replace(day=15) - timedelta(days=91))
    reader.subscribe("weekly", email="ben@press.example")
    shown = html(desk, f"{page('newsletters:inspect', weekly.pk)}?span={span}", "fr")
    assert shown.split("<details>")[1].split("</details>")[0].count('<th scope="row">') == periods
    assert shown.count("<circle") == periods
    assert 'role="img"' in shown
    # No language puts a comma into a coordinate.
    points = shown.split('<polyline class="members" points="')[1].split('"')[0]
    assert all(len(pair.split(",")) == 2 for pair in points.split())


def test_a_newsletter_without_subscribers_has_a_page(desk: Person, weekly: NewsletterList) -> None:
    for span in ("quarter", "year", "all"):
        assert "0 members now" in html(desk, f"{page('newsletters:inspect', weekly.pk)}?span={span}")


def test_without_a_key_every_page_says_that_all_waits(desk: Person, weekly: NewsletterList, woken: list[str]) -> None:
    for name in ("newsletters", "newsletter_subscribers", "newsletter_refused", "newsletter_audiences"):
        assert "There is no key to Mailchimp" in html(desk, page(name)), name
    answer = desk.post(page("newsletter_audiences:read"), follow=True)
    assert "nothing can be read" in answer.content.decode()
    assert woken == []


def test_a_pause_is_told_with_its_reason(desk: Person, chimp: Chimp) -> None:
    assert "has not answered" not in html(desk, page("newsletters"))
    pauses.begin(Away("503 Service Unavailable"))
    told = html(desk, page("newsletter_audiences"))
    assert "Mailchimp has not answered since" in told
    assert "503 Service Unavailable" in told
    pauses.end()
    assert "has not answered" not in html(desk, page("newsletter_audiences"))


def test_audiences_are_shown_and_read_again(desk: Person, chimp: Chimp, woken: list[str]) -> None:
    chimp.settle()
    assert "Newsroom" in html(desk, page("newsletter_audiences"))
    shown = html(desk, page("newsletter_audiences:inspect", chimp.audience.pk))
    for told in ("Newsletters: Weekly", "FNAME", "both sides said the same", "The week at sea"):
        assert told in shown
    woken.clear()
    assert "being asked" in desk.post(page("newsletter_audiences:read"), follow=True).content.decode()
    assert woken == ["newsletter.tasks.compare"]
    tasks.compare()
    del chimp.double.account.audiences[chimp.id]
    read_audiences()
    assert "Gone at Mailchimp since" in html(desk, page("newsletter_audiences"))


def test_a_text_that_somebody_has_agreed_to_stays(desk: Person, reader: Reader, weekly: NewsletterList) -> None:
    reader.subscribe("weekly")
    text = ConsentText.objects.get()
    fields = {"version": "1", "text_en": "Anything.", "text_fr": "N’importe quoi."}
    answer = desk.post(page("newsletter_consents:edit", text.pk), fields, follow=True)
    assert "Write a new one" in answer.content.decode()
    desk.post(page("newsletter_consents:delete", text.pk))
    text.refresh_from_db()
    assert text.text_en != "Anything."
    assert desk.post(page("newsletter_consents:add"), fields | {"version": "2"}).status_code == 302
    assert ConsentText.in_force().version == "2"
    newest = ConsentText.in_force()
    assert desk.post(page("newsletter_consents:edit", newest.pk), fields | {"version": "2.1"}).status_code == 302
    assert ConsentText.in_force().version == "2.1"
    shown = html(desk, page("newsletter_consents"))
    assert "In force" in shown
    assert "Replaced" in shown
    assert "1 sign-up was confirmed with it" in html(desk, page("newsletter_consents:inspect", text.pk))
    desk.post(page("newsletter_consents:delete", newest.pk))
    assert ConsentText.in_force() == text


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_french_for_the_french(desk: Person, chimp: Chimp, name: str) -> None:
    shown = html(desk, page(name), "fr")
    assert "Lettres d\\u2019information" in shown  # the menu is JSON
    for english in ("Refused by", "Newsletter<", "Members", "Texts of", "no audience", "refuses nobody"):
        assert english not in shown, english


def test_the_groups_rights_can_be_given_to_others() -> None:
    person = Person("Newsletter")
    person.user.is_superuser = True
    person.user.save()
    shown = html(person, reverse("wagtailusers_groups:add"))
    for name in ("Can change newsletter", "Can add import", "Can change contact"):
        assert name.lower() in shown.lower()
