"""A mail server of a test's own, and what rooms above bring along: a renewal."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from home import mail
from home.mail import renewals
from home.mail.renewals import Renewal
from home.models import Mail
from tests.mail.postoffice import PostOffice

TO = "amelie@gazette.example"


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    """The mail server that this process sends to."""
    office = PostOffice()
    settings.EMAIL_PORT = office.port
    office.open()
    yield office
    office.close()


@pytest.fixture
def renewed_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Renewal], str]:
    """Registers a renewal for this test; its name."""

    def register(renewal: Renewal) -> str:
        monkeypatch.setitem(renewals._renewals, "tests", renewal)
        return "tests"

    return register


def post_code(code: str = "482913", *, minutes: int = 15, language: str = "en", **options: Any) -> Mail:
    """A mail with a code that is good for so many minutes from now."""
    context = {"name": "Amélie", "code": code, "minutes": 15}
    good_until = timezone.now() + timedelta(minutes=minutes)
    return mail.post("registration_code", TO, language, context, good_until=good_until, **options)


def post_notice(**context: Any) -> Mail:
    """A mail in which nothing runs out."""
    return mail.post("account_pending", TO, "en", context)


def time_passes() -> None:
    """Whatever waits for its next attempt is due."""
    Mail.objects.update(due_at=timezone.now() - timedelta(seconds=1))
