"""Real workers: mails arrive, whatever dies on the way; and none arrives twice."""

import email
import email.policy
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connection

from cms.local.installation import Installation
from home.mail import posting
from home.mail.sending import send_next
from home.models import Mail
from jobs import lease
from jobs.lease import LEASE_SECONDS
from jobs.models import JobState
from tests.mail.conftest import TO, post_code, post_notice
from tests.mail.postoffice import PostOffice
from tests.services import Worker


def wait_for(is_so: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.05)


def is_sent() -> bool:
    return not Mail.objects.exclude(state=JobState.DONE).exists()


def is_sent_by_whoever_looks() -> bool:
    posting.wake_sender()
    return is_sent()


@pytest.fixture
def nobody_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages to workers get lost."""
    monkeypatch.setattr(posting, "wake_sender", lambda: None)


def test_a_mail_is_in_the_mailbox_as_soon_as_it_is_committed(worker: Worker, services: Installation) -> None:
    before = set(services.mail_dir.glob("*.eml"))
    posted = post_code(language="fr")
    wait_for(is_sent)
    [path] = set(services.mail_dir.glob("*.eml")) - before
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message["To"] == TO
    assert message["Message-ID"] == posted.message_id
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.usefixtures("nobody_is_woken", "beat")
def test_a_mail_whose_message_was_lost_is_sent_within_seconds(worker: Worker) -> None:
    post_code()
    wait_for(is_sent)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("nobody_is_woken")
def test_two_workers_at_once_send_one_mail(office: PostOffice) -> None:
    post_code()
    office.answers["RCPT"] = [0.5]
    both = Barrier(2)

    def send() -> Mail | None:
        both.wait()
        try:
            return send_next()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        sent = [work.result() for work in [workers.submit(send), workers.submit(send)]]
    assert sent.count(None) == 1
    assert len(office.saw) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("nobody_is_woken")
def test_a_database_that_is_away_for_a_moment_has_no_mail_sent_twice(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_code()
    finishing = lease.finishing
    lost = [OperationalError("away")] * 2

    def lost_at_first(mail: Mail) -> Any:
        if lost:
            raise lost.pop()
        return finishing(mail)

    monkeypatch.setattr(lease, "finishing", lost_at_first)
    send_next()
    assert not lost
    assert is_sent()
    assert len(office.saw) == 1


@pytest.fixture
def others(worker: Worker, office: PostOffice) -> Iterator[Worker]:
    """A worker that sends to the test's own mail server."""
    worker.kill()
    process = Worker(
        "worker",
        "-Q",
        "mails",
        "--concurrency=1",
        "--loglevel=INFO",
        database_name=worker.database_name,
        EMAIL_PORT=str(office.port),
    )
    process.start()
    yield process
    process.kill()


@pytest.mark.slow
def test_a_worker_that_is_killed_while_sending_loses_no_mail(others: Worker, office: PostOffice) -> None:
    office.answers["RCPT"] = [60.0]
    posted = post_code()
    notice = post_notice()
    wait_for(lambda: not office.answers["RCPT"])
    others.kill()
    assert Mail.objects.filter(pk=posted.pk, state=JobState.RUNNING).exists()
    others.start()
    wait_for(is_sent_by_whoever_looks, LEASE_SECONDS + 30)
    assert sorted(message["Message-ID"] for message in office.taken) == sorted([posted.message_id, notice.message_id])


@pytest.mark.slow
def test_after_a_time_without_a_mail_server_each_mail_arrives_once(others: Worker, office: PostOffice) -> None:
    office.close()
    posted = {post_notice().message_id for _number in range(5)}
    wait_for(lambda: Mail.objects.filter(attempts__gte=1, state=JobState.QUEUED).count() == 5)
    office.open()
    wait_for(is_sent_by_whoever_looks, 40)
    assert sorted(message["Message-ID"] for message in office.taken) == sorted(posted)
