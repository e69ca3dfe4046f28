"""Editions: what their mails say, when they go out, and that nothing goes out that is not public."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from cms.local.installation import BASE_DIR
from delivery import stories
from delivery.clock import database_now
from delivery.models import Release
from delivery.schedule import publish_due
from home.mail.letters import write_letter
from home.models import Mail
from newsletter.editions.gathering import gather
from newsletter.editions.letters import letter_of
from newsletter.editions.planning import call_back, put_as_draft, schedule, send_test
from newsletter.editions.telling import tell_next
from newsletter.editions.watching import try_again, watch
from newsletter.errors import Away, EditionError, Refused
from newsletter.mailchimp import Mailchimp
from newsletter.models import Audience, Campaign, Edition, EditionStory, NewsletterList, Plan, RemoteState
from newsletter.sync.audiences import read_audiences
from tests.factories.newsroom import edit, make_editor, make_image, make_news, make_topic, make_translation, story
from tests.mailchimp.faults import Kind
from tests.mailchimp.state import MergeField
from tests.newsletter.conftest import ADA, SECRET, Chimp, Reader, last_mail, token_in
from tests.services import environment_on

pytestmark = pytest.mark.django_db
CARL = "carl@press.example"


def at_quarter(hours: int = 24) -> datetime:
    """A quarter of an hour, some hours ahead."""
    return (database_now() + timedelta(hours=hours)).replace(minute=15, second=0, microsecond=0)


def make_edition(weekly: NewsletterList, *pages: Any, **fields: Any) -> Edition:
    """An edition with these stories."""
    texts = {"subject_en": "Storms", "subject_fr": "Tempêtes", "title": "Week 48"} | fields
    edition = Edition.objects.create(newsletter=weekly, **texts)
    for place, page in enumerate(pages):
        EditionStory.objects.create(edition=edition, story=story(page), sort_order=place)
    return Edition.objects.get(pk=edition.pk)


def work() -> None:
    """A look, and all that follows from it."""
    watch()
    while tell_next():
        pass


def there(chimp: Chimp, language: str = "EN") -> Any:
    """Mailchimp's campaign in a language; None for none."""
    found = [one for one in chimp.double.account.campaigns.values() if f"· {language} [" in one.settings["title"]]
    assert len(found) <= 1, "a campaign was made twice"
    return found[0] if found else None


def both(title: str = "Storm", titre: str = "Tempête") -> Any:
    """A story that is public in both languages."""
    page = make_news(title, summary="Two crews rowed out.")
    make_translation(page, titre, summary="Deux équipages ont pris la mer.")
    return page


def test_a_mail_says_of_stories_what_is_published_in_its_order(weekly: NewsletterList) -> None:
    first, second = both("Storm", "Tempête"), both("Calm", "Calme")
    edition = make_edition(weekly, second, first, intro_en="Good morning.\nHere is the week.")
    letter = letter_of(edition, "en", for_mailchimp=True)
    assert letter.subject == "Storms"
    titles = re.findall(r"<h2[^>]*><a[^>]*>([^<]*)</a>", letter.html)
    assert titles == ["Calm", "Storm"]
    assert "Two crews rowed out." in letter.html
    assert "Here is the week." in letter.html
    assert letter.text.index("* Calm") < letter.text.index("* Storm")
    french = letter_of(edition, "fr", for_mailchimp=True)
    assert re.findall(r"<h2[^>]*><a[^>]*>([^<]*)</a>", french.html) == ["Calme", "Tempête"]
    assert 'lang="fr"' in french.html


def test_readers_can_leave_from_each_mail(weekly: NewsletterList) -> None:
    letter = letter_of(make_edition(weekly, both()), "en", for_mailchimp=True)
    assert 'href="*|UNSUB|*"' in letter.html
    assert "*|UNSUB|*" in letter.text
    assert "*|LIST:ADDRESSLINE|*" in letter.html


