"""How Mailchimp says no: problem documents, with the titles and sentences of the real one (known)."""

from collections.abc import Iterable
from typing import Any, NamedTuple

TYPE = "https://mailchimp.com/developer/marketing/docs/errors/"


class FieldError(NamedTuple):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(Exception):
    """An answer that is an error. `errors`: field by field, where fields are to blame."""

    def __init__(self, status: int, title: str, detail: str, errors: Iterable[FieldError] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = list(errors)

    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        document: dict[str, Any] = {
            "type": TYPE,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": "00000000-0000-0000-0000-000000000000",
        }
        if self.errors:
            document["errors"] = [error._asdict() for error in self.errors]
        return document


class Violation(Problem):
    """A request that no program of ours may send. The double remembers it, and the test fails."""


def not_validated(violation: bool, *errors: FieldError) -> Problem:
    """Fields of a request are wrong. `violation`: in a way that only a mistake in the program explains."""
    return (Violation if violation else Problem)(
        400,
        "Invalid Resource",
        "The resource submitted could not be validated. For field-specific details, see the 'errors' array.",
        errors,
    )


def bad_request(detail: str) -> Problem:
    """It cannot be done as things are."""
    return Problem(400, "Bad Request", detail)


def not_found() -> Problem:
    """There is nothing (any more) under this address."""
    return Problem(404, "Resource Not Found", "The requested resource could not be found.")


def wrong_key() -> Problem:
    """The key is not the account's."""
    return Problem(
        401,
        "API Key Invalid",
        "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
    )


def too_many() -> Problem:
    """More than ten connections at once."""
    return Problem(429, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections.")


def internal() -> Problem:
    """Mailchimp itself is broken."""
    return Problem(500, "Internal Server Error", "An unexpected internal error has occurred. Please contact Support.")


def in_compliance_state(email: str) -> Problem:
    """Only the person may bring himself back: through `pending`."""
    return Problem(
        400,
        "Member In Compliance State",
        f"{email} is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed.",
    )


def forgotten(email: str) -> Problem:
    """Permanently deleted: only the person may come back, through Mailchimp's own form."""
    return Problem(
        400,
        "Forgotten Email Not Subscribed",
        f"{email} was permanently deleted and cannot be re-imported. "
        "The contact must re-subscribe to get back on the list.",
    )


def member_exists(email: str) -> Problem:
    """The address is another member's already."""
    return Problem(400, "Member Exists", f"{email} is already a list member. Use PUT to insert or update list members.")


def bad_address(email: str, message: str) -> Problem:
    """Mailchimp does not believe in this address."""
    return Problem(400, "Invalid Resource", message, [FieldError("email_address", message)])
