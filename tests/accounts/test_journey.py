"""From nothing to a file on disk, with a real mail server and a real worker; codes are read from the mails."""

import email
import email.policy
import re
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY

from accounts.wall import media_session
from cms.local.installation import Installation
from home.mail.sending import send_next
from home.models import Mail
from tests.accounts.conftest import Person, code_sent
from tests.factories.footage import make_indexed_video
from tests.services import Worker
from videos.models.media import Audience

CODE = re.compile(r"^\s*(\d{6})\s*$", re.MULTILINE)


def mail_to(address: str, installation: Installation, after: int = 0) -> EmailMessage:
    """The last mail to an address, once more than `after` have come."""
    deadline = time.monotonic() + 40
    while True:
        found: list[Any] = []
        for path in sorted(installation.mail_dir.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if message["To"] == address:
                found.append(message)
        if len(found) > after:
            return found[-1]
        assert time.monotonic() < deadline, f"no mail to {address}"
        time.sleep(0.1)


def code_in(message: EmailMessage) -> str:
    """The code, alone in its line of the plain text."""
    part: Any = message.get_body(("plain",))
    found = CODE.search(part.get_content())
    assert found, part.get_content()
    return found[1]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_from_registration_to_a_file(
    language: str, worker: Worker, services: Installation, patrol: Path, files: Path
) -> None:
    video = make_indexed_video(patrol, audience=Audience.REGISTERED)
    path = f"videos/{video.translation_key}/clips/"
    address = f"ana-{language}@press.example"
    person = Person(language=language).begin()
    assert person.api("POST", path, {"start": 1, "end": 2}).status_code == 401
    person.register(address, language=language)
    written = mail_to(address, services)
    assert f'lang="{language}"' in written.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert person.ask("POST", "auth/email/verify", {"key": code_in(written)}).status_code == 200
    ordered = person.api("POST", path, {"start": 1, "end": 2})
    assert ordered.status_code == 202, ordered.content
    deadline = time.monotonic() + 60
    while (clip := person.api("GET", f"clips/{ordered.json()['id']}/").json())["status"] != "ready":
        assert clip["status"] in ("queued", "cutting"), clip
        assert time.monotonic() < deadline, clip
        time.sleep(0.1)
    assert person.http.get(clip["download_url"]).status_code == 200
    other = Person(language=language, address="198.51.100.3").begin()
    other.ask("POST", "auth/password/request", {"email": address})
    reset = code_in(mail_to(address, services, after=1))
    changed = other.ask("POST", "auth/password/reset", {"key": reset, "password": "Harbour-Light-92"})
    assert changed.status_code == 401
    told = mail_to(address, services, after=2)["Subject"]
    assert told == {"en": "Your password was changed", "fr": "Votre mot de passe a été modifié"}[language]
    assert other.log_in(address, "Harbour-Light-92").status_code == 200
    assert person.ask("GET", "auth/session").status_code == 401


@pytest.mark.django_db
def test_code_that_would_come_too_late_is_replaced(person: Person) -> None:
    person.register()
    first = code_sent()
    Mail.objects.update(good_until="2020-01-01T00:00:00Z")
    sent: list[Mail] = []
    while mail := send_next():
        sent.append(mail)
    assert [mail.state for mail in sent] == ["done"]
    key = person.http.cookies["newsroom_media"].value if person.client == "browser" else person.token
    code = media_session(key)[EMAIL_VERIFICATION_CODE_SESSION_KEY]["code"]
    assert code != first
    assert person.ask("POST", "auth/email/verify", {"key": first}).status_code == 400
    assert person.ask("POST", "auth/email/verify", {"key": code}).status_code == 200
    assert first not in str(Mail.objects.values_list("context", flat=True))


@pytest.mark.django_db
def test_code_that_nobody_waits_for_is_not_sent(person: Person) -> None:
    person.register()
    assert person.ask("POST", "auth/email/verify", {"key": code_sent()}).status_code == 200
    Mail.objects.filter(template="registration_code").update(good_until="2020-01-01T00:00:00Z")
    while send_next():
        pass
    assert [mail.state for mail in Mail.objects.filter(template="registration_code")] == ["cancelled"]
