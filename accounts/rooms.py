"""What other rooms keep of an account, or have for it: they listen here, since this room knows of none of them."""

from typing import Any

from django.dispatch import Signal
from django.urls import reverse

from home.mail import server_url

# Sent with `account` (MediaAccount). A receiver answers `{name: rows}`, each row a dict that becomes JSON.
asked_for_everything = Signal()

# Sent with `account` in the transaction that erases it, while it is still there: receivers forget it, too. What must
# wait for that to be done, they do on commit.
about_to_be_erased = Signal()


def kept_elsewhere(account: Any) -> dict[str, list[dict[str, Any]]]:
    """What all rooms above this one keep of an account, by the names that they give it."""
    answers: Any = asked_for_everything.send(sender=type(account), account=account)
    return {name: rows for _receiver, answer in answers for name, rows in answer.items()}


def newsletters_url() -> str:
    """Where a frontend reads which newsletters it can offer to who has an account now."""
    return server_url(reverse("api-1:list_newsletters"))
