"""What tests of faults share."""

from collections.abc import Iterator

import pytest

from tests.clips.asking import anybody, files
from tests.faults.clocks import DatabaseClock
from tests.faults.processes import WebServer

__all__ = ["anybody", "database_clock", "files", "web"]


@pytest.fixture
def web(transactional_db: None) -> Iterator[WebServer]:
    """A web server on the test database."""
    server = WebServer()
    yield server
    server.stop()


@pytest.fixture
def database_clock(db: None) -> Iterator[DatabaseClock]:
    """PostgreSQL's clock, to be set. Ask for it before `worker`, which must connect after this."""
    clock = DatabaseClock()
    yield clock
    clock.remove()
