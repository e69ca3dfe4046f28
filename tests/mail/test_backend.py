"""What Wagtail sends itself waits in the outbox, too, and arrives as any other mail."""

from typing import Any

import pytest
from django.conf import settings
from django.core.mail import EmailMessage, send_mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from wagtail.users.models import UserProfile

from home.mail.sending import send_next
from home.models import Mail
from jobs.models import JobState
from tests.factories.newsroom import make_editor
from tests.mail.postoffice import PostOffice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_in_production(settings: Any) -> None:
    """Django's test runner puts another backend in its place."""
    settings.EMAIL_BACKEND = "home.mail.backend.OutboxBackend"


def test_an_editors_new_password_is_sent_once_the_mail_server_is_back(client: Client, office: PostOffice) -> None:
    editor = make_editor("Editors")
    UserProfile.objects.create(user=editor, preferred_language="fr")
    office.close()
    client.post(reverse("wagtailadmin_password_reset"), {"email": editor.email})
    failed = send_next()
    assert failed
    assert (failed.state, failed.to, failed.language) == (JobState.QUEUED, editor.email, "fr")
    office.open()
    Mail.objects.update(due_at="2020-01-01T00:00Z")
    send_next()
    (message,) = office.taken
    for kind in ("plain", "html"):
        part: Any = message.get_body((kind,))
        assert f"{settings.BASE_URL}/admin/password_reset/confirm/" in part.get_content()
    assert Mail.objects.get().context == {}


def test_nothing_is_sent_of_what_did_not_happen() -> None:
    with transaction.atomic():
        send_mail("A page waits", "Have a look.\nNow.", None, ["pat@openseas.example"])
        transaction.set_rollback(True)
    assert not Mail.objects.exists()


def test_a_mail_with_a_file_is_refused() -> None:
    with pytest.raises(ValueError, match="files"):
        EmailMessage("A", "B", None, ["pat@openseas.example"], attachments=[("a.txt", "a", "text/plain")]).send()