def test_what_a_story_says_is_no_tag_of_mailchimps(weekly: NewsletterList) -> None:
    page = make_news("Pay *|EMAIL|* now", summary="*|IFNOT:A|* <b>bold</b>")
    letter = letter_of(make_edition(weekly, page, subject_en="*|FNAME|*"), "en", for_mailchimp=True)
    for text in (letter.subject, letter.html, letter.text):
        assert not re.search(r"\*\|(EMAIL|IFNOT|FNAME)", text)
    assert "<b>" not in letter.html


def test_pictures_have_addresses_that_mail_programs_can_fetch(weekly: NewsletterList) -> None:
    page = make_news(hero_image=make_image(size=(2000, 1200)))
    html = letter_of(make_edition(weekly, page), "en", for_mailchimp=True).html
    found = re.search(r'<img[^>]* src="(https?://[^"]+)"', html)
    assert found is not None
    assert "jpeg" in found[1] or found[1].endswith(".jpg")


def test_a_story_without_a_translation_is_left_out_of_that_language_only(weekly: NewsletterList) -> None:
    edition = make_edition(weekly, both(), make_news("Only English"))
    assert "Only English" in letter_of(edition, "en", for_mailchimp=True).html
    assert "Only English" not in letter_of(edition, "fr", for_mailchimp=True).html


def test_an_embargoed_story_is_in_no_mail_and_no_test(weekly: NewsletterList) -> None:
    secret = make_news("Secret", publish=False)
    stories.change_embargo(story(secret), database_now() + timedelta(hours=2))
    secret.save_revision().publish()
    edition = make_edition(weekly, both(), secret)
    send_test(edition, "en", "desk@openseas.example")
    mail = Mail.objects.get(to="desk@openseas.example")
    letter = write_letter(mail.template, mail.language, mail.context)
    assert "Storm" in letter.html
    assert "Secret" not in letter.html + letter.text
    assert "*|" not in letter.html, "nobody fills in Mailchimp's tags in a test of ours"


def test_drafts_come_to_mailchimp_in_both_languages(chimp: Chimp, weekly: NewsletterList) -> None:
    edition = make_edition(weekly, both(), preview_en="And calm")
    put_as_draft(edition)
    work()
    english, french = there(chimp), there(chimp, "FR")
    assert english.status == french.status == "save"
    assert english.settings["subject_line"] == "Storms"
    assert english.settings["preview_text"] == "And calm"
    assert french.settings["subject_line"] == "Tempêtes"
    assert "Storm" in english.content["html"]
    assert "Tempête" in french.content["plain_text"]
    assert chimp.double.calls["POST /campaigns/{campaign_id}/actions/send"] == 0


def test_each_reader_gets_one_language(chimp: Chimp, reader: Reader, weekly: NewsletterList) -> None:
    reader.subscribe("weekly", locale="fr")
    reader.sign_up("weekly", email="bob@press.example", locale="en")
    reader.confirm(token_in(last_mail("bob@press.example")))
    chimp.push()
    chimp.double.person_signs_up(chimp.id, "other@press.example")
    schedule(make_edition(weekly, both()), at_quarter())
    work()
    chimp.double.clock.go_on(timedelta(days=2))
    chimp.double.campaigns.send_due()
    assert there(chimp, "FR").recipients == [ADA]
    assert there(chimp, "EN").recipients == ["bob@press.example"]


