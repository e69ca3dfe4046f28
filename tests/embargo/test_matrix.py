"""What is hidden is nowhere: every route × everybody × every way in which a page can be hidden."""

import pytest

from tests.embargo import states
from tests.embargo.conftest import Answers, Newsroom

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(1200)]

# Routes that show nothing even of what is out, and why.
CLOSED = {
    "admin/login/": "asks who somebody is, and shows nothing",
    "admin/password_reset/": "asks for an address, and shows nothing",
    r"^media/(?P<name>.+)$": "stored names are for editors",
    "/api/v1/site/": "has texts of no page",
    "/api/v1/videos/{video_id}/download/": "leads on, and shows nothing itself: `tests/clips`",
    "/api/v1/clips/": "has the caller's own clips, of which there are none",
    "/api/v1/clips/{clip_id}/": "is known to who ordered it: `tests/clips`",
    "/api/v1/clips/{clip_id}/events/": "`cms.streams` answers there, to who ordered it",
    "/api/v1/orders/": "has the caller's own orders, of which there are none",
    "/api/v1/orders/{order_id}/": "is known to who ordered it: `tests/clips`",
    "files/archives/<str:archive>/<str:called>": "is signed for who ordered it: `tests/clips`",
    "/api/v1/account/": "says who somebody is",
    "/api/v1/account/undertakings/": "has texts of no page",
    "/api/v1/account/downloads/": "has what the caller downloaded himself, of which there is nothing",
    "/api/v1/account/export/": "has what is kept of the caller himself",
    "/api/v1/account/tokens/": "has keys, of no story",
    "/api/v1/newsletter/lists/": "has texts of no page",
    "/api/v1/newsletter/preferences/": "has what the owner of a mailed link gets",
    "/api/v1/search/related/": "has other stories than the one that it is asked of",
    "/api/v1/changes/stream/": "`cms.streams` answers there, with the entries of `changes/`",
}
STATES = [state.__name__ for state in states.HIDDEN]


@pytest.mark.parametrize("state", STATES)
def test_hidden_page_is_nowhere(answers: Answers, state: str) -> None:
    leaks = {route: cells for (route, of), cells in answers.leaks.items() if of == state and cells}
    assert not leaks, "\n".join(f"{route}: {cell}" for route, cells in leaks.items() for cell in cells[:5])


def test_matrix_is_large(answers: Answers) -> None:
    assert answers.cells >= 1500


def test_pages_that_are_out_are_seen_by_the_same_means(answers: Answers) -> None:
    assert {str(route) for route in answers.routes} - answers.seen == set(CLOSED)


def test_live_pages_named_what_was_out(newsroom: Newsroom) -> None:
    assert {one.word for one in newsroom.subjects if one.was_public} <= newsroom.mentioned
