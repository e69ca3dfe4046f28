"""What mailed links know people by: signed, so that nobody makes one up. Links lead to pages of the frontend."""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing

from home.mail import frontend_url, server_url
from newsletter.errors import BadLink
from newsletter.models import NewsletterList, SignUp, Subscriber

CONFIRM = signing.Signer(salt="newsletter.confirm")
LEAVE = signing.Signer(salt="newsletter.leave")


@dataclass(frozen=True)
class Leaving:
    """Whose link it is, and the list whose mail it stood in; None for all of them."""

    subscriber_id: int
    list_id: int | None


def confirm_token(sign_up: SignUp) -> str:
    """For who asked, to confirm it."""
    return CONFIRM.sign(sign_up.pk.hex)


def sign_up_of(token: str) -> UUID:
    """What a token confirms. Raises BadLink."""
    return UUID(_opened(CONFIRM, token))


def leave_token(subscriber: Subscriber, one: NewsletterList | None = None) -> str:
    """With which somebody leaves one list, or all, and chooses among them. It does not run out (RFC 8058)."""
    return LEAVE.sign(f"{subscriber.pk}.{one.pk if one else 0}")


def leaving_of(token: str) -> Leaving:
    """Whose token it is. Raises BadLink."""
    subscriber, _dot, one = _opened(LEAVE, token).partition(".")
    return Leaving(int(subscriber), int(one) or None)


def confirm_url(sign_up: SignUp) -> str:
    """The frontend's page that confirms, when somebody presses its button."""
    return frontend_url(f"/newsletter/confirm/?token={confirm_token(sign_up)}")


def preferences_url(subscriber: Subscriber) -> str:
    """The frontend's page on which somebody chooses, or leaves."""
    return frontend_url(f"/newsletter/preferences/?token={leave_token(subscriber)}")


def unsubscribe_url(subscriber: Subscriber, one: NewsletterList | None = None) -> str:
    """Where mail programs post to (RFC 8058)."""
    return server_url(f"/api/v1/newsletter/subscriptions/unsubscribe/?token={leave_token(subscriber, one)}")


def _opened(signer: signing.Signer, token: str) -> str:
    try:
        return signer.unsign(token)
    except signing.BadSignature as error:
        raise BadLink from error