@pytest.mark.parametrize(
    ("kept", "french"),
    [("whole", {ADA, "carl@press.example"}), ("group", {ADA}), ("field", {ADA, "carl@press.example"})],
)
def test_who_speaks_canadian_french_gets_one_mail_and_the_french_one_where_mailchimp_can_tell(
    chimp: Chimp, reader: Reader, weekly: NewsletterList, kept: str, french: set[str]
) -> None:
    if kept == "whole":
        chimp.keep(weekly)
    if kept == "field":
        chimp.there.merge_fields["LANG"] = MergeField(9, "LANG", "Language", "text")
        read_audiences()
        Audience.objects.update(language_field="LANG")
        chimp.audience.refresh_from_db()
    everybody = {ADA: "fr", "bob@press.example": "en", CARL: "fr"}
    for email, locale in everybody.items():
        reader.sign_up("weekly", email=email, locale=locale)
        reader.confirm(token_in(last_mail(email)))
    chimp.push()
    chimp.double.account.change(chimp.there, chimp.there.member(CARL), "user", language="fr_CA")
    put_as_draft(make_edition(NewsletterList.objects.get(pk=weekly.pk), both()))
    work()
    for mail in (there(chimp, "FR"), there(chimp, "EN")):
        chimp.double.campaigns.go_out(mail)
    assert set(there(chimp, "FR").recipients) == french
    assert set(there(chimp, "EN").recipients) == everybody.keys() - french


def test_a_newsletter_in_one_language_has_one_mail(chimp: Chimp, weekly: NewsletterList) -> None:
    weekly.language = "fr"
    weekly.save()
    put_as_draft(make_edition(weekly, both(), subject_en=""))
    work()
    assert there(chimp) is None
    assert there(chimp, "FR").segment_opts["conditions"][0]["condition_type"] == "Interests"
    assert len(there(chimp, "FR").segment_opts["conditions"]) == 1


def test_a_newsletter_that_is_a_tag_goes_to_those_who_have_it(
    chimp: Chimp, reader: Reader, weekly: NewsletterList
) -> None:
    chimp.there.tags["Journalists"] = 77
    read_audiences()
    weekly.audience = Audience.objects.get(pk=chimp.audience.pk)
    weekly.interest, weekly.tag = "", "Journalists"
    weekly.full_clean()
    weekly.save()
    reader.subscribe("weekly")
    chimp.push()
    chimp.double.person_signs_up(chimp.id, "other@press.example")
    put_as_draft(make_edition(weekly, both()))
    work()
    chimp.double.campaigns.go_out(there(chimp))
    assert there(chimp).recipients == [ADA]


def test_mails_lead_to_the_readers_own_page(chimp: Chimp, weekly: NewsletterList) -> None:
    chimp.there.merge_fields["PREFS"] = MergeField(9, "PREFS", "Preferences", "url")
    read_audiences()
    Audience.objects.update(preferences_field="PREFS")
    edition = Edition.objects.get(pk=make_edition(weekly, both()).pk)
    assert 'href="*|PREFS|*"' in letter_of(edition, "en", for_mailchimp=True).html


def test_it_is_scheduled_and_what_went_out_is_known(chimp: Chimp, weekly: NewsletterList) -> None:
    at = at_quarter()
    edition = make_edition(weekly, both())
    schedule(edition, at)
    work()
    assert there(chimp).status == "schedule"
    assert datetime.fromisoformat(there(chimp).send_time) == at
    chimp.double.clock.go_on(timedelta(days=2))
    chimp.double.campaigns.send_due()
    chimp.double.webhooks.deliver()
    work()
    campaign = Campaign.objects.get(edition=edition, language="en")
    assert (campaign.remote_state == RemoteState.SENT and campaign.sent_at == at) or campaign.sent_at
    with pytest.raises(EditionError):
        call_back(edition)


def test_nothing_is_told_twice(chimp: Chimp, weekly: NewsletterList) -> None:
    schedule(make_edition(weekly, both()), at_quarter())
    work()
    before = sum(chimp.double.calls.values())
    work()
    assert sum(chimp.double.calls.values()) == before


def test_an_edit_before_it_goes_out_is_in_the_mail_and_makes_no_other(chimp: Chimp, weekly: NewsletterList) -> None:
    page, at = both(), at_quarter()
    schedule(make_edition(weekly, page), at)
    work()
    edit(page, title="Great storm", change_kind="small_edit")
    work()
    assert "Great storm" in there(chimp).content["html"]
    assert there(chimp).status == "schedule"
    assert datetime.fromisoformat(there(chimp).send_time) == at


