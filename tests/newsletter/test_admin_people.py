"""People in the admin: found, shown, unsubscribed or erased on request; and whom Mailchimp refuses."""

import pytest
from django.urls import reverse
from wagtail.models import ModelLogEntry

from jobs.models import JobState
from newsletter import tasks
from newsletter.models import NewsletterList, SignUp, Subscriber
from tests.admin.conftest import Person, migrations_table
from tests.newsletter.conftest import ADA, Chimp, Reader
from tests.newsletter.desk import desk, html, page, refuse, woken

__all__ = ["desk", "migrations_table", "woken"]

pytestmark = pytest.mark.django_db


def test_who_is_refused_is_told_with_the_reason_in_words(desk: Person, reader: Reader, chimp: Chimp) -> None:
    reader.subscribe("weekly")
    refuse(chimp.contact(), "Forgotten Email Not Subscribed")
    shown = html(desk, page("newsletter_refused"))
    for told in (ADA, "Newsroom", "They were deleted for ever at Mailchimp", "Subscribe: the person confirmed it"):
        assert told in shown
    assert "Cette personne" in html(desk, page("newsletter_refused"), "fr")
    assert ADA not in html(desk, f"{page('newsletter_refused')}?q=ben")
    assert ADA in html(desk, f"{page('newsletter_refused')}?list={NewsletterList.objects.get().pk}")


def test_an_address_that_mailchimp_does_not_believe_in_is_told_in_words_and_what_it_said_once(
    desk: Person, reader: Reader, chimp: Chimp
) -> None:
    reader.subscribe("weekly")
    said = f"{ADA} looks fake or invalid, please enter a real email address."
    chimp.double.faults.refuse(ADA, said)
    chimp.push()
    shown = html(desk, page("newsletter_refused"), "fr")
    assert "Mailchimp n’accepte pas" in shown
    assert shown.count("looks fake or invalid") == 1


def test_who_is_tried_again_is_pushed(desk: Person, reader: Reader, chimp: Chimp, woken: list[str]) -> None:
    reader.subscribe("weekly")
    chimp.double.faults.refuse(ADA, "She is not welcome.")
    chimp.push()
    contact = chimp.contact()
    assert contact.state == JobState.FAILED
    desk.post(page("newsletter_refused:again", contact.pk))
    assert woken[-1] == "newsletter.tasks.push_contacts"
    tasks.push_contacts(chimp.audience.pk)
    assert chimp.contact().state == JobState.FAILED
    chimp.double.faults.clear()
    assert "tried again now" in desk.post(page("newsletter_refused:again", contact.pk), follow=True).content.decode()
    tasks.push_contacts(chimp.audience.pk)
    assert chimp.contact().state == JobState.DONE
    assert chimp.status() == "subscribed"
    told = desk.post(page("newsletter_refused:again", contact.pk), follow=True).content.decode()
    assert "does not refuse this person any more" in told


def test_many_are_tried_again_at_once(desk: Person, reader: Reader, chimp: Chimp) -> None:
    people = [ADA, "ben@press.example", "cleo@press.example"]
    for email in people:
        reader.subscribe("weekly", email=email)
        refuse(chimp.contact(email))
    keys = [chimp.contact(email).pk for email in people[:2]]
    url = f"{reverse('wagtail_bulk_action', args=['newsletter', 'contact', 'try_again'])}?id={keys[0]}&id={keys[1]}"
    asked = html(desk, url)
    assert "ben@press.example" in asked
    assert "cleo@press.example" not in asked
    answer = desk.post(f"{url}&next={page('newsletter_refused')}", follow=True)
    assert "2 are tried again now" in answer.content.decode()
    chimp.push()
    assert [chimp.status(email) for email in people] == ["subscribed", "subscribed", ""]


def test_who_may_only_see_tries_nothing_again(reader: Reader, chimp: Chimp) -> None:
    from cms.groups import permission

    reader.subscribe("weekly")
    contact = refuse(chimp.contact())
    guest = Person("Editors")
    guest.user.user_permissions.add(permission("newsletter.view_contact"))
    assert "Try again" not in html(guest, page("newsletter_refused"))
    guest.post(page("newsletter_refused:again", contact.pk))
    assert chimp.contact().state == JobState.FAILED


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=ada", {ADA}),
        ("language=fr", {"ben@press.example"}),
        ("list=weekly", {ADA, "ben@press.example"}),
        ("list=weekly&state=active", {"ben@press.example"}),
        ("list=weekly&state=left", {ADA}),
        ("list=press&state=active", {ADA}),
        ("state=refused", set()),
        ("list=weekly&state=waiting", set()),
    ],
)
def test_subscribers_are_found(
    desk: Person, reader: Reader, weekly: NewsletterList, press: NewsletterList, asked: str, found: set[str]
) -> None:
    token = reader.subscribe("weekly", "press")
    reader.post("preferences/", {"token": token, "lists": ["press"]})
    reader.subscribe("weekly", email="ben@press.example", locale="fr")
    for one in (weekly, press):
        asked = asked.replace(f"list={one.slug}", f"list={one.pk}")
    answer = desk.get(f"{page('newsletter_subscribers')}?{asked}")
    assert {one.email for one in answer.context["object_list"]} == found


def test_a_persons_page_has_the_proof_and_how_they_stand(desk: Person, reader: Reader, chimp: Chimp) -> None:
    reader.subscribe("weekly")
    chimp.push()
    shown = html(desk, page("newsletter_subscribers:inspect", Subscriber.objects.get().pk))
    for told in ("The week at sea", "192.0.2.0/24", "Text of consent, version 1", "The person, here", "In step"):
        assert told in shown


def test_somebody_is_unsubscribed_on_request(
    desk: Person, reader: Reader, chimp: Chimp, weekly: NewsletterList, press: NewsletterList
) -> None:
    chimp.keep(press, "Morning")
    token = reader.subscribe("weekly", "press")
    chimp.push()
    person = Subscriber.objects.get()
    url = page("newsletter_subscribers:unsubscribe", person.pk)
    asked = html(desk, f"{url}?list={press.pk}")
    assert "Press briefings" in asked
    assert "The week at sea" not in asked
    desk.post(f"{url}?list={press.pk}")
    assert reader.gets(token) == ["weekly"]
    desk.post(url)
    chimp.push()
    assert reader.gets(token) == []
    assert chimp.status() == "unsubscribed"
    assert set(person.subscriptions.values_list("changed_by", flat=True)) == {"newsroom"}
    assert not ModelLogEntry.objects.filter(label__contains=ADA).exists()


def test_somebody_is_erased_on_request_and_the_log_keeps_no_address(desk: Person, reader: Reader, chimp: Chimp) -> None:
    reader.subscribe("weekly")
    chimp.push()
    url = page("newsletter_subscribers:delete", Subscriber.objects.get().pk)
    assert "for ever" in html(desk, url)
    desk.post(url)
    chimp.push()
    assert not Subscriber.objects.exists()
    assert not SignUp.objects.exists()
    assert chimp.status() == ""
    entry = ModelLogEntry.objects.get(action="newsletter.erase")
    assert "@" not in entry.label
