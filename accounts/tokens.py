"""API tokens: made once, kept as a digest, found by what a request brings."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import BadToken, NeedsLogin, NoSuchToken, TooManyTokens
from accounts.limits import Limit
from accounts.models import ApiToken, MediaAccount, Scope
from delivery.errors import BadParameter
from home.mail import post

# Scanners for keys that were published by mistake find them by it.
PREFIX = "nrt_"
BYTES = 32
MOST = 20
LONGEST = timedelta(days=366)
GUESSES = Limit("tokens by client", "60/hour")


def make_token(account: MediaAccount, name: str, scopes: Iterable[Scope], expires_at: datetime) -> tuple[ApiToken, str]:
    """A token, and its key, which nobody sees again; a mail tells the owner of it.

    Raises BadParameter, NeedsLogin, TooManyTokens.
    """
    now = timezone.now()
    if not now < expires_at <= now + LONGEST:
        raise BadParameter("expires_at", _("A token ends within a year, and not in the past."), "expires_at")
    key = PREFIX + secrets.token_urlsafe(BYTES)
    with transaction.atomic():
        if not MediaAccount.objects.select_for_update(of=("self",)).filter(pk=account.pk).exists():
            raise NeedsLogin  # it was erased a moment ago
        if account.tokens.count() >= MOST:
            raise TooManyTokens(limit=MOST)
        token = account.tokens.create(
            name=name, digest=_digest(key), hint=key[-4:], scopes=sorted(set(scopes)), expires_at=expires_at
        )
        if address := account.user.media_email:
            post("security_changed", address, account.language, {"name": account.name, "what": "token_made"})
    token.refresh_from_db()
    return token, key


def remove_token(account: MediaAccount, token_id: int) -> None:
    """From now on it opens nothing. Raises NoSuchToken."""
    if not account.tokens.filter(pk=token_id).delete()[0]:
        raise NoSuchToken


def end_tokens(account: MediaAccount) -> int:
    """From now on none of them opens anything; how many there were."""
    return account.tokens.all().delete()[0]


def token_of(key: str, client: str) -> ApiToken:
    """The token of a key that holds now. `client`: who tries; wrong ones are counted for him.

    Raises BadToken, TooManyTries, NobodyCounts.
    """
    found = ApiToken.objects.select_related("account__user").filter(digest=_digest(key), expires_at__gt=Now()).first()
    if found is None:
        GUESSES.take(client)
        raise BadToken
    # One write a minute is enough to see which are in use.
    a_minute_ago = Now() - timedelta(minutes=1)
    is_stale = Q(last_used_at=None) | Q(last_used_at__lt=a_minute_ago)
    ApiToken.objects.filter(is_stale, pk=found.pk).update(last_used_at=Now())
    return found


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()
