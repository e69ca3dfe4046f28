"""`/_allauth/`: ours before allauth's."""

from allauth.headless.constants import Client
from django.urls import include, path

from accounts.login import views

VIEWS = {
    "auth/login": views.LoginView,
    "auth/signup": views.SignupView,
    "auth/email/verify": views.VerifyEmailView,
    "auth/password/request": views.RequestPasswordResetView,
    "auth/password/reset": views.ResetPasswordView,
    "auth/2fa/authenticate": views.AuthenticateView,
}

urlpatterns = [
    *(
        path(f"{client.value}/v1/{tail}", view.as_api_view(client=client))
        for client in Client
        for tail, view in VIEWS.items()
    ),
    path("", include("allauth.headless.urls")),
]
