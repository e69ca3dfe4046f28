"""A mail in words: subject, plain text, and HTML as mail programs show it."""

import re
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr, parseaddr
from typing import Any

from css_inline import CSSInliner
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.translation import override

from home.mail.links import frontend_url
from home.mail.posting import one_line
from home.models import Mail, SiteTexts

# Rules for narrow and dark screens are in a sheet that stays; all others go to the elements. Nothing is fetched.
INLINER = CSSInliner(load_remote_stylesheets=False)

# What tags that stand alone in a line leave of it.
EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


@dataclass(frozen=True)
class Letter:
    """A mail in one language."""

    language: str
    newsroom: str
    subject: str
    text: str
    html: str


class Message(EmailMultiAlternatives):
    """With a subject that begins in the first line: Django folds one that is not ASCII as if it had no name before."""

    def message(self, *args: Any, **kwargs: Any) -> Any:
        """For the server."""
        message: Any = super().message(*args, **kwargs)
        subject = str(self.subject)
        if not subject.isascii():
            message.replace_header("Subject", Header(subject, "utf-8", header_name="Subject"))
        return message


def write_letter(template: str, language: str, context: dict[str, Any]) -> Letter:
    """Put a mail into words. Besides `context` its templates know `newsroom`, `contact` (an address, or empty),
    `site_url` and `subject`.
    """
    name, contact = _newsroom(language)
    values = {"newsroom": name, "contact": contact, "site_url": frontend_url()} | context
    with override(language):
        subject = one_line(_render(f"mail/{template}.subject.txt", values, autoescape=False))
        values["subject"] = subject
        text = _render(f"mail/{template}.txt", values, autoescape=False)
        html = _render(f"mail/{template}.html", values, autoescape=True)
    text = EMPTY_LINES.sub("\n\n", text).strip() + "\n"
    return Letter(language, name, subject, text, INLINER.inline(html))


def kind_in_words(template: str, language: str) -> str:
    """What a kind of mail is called in lists: its subject. A template that is gone has its name."""
    values = {"newsroom": newsroom_name(language)}
    try:
        with override(language):
            return one_line(_render(f"mail/{template}.subject.txt", values, autoescape=False))
    except TemplateDoesNotExist:
        return template


def message_of(letter: Letter, to: str, message_id: str, unsubscribe_url: str = "") -> EmailMultiAlternatives:
    """The letter as a message, with the headers by which machines see that no person wrote it.

    `unsubscribe_url`: where a mail program posts to, so that no more of these come (RFC 8058).
    """
    leaving = {
        "List-Unsubscribe": f"<{unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    message = Message(
        letter.subject,
        letter.text,
        formataddr((name or one_line(letter.newsroom), address)),
        [to],
        reply_to=[settings.MAIL_REPLY_TO] if settings.MAIL_REPLY_TO else None,
        headers={
            "Message-ID": message_id,
            "Auto-Submitted": "auto-generated",
            # The same for Exchange, which knows RFC 3834 not at all.
            "X-Auto-Response-Suppress": "All",
            "Content-Language": letter.language,
            **(leaving if unsubscribe_url else {}),
        },
    )
    message.attach_alternative(letter.html, "text/html")
    return message


def message_for(mail: Mail) -> EmailMultiAlternatives:
    """The message that a row stands for."""
    letter = write_letter(mail.template, mail.language, mail.context)
    return message_of(letter, mail.to, mail.message_id, mail.context.get("unsubscribe_url", ""))


def _render(name: str, values: dict[str, Any], *, autoescape: bool) -> str:
    template: Any = get_template(name)
    return template.template.render(Context(values, autoescape=autoescape))


def newsroom_name(language: str) -> str:
    """What the newsroom is called in this language."""
    return _newsroom(language)[0]


def _newsroom(language: str) -> tuple[str, str]:
    """What the newsroom is called in this language, and where it is written to."""
    rows = {texts.locale.language_code: texts for texts in SiteTexts.objects.select_related("locale")}
    texts = rows.get(language) or next(iter(rows.values()), None)
    with override(language):
        if texts is None:
            return str(settings.WAGTAIL_SITE_NAME), settings.MAIL_REPLY_TO
        return texts.organisation or texts.name, settings.MAIL_REPLY_TO or texts.contact_email
