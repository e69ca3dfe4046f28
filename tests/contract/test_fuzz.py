"""The API against its own description: whatever is asked, the answer is one of those that the description names.

`SOAK=1` asks far more, and differently each time.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from cms.wsgi import application
from delivery.context import frontend_root
from tests.accounts.conftest import Person
from tests.factories.showcase import make_showcase_story

SOAK = os.environ.get("SOAK", "0") != "0"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
    allow_header_conformance,
]
# Texts that only this API makes, and names that only one video has: one that somebody makes up is refused, though the
# description can only say "text".
OPAQUE = {"cursor", "since", "rendition", "token"}
# What these mean, a schema cannot say: whether there is such a video, rendition, country or moment, whether an out
# point comes after its in point, which terms are in force, what the password is, that a name is printable, whether
# there is such a newsletter, whether a mail had this token.
MEANT = {
    "POST /api/v1/videos/{video_id}/clips/",
    "POST /api/v1/orders/",
    "PATCH /api/v1/account/",
    "POST /api/v1/account/tokens/",
    "POST /api/v1/newsletter/subscriptions/",
    "POST /api/v1/newsletter/subscriptions/confirm/",
    "POST /api/v1/newsletter/subscriptions/unsubscribe/",
    "POST /api/v1/newsletter/preferences/",
    "POST /api/v1/account/undertakings/",
    "DELETE /api/v1/account/",
}

# What an account's owner asks for himself. Everything else is asked by whoever the description lets one be.
OWN = "/api/v1/account/"
LOGGED_IN: dict[str, str] = {}

# No text may have the character NUL, which no pattern of the description says either (`tests/api/test_problems.py`).
schema = schemathesis.openapi.from_wsgi(
    "/api/v1/openapi.json",
    application,
    config=SchemathesisConfig.from_dict({"generation": {"mode": "all", "deterministic": not SOAK, "allow-x00": False}}),
).exclude(path_regex="/stream/$|/events/$")  # `cms.streams` answers there: `tests/streams`, `tests/clips`


@schemathesis.serializer("text/csv", "application/x-edl")
def write_text(_context: Any, value: Any) -> bytes:
    """Tables and cut lists are texts; where one is to be wrong, something else."""
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")


quick = settings(
    max_examples=2000 if SOAK else 40,
    stateful_step_count=12 if SOAK else 5,
    deadline=None,
    derandomize=not SOAK,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if SOAK else [])],
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(3600 if SOAK else 300)]


@pytest.fixture(scope="module", autouse=True)
def content(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A story and a video with everything, for all that is asked."""
    with django_db_blocker.unblock(), transaction.atomic():
        cache.clear()
        frontend_root()
        make_showcase_story()
        LOGGED_IN["X-Session-Token"] = Person("app").enter().token
        # As Django's own test client does: the connection has the content, in a transaction.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        yield
        transaction.set_rollback(True)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def checks_for(case: Any) -> list[Any]:
    """All checks that are sound for this request."""
    is_made_up = OPAQUE & set(case.query or {}) or case.operation.label in MEANT
    return CHECKS if is_made_up else [*CHECKS, positive_data_acceptance]


@schema.parametrize()
@quick
def test_every_answer_is_one_of_the_description(case: Any) -> None:
    headers = LOGGED_IN if case.operation.path.startswith(OWN) else None
    case.call_and_validate(checks=checks_for(case), headers=headers)


def test_answers_lead_on_as_the_description_says() -> None:
    class Reader(schema.as_state_machine()):  # type: ignore[misc]
        def validate_response(self, response: Any, case: Any, **kwargs: Any) -> None:
            case.validate_response(response, checks=checks_for(case))

    Reader.run(settings=quick)
