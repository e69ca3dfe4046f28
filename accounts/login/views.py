"""allauth's views, where ours do something more: lead back to the page somebody came from, survive broken passkeys."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.headless.account import views
from allauth.headless.base.views import APIView
from allauth.headless.internal.restkit.response import APIResponse, ErrorResponse
from allauth.headless.mfa import views as mfa_views
from allauth.headless.usersessions import views as session_views
from allauth.mfa.adapter import get_adapter
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.errors import AccountBlocked, NotAllowedBack
from accounts.login import devices, inputs
from accounts.login.resets import forget_outdated_reset
from accounts.login.returning import forget, lead_back, remember, tell
from accounts.login.second_factor import AuthenticateInput, ReauthenticateInput, use_up
from accounts.rooms import newsletters_url
from accounts.wall import is_recent


class Returning(APIView):
    """Takes `next` with any step of a flow, and gives it back as `meta.next` with the last one. With a login the device
    becomes one that is known.
    """

    begins_here = ends_here = False

    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As allauth does it, in between."""
        body = self._parse_json(request) or {}
        try:
            remember(request, body)
        except NotAllowedBack as error:
            fault = {"param": "next", "code": "not_allowed", "message": str(error)}
            return APIResponse(request, errors=[fault], status=400)
        try:
            response = super().handle(request, *args, **kwargs)
        except AccountBlocked as error:
            return APIResponse(request, errors=[{"code": "account_blocked", "message": str(error)}], status=403)
        if self.begins_here and response.status_code == 400:
            forget(request, body)
        is_logged_in = response.status_code == 200 and request.user.is_authenticated
        if is_logged_in:
            devices.remember(request, response)
        if is_logged_in or (self.ends_here and request.method == "POST" and response.status_code == 401):
            lead_back(request, response, is_over=is_logged_in)
        return response


class LoginView(Returning, views.LoginView):
    """Address and password."""

    begins_here = True


class SignupView(Returning, views.SignupView):
    """Registration."""

    begins_here = True
    input_class = inputs.SignupInput


class VerifyEmailView(Returning, views.VerifyEmailView):
    """The code that came by mail. Who has an account now is told where to read what else he can have."""

    input_class = inputs.VerifyEmailInput

    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As allauth does it, and more."""
        had_none = not request.user.is_authenticated
        response = super().handle(request, *args, **kwargs)
        if had_none and request.user.is_authenticated and response.status_code == 200:
            tell(response, {"newsletters": newsletters_url()})
        return response


class RequestPasswordResetView(Returning, views.RequestPasswordResetView):
    """A code to choose another password with. Asking again sends another one, and ends the one before."""

    input_class = inputs.RequestPasswordResetInput


class ResetPasswordView(Returning, views.ResetPasswordView):
    """Another password. Nobody is logged in by it: the next thing is to log in."""

    ends_here = True

    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As allauth does it, where the account is still what it was when the code was asked for."""
        forget_outdated_reset(request.session)
        return super().handle(request, *args, **kwargs)


class AuthenticateView(Returning, mfa_views.AuthenticateView):
    """The second factor."""

    input_class = AuthenticateInput


class ReauthenticateView(mfa_views.ReauthenticateView):
    """The second factor once more, before a change."""

    input_class = ReauthenticateInput


class AuthenticatorAppView(mfa_views.ManageTOTPView):
    """An account's authenticator app."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Whoever sees the code that turns it on being typed cannot log in with it."""
        response: HttpResponse = super().post(request, *args, **kwargs)
        use_up(self.input.user.pk, self.input.cleaned_data["code"])
        return response


class SessionsView(session_views.SessionsView):
    """Where an account is logged in."""

    def delete(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """For who showed a moment ago who he is: who finds a browser open logs its owner out nowhere else."""
        if not is_recent(request.session):
            raise ReauthenticationRequired
        response: HttpResponseBase = super().delete(request, *args, **kwargs)
        return response


class Careful(APIView):
    """Takes a passkey's credential: bytes that anybody can have made, on which the library that reads them stumbles
    in more ways than it says.
    """

    def handle_input(self, data: Any) -> ErrorResponse | None:
        """As allauth does it; what cannot be read is a wrong one."""
        try:
            response: ErrorResponse | None = super().handle_input(data)
        except (ImmediateHttpResponse, DatabaseError):
            raise
        except Exception:
            return ErrorResponse(self.request, exception=get_adapter().validation_error("incorrect_code"))
        return response


class PasskeyLoginView(Returning, Careful, mfa_views.LoginWebAuthnView):
    """Login without a password."""

    begins_here = True


class PasskeyFactorView(Returning, Careful, mfa_views.AuthenticateWebAuthnView):
    """A passkey as the second factor."""


class PasskeyAgainView(Careful, mfa_views.ReauthenticateWebAuthnView):
    """A passkey instead of the password, of somebody who is logged in."""


class PasskeysView(Careful, mfa_views.ManageWebAuthnView):
    """An account's passkeys."""