def test_an_edit_after_it_went_out_sends_nothing(chimp: Chimp, weekly: NewsletterList) -> None:
    page = both()
    schedule(make_edition(weekly, page), at_quarter())
    work()
    chimp.double.clock.go_on(timedelta(days=2))
    chimp.double.campaigns.send_due()
    chimp.double.webhooks.deliver()
    work()
    edit(page, title="Great storm", change_kind="update")
    work()
    assert len(chimp.double.account.campaigns) == 2
    assert "Great storm" not in there(chimp).content["html"]


@pytest.mark.parametrize("act", ["withdraw", "embargo", "unpublish"])
def test_what_the_public_may_not_read_any_more_does_not_go_out(chimp: Chimp, weekly: NewsletterList, act: str) -> None:
    editor = make_editor()
    page, other = both(), both("Calm", "Calme")
    edition = make_edition(weekly, other, page)
    Edition.objects.filter(pk=edition.pk).update(made_by=editor)
    schedule(edition, at_quarter())
    work()
    assert there(chimp).status == "schedule"
    match act:
        case "withdraw":
            stories.withdraw(story(page), reason="Wrong")
        case "embargo":
            stories.change_embargo(story(page), database_now() + timedelta(days=3))
        case "unpublish":
            for one in page.get_translations(inclusive=True):
                one.specific.unpublish()
    work()
    assert not chimp.double.account.campaigns, "nobody at Mailchimp can send it by hand"
    assert set(Campaign.objects.values_list("is_held", flat=True)) == {True}
    assert Mail.objects.filter(to=editor.email, template="newsletter_edition_held").count() == 2
    EditionStory.objects.filter(edition=edition, story=story(page)).delete()
    work()
    assert there(chimp).status == "schedule"
    assert "Storm<" not in there(chimp).content["html"]


def test_an_embargo_that_ends_before_keeps_it_here_until_then(chimp: Chimp, weekly: NewsletterList) -> None:
    page = make_news("Secret", publish=False)
    stories.change_embargo(story(page), database_now() + timedelta(hours=2))
    page.save_revision().publish()
    edition = make_edition(weekly, both(), page)
    schedule(edition, at_quarter(24))
    work()
    assert there(chimp) is None
    stories.change_embargo(story(page), None)
    publish_due()
    work()
    assert there(chimp).status == "schedule"
    assert "Secret" in there(chimp).content["html"]


@pytest.mark.parametrize("act", ["withdrawn", "embargoed", "draft", "no subject", "empty"])
def test_what_may_not_go_out_is_refused_with_the_reason(weekly: NewsletterList, chimp: Chimp, act: str) -> None:
    page = make_news("Secret", publish=False)
    edition = make_edition(weekly, *([] if act == "empty" else [both(), *([page] if act != "no subject" else [])]))
    match act:
        case "withdrawn":
            page.save_revision().publish()
            stories.withdraw(story(page), reason="Wrong")
        case "embargoed":
            stories.change_embargo(story(page), database_now() + timedelta(days=30))
            page.save_revision().publish()
        case "no subject":
            edition.subject_fr = " "
    with pytest.raises(EditionError) as refused:
        schedule(edition, at_quarter())
    assert refused.value.hindrances
    work()
    assert not chimp.double.account.campaigns


@pytest.mark.parametrize("minutes", [-60, 1, 67, 60 * 24 * 400])
def test_times_that_mailchimp_does_not_know_are_refused(weekly: NewsletterList, chimp: Chimp, minutes: int) -> None:
    with pytest.raises(EditionError):
        schedule(make_edition(weekly, both()), database_now().replace(minute=0, second=0) + timedelta(minutes=minutes))


def test_it_can_be_called_back(chimp: Chimp, weekly: NewsletterList) -> None:
    edition = make_edition(weekly, both())
    schedule(edition, at_quarter())
    work()
    call_back(edition)
    work()
    assert not chimp.double.account.campaigns
    schedule(edition, at_quarter(48))
    work()
    assert there(chimp).status == "schedule"


