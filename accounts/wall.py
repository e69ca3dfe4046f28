"""The wall between editors and media accounts, who share a table of users and nothing else.

Each kind has a backend that refuses the other, also for sessions that are there; and a session cookie of its own:
`/admin/` knows only the one, `/_allauth/` and `/api/` only the other. A session that the other backend opened is none.
"""

import re
import time
from typing import Any

from allauth.account import app_settings
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.headless.internal.sessionkit import session_store
from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

from accounts.models import User

MEDIA_PATHS = ("/_allauth/", "/api/")
# When a session was opened, and used; the latter is written once an hour.
OPENED, SEEN, SEEN_SECONDS = "opened_at", "seen_at", 3600
# Of a session, as Django makes them.
KEY = re.compile("[a-z0-9]{32}")
MEDIA_BACKEND = "accounts.wall.MediaBackend"


class EditorBackend(ModelBackend):
    """Editors, by user name."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Not media accounts."""
        return super().user_can_authenticate(user) and not user.is_media

    def get_user(self, user_id: Any) -> User | None:
        """Not media accounts."""
        user = super().get_user(user_id)
        return user if isinstance(user, User) and not user.is_media else None


class MediaBackend(AuthenticationBackend):
    """Media accounts, by an address that was shown to be theirs."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:
        """By address only: the admin's form asks for a user name, under which allauth would look for addresses too."""
        return None if "username" in credentials else super().authenticate(request, **credentials)

    def _authenticate_by_email(self, email: str, password: str) -> Any:
        """Of the one account that has the address: allauth would also try the passwords of all who only registered
        with it, and tell whoever did so by another answer that it has no account.
        """
        return self._check_password(User.objects.filter(media_email=email.lower()).first(), password)

    def user_can_authenticate(self, user: Any) -> bool:
        """Not editors, and not who has not confirmed his address."""
        return super().user_can_authenticate(user) and _is_account(user)

    def get_user(self, user_id: Any) -> User | None:
        """Not editors."""
        user = super().get_user(user_id)
        return user if isinstance(user, User) and _is_account(user) else None

    def has_perm(self, *_asked: Any, **_about: Any) -> bool:
        """None of the admin's."""
        return False


def _is_account(user: User) -> bool:
    return user.is_media and bool(user.media_email)


def as_key(sent: str | None) -> str:
    """What was sent as the key of a session, or nothing where it can be none: PostgreSQL refuses some of it."""
    return sent if sent and KEY.fullmatch(sent) else ""


def media_session(key: str | None) -> SessionBase:
    """The session of a media account, or of somebody on the way to one; a new one for any other key.

    One that nobody uses ends after SESSION_COOKIE_AGE; one that is used, MEDIA_SESSION_DAYS after its login.
    """
    session = session_store(as_key(key) or None)
    if session.get(BACKEND_SESSION_KEY, MEDIA_BACKEND) != MEDIA_BACKEND:
        return session_store()
    _end_when_old(session, settings.MEDIA_SESSION_DAYS * 86_400)
    now = time.time()
    if SESSION_KEY in session and session.get(SEEN, 0) < now - SEEN_SECONDS:
        session[SEEN] = now
    return session


def _end_when_old(session: SessionBase, seconds: int) -> None:
    """However much it is used, so long after its login."""
    if SESSION_KEY in session and session.setdefault(OPENED, time.time()) < time.time() - seconds:
        session.flush()


def end_sessions(user: User) -> None:
    """Wherever somebody is logged in, he is not any more."""
    for session in UserSession.objects.filter(user=user):
        session.end()


def is_recent(session: SessionBase) -> bool:
    """Whether its owner showed who he is a moment ago."""
    logins = session.get(AUTHENTICATION_METHODS_SESSION_KEY) or [{"at": 0}]
    return bool(time.time() - logins[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT)


class TwoSessionsMiddleware(SessionMiddleware):
    """Django's, with a cookie for each side of the wall."""

    def process_request(self, request: HttpRequest) -> None:
        """Read the cookie of the side that is asked."""
        if not _is_for_media(request):
            if not as_key(request.COOKIES.get(settings.SESSION_COOKIE_NAME)):
                request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
            super().process_request(request)
            if request.session.get(BACKEND_SESSION_KEY) == MEDIA_BACKEND:
                request.session = self.SessionStore()
            _end_when_old(request.session, settings.EDITOR_SESSION_HOURS * 3600)
            return
        request.session = media_session(request.COOKIES.get(settings.MEDIA_SESSION_COOKIE_NAME))
        # Django takes off a cookie by this name when its session has become empty.
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if name != settings.SESSION_COOKIE_NAME
        }
        if request.session.session_key:
            request.COOKIES[settings.SESSION_COOKIE_NAME] = str(request.session.session_key)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Write that of the same side."""
        response = super().process_response(request, response)
        if _is_for_media(request) and (cookie := response.cookies.pop(settings.SESSION_COOKIE_NAME, None)):
            name = settings.MEDIA_SESSION_COOKIE_NAME
            response.cookies[name] = cookie.value
            response.cookies[name].update(cookie)
        return response


class MediaTokenStrategy(SessionTokenStrategy):
    """`X-Session-Token` of apps is the key of a session, of a media account's only."""

    def lookup_session(self, session_token: str) -> SessionBase | None:
        """None for what is no key, or an editor's."""
        session = media_session(session_token)
        return session if session.session_key else None


def _is_for_media(request: HttpRequest) -> bool:
    return request.path_info.startswith(MEDIA_PATHS)
