"""A mail on its way to a server that takes it, refuses it, is silent, or is not there."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from home.mail import letters, sending
from home.mail.renewals import Renewal
from home.mail.sending import send_next
from home.mail.sweep import forget, sweep
from home.models import Mail
from jobs import lease
from jobs.models import JobState
from tests.mail.conftest import TO, post_code, post_notice, time_passes
from tests.mail.postoffice import HANG_UP, PostOffice

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=15)


def row() -> Mail:
    return Mail.objects.get()


def text_in(message: Any) -> str:
    return str(message.get_body(("plain",)).get_content())


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Enter this code"), ("fr", "saisissez ce code sur le site\u00a0:")]
)
def test_a_mail_arrives_once_in_its_language(office: PostOffice, language: str, words: str) -> None:
    posted = post_code(language=language)
    assert send_next() == posted
    assert send_next() is None
    [message] = office.taken
    assert message["To"] == TO
    assert message["Message-ID"] == posted.message_id
    assert words in text_in(message)
    html = message.get_body(("html",))
    assert html is not None
    assert words in html.get_content().replace("&nbsp;", "\u00a0")


def test_while_the_server_is_away_a_mail_is_tried_with_growing_pauses_and_then_arrives_once(
    office: PostOffice,
) -> None:
    posted = post_notice()
    office.close()
    pauses = []
    for _attempt in range(8):
        send_next()
        pauses.append(round((row().due_at - timezone.now()).total_seconds()))
        assert send_next() is None, "nobody hurries"
        time_passes()
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (10, 120)
    assert row().state == JobState.QUEUED
    office.open()
    send_next()
    time_passes()
    assert send_next() is None
    assert [message["Message-ID"] for message in office.taken] == [posted.message_id]


def test_a_mail_that_no_server_takes_for_a_day_has_failed_and_the_newsroom_is_told(
    office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    post_code()
    office.close()
    hours = Mail.most_attempts * lease.LONGEST_PAUSE_SECONDS / 3600
    assert 23 < hours < 25
    Mail.objects.update(attempts=Mail.most_attempts - 1)
    with caplog.at_level(logging.ERROR, "home"):
        send_next()
    assert (row().state, row().context) == (JobState.FAILED, {})
    assert "ConnectionRefusedError" in row().error
    assert "has failed for good" in caplog.text


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["450 come back", "421 overloaded", HANG_UP])
def test_a_server_that_cannot_now_is_asked_again(office: PostOffice, command: str, answer: str) -> None:
    posted = post_code()
    office.answers[command] = [answer]
    send_next()
    assert row().state == JobState.QUEUED
    assert not office.taken
    time_passes()
    send_next()
    assert row().state == JobState.DONE
    # By this receivers drop one of two, where the server had taken it before it hung up.
    assert {message["Message-ID"] for message in office.saw} == {posted.message_id}
    assert len(office.taken) == 1


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_what_is_refused_for_good_fails_at_once(
    office: PostOffice, command: str, caplog: pytest.LogCaptureFixture
) -> None:
    post_code()
    office.answers[command] = ["550 5.1.1 no such person"]
    with caplog.at_level(logging.ERROR, "home"):
        send_next()
    assert (row().state, row().attempts, row().context) == (JobState.FAILED, 1, {})
    assert "no such person" in row().error
    assert "no such person" in caplog.text
    time_passes()
    assert send_next() is None


def test_a_sender_who_is_refused_is_the_newsrooms_to_mend_and_no_mail_is_lost(office: PostOffice) -> None:
    post_code()
    office.answers["MAIL"] = ["550 sender not allowed"]
    send_next()
    assert row().state == JobState.QUEUED
    time_passes()
    send_next()
    assert len(office.taken) == 1


def test_a_server_that_is_silent_is_not_waited_for_for_ever(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ANSWER_SECONDS", 0.2)
    post_code()
    office.answers["RCPT"] = [1.0]
    send_next()
    assert row().state == JobState.QUEUED
    time_passes()
    send_next()
    assert len(office.taken) == 1


def test_a_server_that_thinks_for_long_gets_the_mail_once(office: PostOffice, settings: Any) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    post_code()
    office.answers["DATA"] = [1.0]
    send_next()
    assert row().state == JobState.DONE
    assert len(office.saw) == 1


@pytest.mark.parametrize("goodbye", [HANG_UP, "500 what"])
def test_a_mail_that_was_taken_is_not_sent_again_for_a_bad_goodbye(office: PostOffice, goodbye: str) -> None:
    post_code()
    office.answers["QUIT"] = [goodbye]
    send_next()
    assert row().state == JobState.DONE
    time_passes()
    assert send_next() is None
    assert len(office.taken) == 1


def test_a_code_that_ran_out_is_replaced_by_a_new_one(office: PostOffice, renewed_by: Callable[[Renewal], str]) -> None:
    asked: list[dict[str, Any]] = []

    def renew(context: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        asked.append(context)
        return context | {"code": "555777"}, timezone.now() + SOON

    posted = post_code("111333", minutes=-1, renewal=renewed_by(renew))
    office.answers["DATA"] = ["450 later"]
    send_next()
    time_passes()
    send_next()
    assert [context["code"] for context in asked] == ["111333"], "one new code, however often it is tried"
    [message] = office.taken
    assert "555777" in text_in(message)
    assert "111333" not in message.as_string()
    # A receiver that got the old one, unheard by us, has to take this one too.
    assert message["Message-ID"] != posted.message_id


def test_a_server_that_is_away_costs_no_new_code(office: PostOffice, renewed_by: Callable[[Renewal], str]) -> None:
    asked: list[dict[str, Any]] = []
    office.close()
    post_code(minutes=-1, renewal=renewed_by(asked.append))
    send_next()
    assert not asked


def test_a_code_that_nobody_waits_for_is_dropped(office: PostOffice, renewed_by: Callable[[Renewal], str]) -> None:
    post_code(minutes=-1, renewal=renewed_by(lambda context: None))
    send_next()
    assert (row().state, row().context) == (JobState.CANCELLED, {})
    time_passes()
    assert send_next() is None
    assert not office.saw


def test_what_ran_out_and_has_no_renewal_is_dropped(office: PostOffice) -> None:
    post_code(minutes=-1)
    send_next()
    assert row().state == JobState.CANCELLED
    assert not office.saw


def test_a_renewal_that_fails_changes_nothing_and_is_asked_again(
    office: PostOffice, renewed_by: Callable[[Renewal], str]
) -> None:
    codes = iter(["", "555777"])

    def renew(context: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        Mail.objects.update(language="fr")
        code = next(codes)
        if not code:
            raise RuntimeError("no code today")
        return {"code": code, "minutes": 15}, timezone.now() + SOON

    post_code(minutes=-1, renewal=renewed_by(renew))
    send_next()
    assert (row().state, row().language, row().context["code"]) == (JobState.QUEUED, "en", "482913")
    time_passes()
    send_next()
    assert "555777" in text_in(office.taken[0])


def test_a_mail_that_was_sent_keeps_no_code(office: PostOffice) -> None:
    post_code()
    send_next()
    assert (row().state, row().context) == (JobState.DONE, {})
    assert row().sent_at is not None
    assert "482913" not in str(Mail.objects.values())


def test_what_failed_and_has_no_code_can_be_tried_again(office: PostOffice) -> None:
    posted = post_notice(name="Amélie")
    office.answers["RCPT"] = ["550 no such person"]
    send_next()
    lease.requeue(posted)
    send_next()
    assert "Hello Amélie," in text_in(office.taken[0])
    assert row().context == {}


def test_whoever_lost_the_mail_to_another_worker_sends_nothing(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_code()

    def overtaken(mail: Mail) -> Any:
        Mail.objects.update(fence=F("fence") + 1)
        return letters.message_for(mail)

    monkeypatch.setattr(sending, "message_for", overtaken)
    send_next()
    assert not office.saw
    assert row().state == JobState.RUNNING, "it is the other one's"


def test_a_mail_whose_words_cannot_be_put_together_is_kept(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    post_code()
    with monkeypatch.context() as broken:
        broken.setattr(sending, "message_for", lambda mail: 1 / 0)
        send_next()
    time_passes()
    send_next()
    assert len(office.taken) == 1


def test_what_died_with_its_worker_at_the_last_attempt_has_failed_and_keeps_no_code(
    caplog: pytest.LogCaptureFixture,
) -> None:
    post_code()
    ago = timezone.now() - timedelta(seconds=1)
    Mail.objects.update(state=JobState.RUNNING, attempts=Mail.most_attempts, leased_until=ago)
    with caplog.at_level(logging.ERROR, "home"):
        assert sweep() is False
    assert (row().state, row().context) == (JobState.FAILED, {})
    assert "1 mails have failed for good" in caplog.text


def test_rows_are_forgotten_after_a_month_but_not_what_waits() -> None:
    old = timezone.now() - timedelta(days=31)
    for state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED, JobState.QUEUED, JobState.RUNNING):
        posted = post_code()
        Mail.objects.filter(pk=posted.pk).update(state=state, created_at=old)
    recent = post_code()
    Mail.objects.filter(pk=recent.pk).update(state=JobState.DONE)
    forget()
    assert sorted(Mail.objects.values_list("state", flat=True)) == ["done", "queued", "running"]


def test_what_the_server_says_is_told_without_the_code(office: PostOffice) -> None:
    post_code()
    office.answers["DATA"] = ["554 spam"]
    send_next()
    assert re.fullmatch(r"SMTPDataError: \(554, b'spam'\)", row().error)