CALLS = [
    "GET /campaigns",
    "POST /campaigns",
    "PATCH /campaigns/*",
    "PUT /campaigns/*/content",
    "POST /campaigns/*/actions/schedule",
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("kind", "acts"),
    [(Kind.ERROR, False), (Kind.EMPTY, True), (Kind.DROP, False), (Kind.DROP, True), (Kind.TOO_MANY, False)],
)
def test_whatever_fails_at_any_step_it_is_there_once_in_the_end(
    chimp: Chimp, weekly: NewsletterList, call: str, kind: Kind, acts: bool
) -> None:
    chimp.double.faults.plan(kind, on=call, acts=acts, times=2)
    edition = make_edition(weekly, both())
    schedule(edition, at_quarter())
    for _round in range(6):
        try:
            work()
        except Away:
            cache.clear()
            Campaign.objects.update(due_at=database_now())
    assert there(chimp).status == there(chimp, "FR").status == "schedule"
    assert set(Campaign.objects.values_list("state", flat=True)) == {"done"}


def test_what_may_not_go_out_is_taken_back_though_mailchimp_failed_just_now(
    chimp: Chimp, weekly: NewsletterList
) -> None:
    page = both()
    schedule(make_edition(weekly, page), at_quarter())
    work()
    stories.withdraw(story(page), reason="Wrong")
    chimp.double.faults.plan(Kind.ERROR, on="POST /campaigns/*/actions/unschedule")
    assert watch() is True
    with pytest.raises(Away):
        tell_next()
    assert watch() is True, "it does not wait for the end of the pause"
    while tell_next():
        pass
    assert not chimp.double.account.campaigns


def test_what_somebody_deleted_at_mailchimp_is_not_made_again_by_itself(chimp: Chimp, weekly: NewsletterList) -> None:
    page = both()
    put_as_draft(make_edition(weekly, page))
    work()
    chimp.double.account.campaigns.clear()
    edit(page, title="Great storm")
    work()
    assert there(chimp) is None
    campaign = Campaign.objects.get(language="en")
    assert campaign.refusal == "Deleted at Mailchimp"
    try_again(campaign)
    work()
    assert "Great storm" in there(chimp).content["html"]


def test_a_draft_that_was_scheduled_at_mailchimp_stays_so(chimp: Chimp, weekly: NewsletterList) -> None:
    page, at = both(), at_quarter()
    put_as_draft(make_edition(weekly, page))
    work()
    campaign = there(chimp)
    campaign.status, campaign.send_time = "schedule", at.isoformat()
    edit(page, title="Great storm")
    work()
    assert there(chimp).status == "schedule"
    assert datetime.fromisoformat(there(chimp).send_time) == at
    assert "Great storm" in there(chimp).content["html"]


def test_what_mailchimp_refuses_is_parked_with_its_word(chimp: Chimp, weekly: NewsletterList) -> None:
    put_as_draft(make_edition(weekly, both()))
    chimp.double.account.audiences[chimp.id].categories.clear()
    work()
    campaign = Campaign.objects.get(language="en")
    assert campaign.state == "failed"
    assert campaign.refusal
    assert campaign.error
    before = sum(chimp.double.calls.values())
    work()
    assert sum(chimp.double.calls.values()) == before, "it is not asked for ever"


def test_everything_on_the_topics_since_the_last_edition(weekly: NewsletterList) -> None:
    rescue, other = make_topic(), make_topic("Ice")
    old = both("Old", "Vieux")
    old.topics.add(rescue)
    old.save_revision().publish()
    last = make_edition(weekly, old, plan=Plan.DRAFT)
    missed = both("Missed", "Manqué")
    missed.topics.add(rescue)
    missed.save_revision().publish()
    elsewhere = both("Elsewhere", "Ailleurs")
    elsewhere.topics.add(other)
    elsewhere.save_revision().publish()
    Edition.objects.filter(pk=last.pk).update(prepared_since=database_now() - timedelta(minutes=1))
    edition = make_edition(weekly)
    edition.topics.add(rescue)
    edition.save()
    edit(old, title="Old, edited", change_kind="update")
    assert gather(edition) == 1
    assert list(edition.stories.values_list("story", flat=True)) == [missed.translation_key]
    assert gather(edition) == 0


