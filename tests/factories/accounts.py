"""Media accounts in tests."""

from datetime import timedelta
from importlib import import_module
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, MediaAccount, Undertaking, UsageEntry, User
from accounts.wall import MEDIA_BACKEND


def log_in(client: Client, user: User) -> None:
    """As a media account: with a cookie of its own."""
    client.force_login(user, backend=MEDIA_BACKEND)
    cookie: Any = client.cookies.pop(configured.SESSION_COOKIE_NAME)
    client.cookies[configured.MEDIA_SESSION_COOKIE_NAME] = cookie.value


def make_account(name: str = "Ana Duarte", **fields: Any) -> MediaAccount:
    """An account that is registered, unless `fields` say otherwise."""
    email = fields.pop("email", f"{name.lower().replace(' ', '.')}@press.example")
    facts: dict[str, Any] = {"organisation": "Radio Corvane", "country": "PT", "kind": "broadcaster", "language": "en"}
    return MediaAccount.objects.create_confirmed(email, "Tide-and-Lantern-7", name=name, **facts | fields)


def make_pending(name: str = "Ana Duarte", **fields: Any) -> MediaAccount:
    return make_account(name, approved_at=None, **fields)


def make_session(account: MediaAccount, program: str = "Firefox") -> str:
    """Somebody logged in; the key of his session."""
    store = import_module(configured.SESSION_ENGINE).SessionStore()
    store["who"] = account.pk
    store.save()
    UserSession.objects.create(user=account.user, session_key=store.session_key, ip="192.0.2.7", user_agent=program)
    return str(store.session_key)


def make_token(account: MediaAccount, name: str = "Archive robot") -> ApiToken:
    day = timezone.now() + timedelta(days=90)
    return account.tokens.create(name=name, digest=f"digest-{name}", hint="x7Qz", scopes=["account"], expires_at=day)


def make_terms(version: str = "2026-12", days: int = 3) -> Undertaking:
    at = timezone.now() + timedelta(days=days)
    words = {"text_en": "Name the source.", "text_fr": "Citez la source."}
    return Undertaking.objects.create(kind="usage", version=version, in_force_from=at, **words)


def use(account: MediaAccount | None, title: str = "Ice patrol", **fields: Any) -> UsageEntry:
    facts = UsageEntry.person(account) if account else {}
    return UsageEntry.objects.create(account=account, title=title, **{"action": "download"} | facts | fields)
