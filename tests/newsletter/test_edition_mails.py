"""Mails of editions: what they say, and who gets which."""

import re
from datetime import timedelta

import pytest

from delivery import stories
from delivery.clock import database_now
from home.mail.letters import write_letter
from home.models import Mail
from newsletter.editions.letters import letter_of
from newsletter.editions.planning import put_as_draft, schedule, send_test
from newsletter.models import Audience, Edition, NewsletterList
from newsletter.sync.audiences import read_audiences
from tests.factories.newsroom import make_image, make_news, story
from tests.mailchimp.state import MergeField
from tests.newsletter.conftest import ADA, Chimp, Reader, last_mail, token_in
from tests.newsletter.editions import at_quarter, both, make_edition, there, work

pytestmark = pytest.mark.django_db
CARL = "carl@press.example"


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
