"""Public addresses of attachments."""

from typing import Any

from django.conf import settings


def attachment_url(attachment: Any) -> str:
    """Absolute address of a home.models.Attachment. It answers only while a published document shows it."""
    return f"{settings.BASE_URL}/files/attachments/{attachment.pk}/{attachment.filename}"
