"""`/_allauth/`: ours before allauth's, without what nobody can use here."""

from typing import Any, NoReturn

from allauth.headless.base.views import APIView
from allauth.headless.constants import Client
from django.http import Http404
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from accounts.login import views

VIEWS: dict[str, type[APIView]] = {
    "auth/login": views.LoginView,
    "auth/signup": views.SignupView,
    "auth/email/verify": views.VerifyEmailView,
    "auth/password/request": views.RequestPasswordResetView,
    "auth/password/reset": views.ResetPasswordView,
    "auth/2fa/authenticate": views.AuthenticateView,
    "auth/2fa/reauthenticate": views.ReauthenticateView,
    "auth/sessions": views.SessionsView,
    "auth/webauthn/login": views.PasskeyLoginView,
    "auth/webauthn/authenticate": views.PasskeyFactorView,
    "auth/webauthn/reauthenticate": views.PasskeyAgainView,
    "account/authenticators/totp": views.AuthenticatorAppView,
    "account/authenticators/webauthn": views.PasskeysView,
}
# Telephones, logins by code, and tokens beside sessions: there are none of these.
UNUSED = ("account/phone", "auth/phone/verify", "auth/phone/verify/resend", "auth/code/confirm", "tokens/refresh")


@csrf_exempt
def nowhere(*_asked: Any, **_about: Any) -> NoReturn:
    """As if there were no path."""
    raise Http404


urlpatterns = [
    *(path(f"{client.value}/v1/{tail}", nowhere) for client in Client for tail in UNUSED),
    *(
        path(f"{client.value}/v1/{tail}", view.as_api_view(client=client))
        for client in Client
        for tail, view in VIEWS.items()
    ),
    path("", include("allauth.headless.urls")),
]
