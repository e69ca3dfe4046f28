"""The work on one mail, from its row to a server that took it. Whatever ends it, the row says what is next."""

import logging
import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now

from delivery.clock import database_now
from home.mail import renewals
from home.mail.letters import message_for
from home.mail.posting import checked, new_message_id
from home.models import Mail
from jobs import heartbeat, lease

logger = logging.getLogger(__name__)

# How long a server may take with each answer once it greeted us (seconds). Some look for viruses before they take a
# mail; whoever does not wait for that sends it twice.
ANSWER_SECONDS = 120
# Between attempts to write down that a mail was sent (seconds).
PAUSES = (0.2, 1, 3, 6, 10)


def send_next() -> Mail | None:
    """Send the mail that has waited longest, if nobody else does; the mail, None where none waits."""
    job: Any = lease.take_next(Mail)
    if job is None:
        return None
    mail: Mail = job
    try:
        # A server that is away costs no new code: the mail is renewed when somebody is there to take it.
        with heartbeat.kept(mail), _connected() as server:
            if _is_wanted(mail):
                _send(mail, server)
    except lease.LeaseLost:
        logger.warning("mail %s is no longer ours", mail.pk)
    except (smtplib.SMTPException, OSError) as error:
        _fail(mail, error, final=_is_final(error))
    except Exception as error:
        logger.exception("mail %s could not be written", mail.pk)
        _fail(mail, error)
    mail.refresh_from_db()
    return mail


def is_waiting() -> bool:
    """Whether a mail is due."""
    return bool(lease.stranded(Mail, 1))


def _send(mail: Mail, server: Any) -> None:
    message = message_for(mail)
    # The last look: after it nobody else takes this mail for the length of a lease, and the heartbeat keeps that.
    lease.beat(mail)
    server.send_messages([message])
    _write_down(mail)


def _write_down(mail: Mail) -> None:
    """Say that it was sent. A database that is away for a moment is waited for: else the mail is sent once more."""
    for pause in (*PAUSES, None):
        try:
            with lease.finishing(mail):
                Mail.objects.filter(pk=mail.pk).update(sent_at=Now(), context={})
            return
        except (OperationalError, InterfaceError):
            if pause is None:
                raise
            connection.close()
            time.sleep(pause)


def _is_wanted(mail: Mail) -> bool:
    """Whether there is something to send: what ran out is replaced, or dropped where nobody waits for it."""
    if mail.good_until is None or mail.good_until > database_now():
        return True
    with transaction.atomic():
        lease.beat(mail)
        renewed = renewals.renew(mail.renewal, mail.context)
        if renewed is None:
            row = Mail.objects.filter(pk=mail.pk)
            lease.cancel(row)
            row.update(context={})
            return False
        context, mail.good_until = renewed
        mail.context = checked(context, mail.good_until)
        # Another mail than the one that a server may have taken without our hearing of it: both must arrive.
        mail.message_id = new_message_id()
        lease.note(mail, context=mail.context, good_until=mail.good_until, message_id=mail.message_id)
    return True


def _fail(mail: Mail, error: Exception, *, final: bool = False) -> None:
    with transaction.atomic():
        is_over = lease.fail(mail, f"{type(error).__name__}: {error}", final=final)
        Mail.objects.filter(pk=mail.pk).forget_contexts()
    if is_over:
        logger.error("mail %s (%s) has failed for good: %s", mail.pk, mail.template, error)
    else:
        logger.warning("mail %s (%s) is tried again: %s", mail.pk, mail.template, error)


def _is_final(error: Exception) -> bool:
    """Whether the server will never take this mail. What it says of the sender, or of itself, can be mended."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(code >= 500 for code, _words in error.recipients.values())
        case smtplib.SMTPDataError():
            return error.smtp_code >= 500
        case _other:
            return False


@contextmanager
def _connected() -> Iterator[Any]:
    """A connection to the mail server. Raises SMTPException or OSError where there is none."""
    server: Any = get_connection(settings.MAIL_SERVER_BACKEND)
    server.open()
    with suppress(AttributeError):  # where nothing is really sent
        server.connection.sock.settimeout(ANSWER_SECONDS)
    try:
        yield server
    finally:
        # Whatever it says to our goodbye, it took the mail, or it did not.
        with suppress(smtplib.SMTPException, OSError):
            server.close()