def test_an_edition_needs_no_key(weekly: NewsletterList, chimp: Chimp, settings: Any) -> None:
    edition = make_edition(weekly, both())
    schedule(edition, at_quarter())
    key, settings.MAILCHIMP_API_KEY = settings.MAILCHIMP_API_KEY, ""
    from newsletter.tasks import watch_editions

    watch_editions()
    settings.MAILCHIMP_API_KEY = key
    watch_editions()
    assert there(chimp).status == "schedule"


def test_a_webhook_of_a_campaign_is_taken(chimp: Chimp) -> None:
    form = {"type": "campaign", "data[id]": "nobody", "data[list_id]": chimp.id, "data[status]": "sent"}
    assert Client().post(f"/hooks/mailchimp/{SECRET}/", form).status_code == 200


def test_languages_that_go_out_together_wait_for_one_another(chimp: Chimp, weekly: NewsletterList) -> None:
    page = make_news("Together", publish=False)
    one = story(page)
    one.release = Release.TOGETHER
    one.save()
    page.save_revision().publish()
    edition = make_edition(weekly, both(), page)
    with pytest.raises(EditionError):
        put_as_draft(edition)


def test_a_language_that_was_held_back_can_go_out_later(chimp: Chimp, weekly: NewsletterList) -> None:
    edition = make_edition(weekly, both())
    put_as_draft(edition)
    work()
    Edition.objects.filter(pk=edition.pk).update(subject_fr="")
    work()
    assert there(chimp, "FR") is None
    chimp.double.campaigns.go_out(there(chimp))
    chimp.double.webhooks.deliver()
    work()
    Edition.objects.filter(pk=edition.pk).update(subject_fr="Tempêtes")
    schedule(Edition.objects.get(pk=edition.pk), at_quarter())
    work()
    assert there(chimp).status == "sent"
    assert there(chimp, "FR").status == "schedule"


def test_a_newsletter_that_has_one_language_now_sends_no_other(chimp: Chimp, weekly: NewsletterList) -> None:
    put_as_draft(make_edition(weekly, both()))
    work()
    weekly.language = "fr"
    weekly.save()
    work()
    assert there(chimp) is None
    assert there(chimp, "FR").status == "save"


def planned_by_an_editor(edition: Edition) -> str:
    """Somebody has planned it; the address."""
    editor = make_editor()
    Edition.objects.filter(pk=edition.pk).update(made_by=editor)
    return editor.email


def test_who_unschedules_it_at_mailchimp_is_heard_and_who_planned_it_told(chimp: Chimp, weekly: NewsletterList) -> None:
    edition = make_edition(weekly, both())
    to = planned_by_an_editor(edition)
    schedule(edition, at_quarter())
    work()
    there(chimp).status = "save"
    Campaign.objects.update(due_at=database_now() - timedelta(hours=1))
    work()
    work()
    assert there(chimp).status == "save"
    assert Mail.objects.filter(to=to).count() == 1
    try_again(Campaign.objects.get(language="en"))
    work()
    assert there(chimp).status == "schedule"


def test_another_time_chosen_at_mailchimp_stays_so_through_a_small_edit(chimp: Chimp, weekly: NewsletterList) -> None:
    page = both()
    edition = make_edition(weekly, page)
    schedule(edition, at_quarter())
    work()
    later = at_quarter(30)
    there(chimp).send_time = later.isoformat()
    edit(page, title="Great storm", change_kind="small_edit")
    work()
    assert "Great storm" in there(chimp).content["html"]
    assert datetime.fromisoformat(there(chimp).send_time) == later
    schedule(edition, at_quarter(48))
    work()
    assert datetime.fromisoformat(there(chimp).send_time) == at_quarter(48)


