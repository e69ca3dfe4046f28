"""What tests of media accounts in the admin read and press."""

from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.decisions import last_decision
from accounts.models import Level, MediaAccount
from home.models import Mail

SEERS = {"Senior editors", "Media desk"}
GROUPS = ["Translators", "Revisers", "Editors", "Senior editors", "Media desk", "Newsletter"]


def posted() -> list[Any]:
    """Template, address, language and context of each mail, in their order."""
    return [(row.template, row.to, row.language, row.context) for row in Mail.objects.order_by("pk")]


def address(account: MediaAccount, act: str = "") -> str:
    return reverse("media_account_act", args=[account.pk, act]) if act else reverse("media_account", args=[account.pk])


def act(client: Client, account: MediaAccount, name: str, **filled: Any) -> Any:
    """Do it, as its form would, opened just now."""
    form = {"seen": last_decision(account)} | filled
    return client.post(address(account, name), form, follow=True)


def html(client: Client, url: str, language: str = "en") -> str:
    response = client.get(url, headers={"accept-language": language})
    assert response.status_code == 200, response
    return response.content.decode()


def names(client: Client, **query: Any) -> list[str]:
    """Those in the list."""
    response = client.get(reverse("media_accounts"), query)
    assert response.status_code == 200
    return [account.name for account in response.context["object_list"]]


def level_of(account: MediaAccount) -> Level:
    return MediaAccount.objects.get(pk=account.pk).level
