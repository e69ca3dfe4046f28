"""The report "Mails": who sees it, what it tells, and a mail that failed is tried again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from home.models import Mail
from jobs.models import JobState
from tests.mail.conftest import TO, post_code, post_notice

pytestmark = pytest.mark.django_db
REPORT = "mails_report"


@pytest.fixture
def administrator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("chief", email="chief@openseas.example"))
    return client


def failed(mail: Mail, **fields: Any) -> Mail:
    values = {"state": JobState.FAILED, "attempts": 3, "error": "SMTPRecipientsRefused: no such person"}
    Mail.objects.filter(pk=mail.pk).update(**values | fields)
    return mail


def test_only_administrators_see_mails(log_in: Callable[[str], Client], administrator: Client) -> None:
    mail = failed(post_notice())
    for group in ("Senior editors", "Media desk", "Newsletter"):
        client = log_in(group)
        assert client.get(reverse(REPORT)).status_code == 302, group
        assert client.post(reverse("try_mail_again", args=[mail.pk])).status_code == 302, group
        assert reverse(REPORT) not in client.get(reverse("wagtailadmin_home")).content.decode(), group
    assert Mail.objects.get().state == JobState.FAILED
    assert administrator.get(reverse(REPORT)).status_code == 200
    assert reverse(REPORT) in administrator.get(reverse("wagtailadmin_home")).content.decode()


def test_what_failed_comes_first_with_its_reason_and_no_mail_shows_its_code(administrator: Client) -> None:
    broken = failed(post_notice())
    waiting = post_code("482913")
    response = administrator.get(reverse(REPORT))
    assert [row.pk for row in response.context["object_list"]] == [broken.pk, waiting.pk]
    page = response.content.decode()
    assert "no such person" in page
    assert TO in page
    assert "482913" not in page


def test_mails_are_found_by_their_state_and_address(administrator: Client) -> None:
    failed(post_notice())
    waiting = post_code()
    for query, found in (({"state": "queued"}, [waiting.pk]), ({"to": "nobody"}, []), ({"to": "GAZETTE"}, None)):
        rows = [row.pk for row in administrator.get(reverse(REPORT), query).context["object_list"]]
        assert rows == found if found is not None else len(rows) == 2


def test_a_mail_that_failed_is_tried_again(administrator: Client) -> None:
    mail = failed(post_notice())
    url = reverse("try_mail_again", args=[mail.pk])
    assert url in administrator.get(reverse(REPORT)).content.decode()
    assert "It is tried again now" in administrator.post(url, follow=True).content.decode()
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.error) == (JobState.QUEUED, 0, "")
    assert "not among those" in administrator.post(url, follow=True).content.decode()
    assert administrator.get(url).status_code == 405


def test_a_code_that_failed_is_not_sent_late(administrator: Client) -> None:
    mail = failed(post_code())
    url = reverse("try_mail_again", args=[mail.pk])
    assert url not in administrator.get(reverse(REPORT)).content.decode()
    assert "not among those" in administrator.post(url, follow=True).content.decode()
    assert Mail.objects.get().state == JobState.FAILED


def test_kinds_of_mails_are_told_in_the_readers_words(administrator: Client) -> None:
    mail = post_code()
    told = administrator.get(reverse(REPORT), headers={"accept-language": "fr"}).content.decode()
    assert "Votre code pour un compte" in told
    assert mail.template not in told
