"""Mails that Wagtail and Django write themselves go the same way: into the outbox, with what they are part of."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from home.mail.posting import post
from home.mail.staff import language_of_staff


class OutboxBackend(BaseEmailBackend):
    """`EMAIL_BACKEND`: notices of workflows, and editors' links to choose another password. Text only.

    Such a link is good for PASSWORD_RESET_TIMEOUT; whoever gets it late still has half of that.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many were written down. Raises as `post` does, and ValueError for files, which nobody would get."""
        good_until = timezone.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT / 2)
        for message in email_messages:
            if message.attachments:
                raise ValueError("the outbox takes no files")
            context: dict[str, Any] = {"subject": str(message.subject), "lines": str(message.body).splitlines()}
            for address in message.recipients():
                post("plain", address, language_of_staff(address), context, good_until=good_until)
        return len(email_messages)
