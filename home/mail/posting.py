"""A mail is written down, in the transaction of what it tells of: both happen, or neither does."""

import logging
import re
import uuid
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import get_template
from django.utils.timezone import is_naive

from home.mail import renewals
from home.mail.links import is_ours
from home.models import Mail

logger = logging.getLogger(__name__)

QUEUE = "mails"
# Line breaks, and whatever else would end a line or a string somewhere. Non-breaking spaces are meant.
CONTROLS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")


def post(
    template: str,
    to: str,
    language: str,
    context: dict[str, Any],
    *,
    good_until: datetime | None = None,
    renewal: str = "",
) -> Mail:
    """Write a mail that is sent as soon as the transaction is committed; its row.

    `template`: a name in `templates/mail/`. `context`: plain JSON values, each text one line; names that end in
    `_url` are links of ours (`home.mail.frontend_url`, `server_url`). It is put into words when it is sent, in
    `language`.

    `good_until`: when what is in it runs out; leave who gets it some time. A mail that could not be sent by then is
    renewed by the function registered as `renewal` (`home.mail.renewals`), or dropped where there is none. What is
    secret has to have it: such a mail keeps nothing once it is over, and cannot be tried again by hand.

    A mail server that is away or refuses for now is tried for `MAIL_TRY_HOURS`; one that refuses for good, once.

    No mail is sent twice, but for one case that SMTP knows no way out of: where the server took it, and the
    connection, the worker or the database died before that could be heard and written down. Both then have the same
    Message-ID, by which most receivers drop one.

    Raises ValidationError for an address that is none, TemplateDoesNotExist, and ValueError or TypeError for what
    else cannot be sent.
    """
    Mail._meta.get_field("to").clean(to, None)
    for kind in ("html", "txt", "subject.txt"):
        get_template(f"mail/{template}.{kind}")
    if language not in dict(settings.LANGUAGES):
        raise ValueError(f"no mails are written in {language!r}")
    if renewal and not (good_until and renewals.is_registered(renewal)):
        raise ValueError(f"{renewal!r} is not registered, or nothing runs out")
    mail = Mail.objects.create(
        template=template,
        to=to,
        language=language,
        context=checked(context, good_until),
        message_id=new_message_id(),
        good_until=good_until,
        renewal=renewal,
    )
    transaction.on_commit(wake_sender, robust=True)
    return mail


def checked(context: dict[str, Any], good_until: datetime | None) -> dict[str, Any]:
    """The context as it is stored. Raises ValueError where it has a foreign link, or a code that never runs out."""
    if good_until is None and "code" in context:
        raise ValueError("a mail with a code needs good_until")
    if good_until is not None and is_naive(good_until):
        raise ValueError("good_until needs a time zone")
    for name, value in context.items():
        if name.endswith("_url") and value and not is_ours(value):
            raise ValueError(f"{name} leads elsewhere: use home.mail.frontend_url or server_url")
    return {name: _flat(value) for name, value in context.items()}


def new_message_id() -> str:
    """A Message-ID that no mail has had."""
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return f"<{uuid.uuid4()}@{address.rpartition('@')[2] or 'localhost'}>"


def one_line(text: str) -> str:
    """Without line breaks: nobody's name begins a header, or a paragraph of its own."""
    return CONTROLS.sub(" ", text).strip()


def wake_sender() -> None:
    """Have a worker look now. Without a broker nothing is lost: the sweeper wakes it as soon as there is one."""
    from celery import current_app

    # By name: work never imports tasks.
    try:
        current_app.send_task("home.tasks.send_mail", queue=QUEUE, retry=False)
    except Exception:
        logger.warning("the queue is not reachable; the sweeper will wake who sends mails")


def _flat(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, dict):
        return {name: _flat(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_flat(part) for part in value]
    return value
