"""What nobody comes back for by himself: mails whose worker died, and rows that are over for long."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from home.mail.sending import is_waiting
from home.models import Mail
from jobs.lease import give_up

logger = logging.getLogger(__name__)


def sweep() -> bool:
    """Call failed what the worker of the last attempt left behind; whether mails wait to be sent."""
    with transaction.atomic():
        if number := give_up(Mail):
            Mail.objects.forget_contexts()
    if number:
        logger.error("%s mails have failed for good: their workers died", number)
    return is_waiting()


def forget() -> None:
    """Remove rows that have been over for long."""
    old = Mail.objects.over().filter(created_at__lt=Now() - timedelta(days=settings.MAIL_KEEP_DAYS))
    old.delete()
