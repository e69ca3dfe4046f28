"""A communications officer makes an edition in a real browser: stories, preview, schedule."""

from typing import TYPE_CHECKING

import pytest
from wagtail.users.models import UserProfile

from newsletter.models import Edition, NewsletterList, Plan
from newsletter.sync.audiences import read_audiences
from tests.e2e.test_newsroom import log_in, shoot
from tests.factories.newsroom import edit, make_editor, make_image, make_news, make_topic, make_translation

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.mailchimp.server import Double

pytestmark = [pytest.mark.timeout(300), pytest.mark.browser]


def test_an_edition(newsroom: str, browser_page: "Page", mailchimp: "Double", settings: object) -> None:
    from newsletter.models import Audience

    settings.MAILCHIMP_API_KEY, settings.MAILCHIMP_URL = mailchimp.key, mailchimp.api_url  # type: ignore[attr-defined]
    read_audiences()
    audience = Audience.objects.get(name="Newsroom")
    weekly = next(one["id"] for one in audience.interests if one["name"] == "Weekly")
    NewsletterList.objects.create(
        slug="weekly", name_en="The week at sea", name_fr="La semaine en mer", audience=audience, interest=weekly
    )
    user = make_editor("Newsletter", "nora")
    topic = make_topic("Rescue")
    make_translation_of = [
        ("Lifeboats out in the night", "Les canots de sauvetage en mer", "Two crews rowed out in force nine."),
        ("A harbour for the north", "Un port pour le nord", "The new harbour takes ships of up to 200 metres."),
        ("Ice charts, now every hour", "Des cartes des glaces toutes les heures", "For whoever sails beyond 70°."),
    ]
    for title, titre, summary in make_translation_of:
        story = make_news(title, summary=summary, hero_image=make_image(title, size=(1600, 900)))
        story.topics.add(topic)
        story.save_revision().publish()
        make_translation(story, titre, summary="Deux équipages ont pris la mer par force neuf.")
    edit(make_news("Only in English, so far"), summary="Its translation is on its way.")

    page = browser_page
    log_in(page, newsroom, "nora")
    page.goto(f"{newsroom}/admin/newsletter_editions/new/")
    page.select_option("#id_newsletter", label="The week at sea")
    page.fill("#id_title", "Week 48")
    page.fill("#id_subject_en", "Lifeboats, harbours and ice")
    page.fill("#id_subject_fr", "Canots, ports et glaces")
    page.fill("#id_preview_en", "The week in three stories")
    page.fill("#id_intro_en", "Good morning.\nA week of wind.")
    page.fill("#id_intro_fr", "Bonjour.\nUne semaine de vent.")
    page.get_by_label("Rescue").check()
    page.get_by_role("button", name="Add Story").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("row", name="Only in English").get_by_role("checkbox").check()
    dialog.get_by_role("row", name="A harbour").get_by_role("checkbox").check()
    shoot(page, "edition-chooser-en")
    dialog.get_by_role("button", name="Confirm selection").click()
    page.get_by_text("Only in English, so far").wait_for()
    shoot(page, "edition-form-en")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("heading", name="Week 48").first.wait_for()
    page.get_by_role("button", name="Gather new stories").click()
    page.get_by_text("2 stories came in.").wait_for()
    page.get_by_role("button", name="Send a test").click()
    page.get_by_text("A test is on its way").wait_for()
    page.get_by_role("button", name="Schedule").click()
    page.get_by_text("It goes out on").wait_for()
    for frame in page.locator("iframe").all():
        frame.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    page.set_viewport_size({"width": 1400, "height": 2600})
    shoot(page, "edition-en")
    assert Edition.objects.get().plan == Plan.SCHEDULED
    page.goto(f"{newsroom}/admin/newsletter_editions/")
    shoot(page, "editions-en")
    UserProfile.objects.update_or_create(user=user, defaults={"preferred_language": "fr"})
    page.goto(f"{newsroom}/admin/newsletter_editions/inspect/{Edition.objects.get().pk}/")
    shoot(page, "edition-fr")
