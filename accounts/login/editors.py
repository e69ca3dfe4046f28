"""What editors log in by, and ask for another password by, with the limits that media accounts have.

Also while Valkey is away: then each process counts by itself, since a newsroom that cannot log in cannot withdraw
anything.
"""

import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from wagtail.admin.forms.auth import LoginForm
from wagtail.admin.views.account import LoginView, PasswordResetView

from accounts.addresses import canonical
from accounts.callers import client_of
from accounts.errors import Crowded, TooManyTries
from accounts.limits import Limit, take_all
from accounts.login.devices import device_of, is_device, remember
from accounts.login.gate import evening, sleep_until
from accounts.models import User

BOTH = Limit("editors' passwords by both", "5/5minutes")
CLIENT = Limit("editors' passwords by client", "240/hour")
NAME = Limit("editors' passwords by name", "100/hour")
DEVICES = Limit("editors' passwords by devices", "100/hour")
RESETS_BY_BOTH = Limit("editors' resets by both", "6/hour")
RESETS_BY_CLIENT = Limit("editors' resets by client", "60/hour")
RESETS_BY_ADDRESS = Limit("editors' resets by address", "30/hour")
# So long (seconds) takes the answer to an address, an editor's or not; longer than writing his mail.
RESET_TAKES = 0.3


class EditorLoginForm(LoginForm):
    """`WAGTAILADMIN_USER_LOGIN_FORM`."""

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for who guesses, and says how long to wait."""
        name = self.cleaned_data.get("username", "").casefold()
        if self.request is None or not name or not self.cleaned_data.get("password"):
            return dict(super().clean())
        client, device = client_of(self.request), self._device(self.request)
        tries = [(BOTH, f"{device or client} {name}")]
        tries += [(DEVICES, name)] if device else [(CLIENT, client), (NAME, name)]
        try:
            take_all(tries, or_alone=True)
        except TooManyTries as error:
            raise ValidationError(str(error), "too_many_tries") from error
        cleaned = dict(super().clean())
        BOTH.forget(tries[0][1])
        for limit, key in tries[1:]:
            limit.give_back(key)
        return cleaned

    def _device(self, request: HttpRequest) -> str:
        """Names the one that asks, where this editor logged in with it before; or empty."""
        known = device_of(request)
        user = User.objects.filter(username=self.cleaned_data["username"], is_media=False).first() if known else None
        return known.name if known and user and is_device(known, user) else ""


class EditorLoginView(LoginView):
    """`/admin/login/`."""

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """The device becomes one that is known: strangers who guess keep nobody from logging in there."""
        response: HttpResponse = super().form_valid(form)
        remember(self.request, response, "/admin/login/")
        return response


class EditorResetView(PasswordResetView):
    """`/admin/password_reset/`, which mails a link to who is an editor, and answers alike to who is not."""

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """The form once more for who asks too often, and how long to wait."""
        began = time.monotonic()
        client, address = client_of(self.request), canonical(form.cleaned_data["email"])
        tries = [
            (RESETS_BY_BOTH, f"{client} {address}"),
            (RESETS_BY_CLIENT, client),
            (RESETS_BY_ADDRESS, address),
        ]
        try:
            with evening():
                take_all(tries, or_alone=True)
                response: HttpResponse = super().form_valid(form)
                sleep_until(began + RESET_TAKES)
        except (TooManyTries, Crowded) as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        return response
