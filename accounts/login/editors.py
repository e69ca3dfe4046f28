"""The form of `/admin/login/`, with the limits that media accounts have."""

from typing import Any

from django.core.exceptions import ValidationError
from wagtail.admin.forms.auth import LoginForm

from accounts.callers import client_of
from accounts.errors import TooManyTries
from accounts.limits import Limit, take_all

BOTH = Limit("editors' passwords by both", "5/5minutes")
CLIENT = Limit("editors' passwords by client", "240/hour")
NAME = Limit("editors' passwords by name", "100/hour")


class EditorLoginForm(LoginForm):
    """`WAGTAILADMIN_USER_LOGIN_FORM`."""

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for who guesses, and says how long to wait; also while Valkey is away: then each
        process counts by itself, since a newsroom that cannot log in cannot withdraw anything.
        """
        name = self.cleaned_data.get("username", "").casefold()
        if self.request is None or not name or not self.cleaned_data.get("password"):
            return dict(super().clean())
        client = client_of(self.request)
        tries = [(BOTH, f"{client} {name}"), (CLIENT, client), (NAME, name)]
        try:
            take_all(tries, or_alone=True)
        except TooManyTries as error:
            raise ValidationError(str(error), "too_many_tries") from error
        cleaned = dict(super().clean())
        BOTH.forget(tries[0][1])
        for limit, key in tries[1:]:
            limit.give_back(key)
        return cleaned
