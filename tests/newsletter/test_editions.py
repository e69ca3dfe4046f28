"""Editions: when they go out, and that nothing goes out that is not public."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from delivery import stories
from delivery.clock import database_now
from delivery.models import Release
from delivery.schedule import publish_due
from home.mail.letters import write_letter
from home.models import Mail
from newsletter.editions.gathering import gather
from newsletter.editions.planning import call_back, put_as_draft, schedule
from newsletter.errors import EditionError
from newsletter.models import Campaign, Edition, EditionStory, NewsletterList, Plan, RemoteState
from tests.factories.newsroom import edit, make_editor, make_news, make_topic, story
from tests.newsletter.conftest import SECRET, Chimp
from tests.newsletter.editions import at_quarter, both, make_edition, planned_by_an_editor, there, work

pytestmark = pytest.mark.django_db


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