def test_what_mailchimp_refuses_to_take_back_is_tried_until_it_does(
    chimp: Chimp, weekly: NewsletterList, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = both()
    edition = make_edition(weekly, page)
    to = planned_by_an_editor(edition)
    schedule(edition, at_quarter())
    work()
    stories.withdraw(story(page), reason="Wrong")
    for name in ("unschedule_campaign", "delete_campaign"):
        monkeypatch.setattr(Mailchimp, name, refusing)
    for _time in range(3):
        watch()
        tell_next()
        tell_next()
    assert there(chimp).status == "schedule"
    assert Mail.objects.filter(to=to).count() == 2, "once for each language"
    monkeypatch.undo()
    work()
    assert not chimp.double.account.campaigns


def refusing(*_arguments: Any) -> None:
    """Mailchimp says no."""
    raise Refused(400, "Bad Request", "Not now.")


def test_who_planned_it_is_told_when_an_embargo_outlasts_its_time(chimp: Chimp, weekly: NewsletterList) -> None:
    page = make_news("Secret", publish=False)
    stories.change_embargo(story(page), database_now() + timedelta(hours=2))
    page.save_revision().publish()
    edition = make_edition(weekly, both(), page)
    to = planned_by_an_editor(edition)
    schedule(edition, at_quarter())
    work()
    assert not Mail.objects.filter(to=to).exists()
    stories.change_embargo(story(page), database_now() + timedelta(days=9))
    Edition.objects.filter(pk=edition.pk).update(send_at=database_now() - timedelta(minutes=1))
    work()
    work()
    told = [write_letter(mail.template, mail.language, mail.context).text for mail in Mail.objects.filter(to=to)]
    assert len(told) == 2, "once for each language"
    assert "Secret: A story is under embargo until" in told[0]
    assert f"/newsletter_editions/inspect/{edition.pk}/" in told[0]


def test_a_newsletter_that_has_both_languages_now_sends_both(chimp: Chimp, weekly: NewsletterList) -> None:
    weekly.language = "fr"
    weekly.save()
    schedule(make_edition(weekly, both()), at_quarter())
    work()
    assert there(chimp) is None
    weekly.language = ""
    weekly.save()
    work()
    work()
    assert there(chimp).status == there(chimp, "FR").status == "schedule"
    assert len(there(chimp, "FR").segment_opts["conditions"]) == 2


def test_a_time_that_passed_meanwhile_sends_nothing_late(chimp: Chimp, weekly: NewsletterList) -> None:
    edition = make_edition(weekly, both())
    schedule(edition, at_quarter())
    Edition.objects.filter(pk=edition.pk).update(send_at=database_now() - timedelta(hours=1))
    work()
    assert not chimp.double.account.campaigns
    assert set(Campaign.objects.values_list("refusal", flat=True)) == {"Time is over"}
    schedule(edition, at_quarter())
    work()
    assert there(chimp).status == "schedule"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("call", CALLS[1:])
def test_a_worker_that_is_killed_after_a_call_makes_nothing_twice(
    chimp: Chimp, weekly: NewsletterList, call: str
) -> None:
    schedule(make_edition(weekly, both()), at_quarter())
    fault = chimp.double.faults.plan(Kind.SLOW, on=call, seconds=30)
    code = "import django; django.setup(); from newsletter.editions.telling import tell_next; tell_next()"
    environment = environment_on(str(connection.settings_dict["NAME"])) | {
        "MAILCHIMP_API_KEY": chimp.double.key,
        "MAILCHIMP_URL": chimp.double.api_url,
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", code], cwd=BASE_DIR, env=environment, start_new_session=True, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 60
    while not fault.happened:
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(0.3)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    Campaign.objects.filter(state="running").update(leased_until=database_now() - timedelta(seconds=1))
    cache.clear()
    work()
    assert there(chimp).status == there(chimp, "FR").status == "schedule"
    assert there(chimp).content["html"]
