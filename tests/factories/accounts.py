"""Media accounts in tests."""

from typing import Any

from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.wall import MEDIA_BACKEND


def log_in(client: Client, user: User) -> None:
    """As a media account: with a cookie of its own."""
    client.force_login(user, backend=MEDIA_BACKEND)
    cookie: Any = client.cookies.pop(settings.SESSION_COOKIE_NAME)
    client.cookies[settings.MEDIA_SESSION_COOKIE_NAME] = cookie.value
