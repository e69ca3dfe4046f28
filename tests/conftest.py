"""What tests share. Fixtures are in `tests/services.py` (services, worker), `tests/browser.py`, `tests/s3.py`,
`tests/searching.py`, `tests/mailchimp`."""

from collections.abc import Iterator
from typing import Any

import pytest

from cms.local.installation import Installation

pytest_plugins = ["tests.browser", "tests.clock", "tests.mailchimp.fixtures", "tests.s3", "tests.searching"]


def pytest_configure() -> None:
    """Leave out what no test is about; servers that tests start do it all."""
    from django.conf import settings

    # Each new client would look at every static file.
    settings.WHITENOISE_AUTOREFRESH = True


# They take minutes each. Begun last, they would keep one process busy while the other has nothing left to do.
LONGEST = ("tests/demo/", "tests/faults/", "tests/e2e/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; else as they come."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(services: Installation, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Every test that has a database has the services."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """What tests commit is undone in a moment (`tests/database.py`). At the end nobody is left in the database: a
    thread or a server that a test began may not have gone yet.
    """
    from django.db import connection
    from django.test import TransactionTestCase

    from tests.database import Kept

    with django_db_blocker.unblock():
        kept = Kept()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: kept.put_back())
        yield
    with django_db_blocker.unblock():
        connection.close()  # a test may have restarted the server under it
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(scope="session", autouse=True)
def costs_of_hashes() -> Iterator[dict[str, int]]:
    """A password is as good after one round over little memory; both stand in the hash. What they really are."""
    from accounts.passwords import Argon2

    costs = {name: getattr(Argon2, name) for name in ("time_cost", "memory_cost")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Argon2, "time_cost", 1)
        patch.setattr(Argon2, "memory_cost", 8)
        yield costs


@pytest.fixture(autouse=True)
def language_is_forgotten() -> Iterator[None]:
    """A request in French leaves its language to the thread: no test may find what another one left."""
    yield
    from django.utils.translation import deactivate

    deactivate()


@pytest.fixture(autouse=True)
def sites_are_forgotten(request: pytest.FixtureRequest) -> Iterator[None]:
    """The cache outlives a test's transaction: no test may find the address that another gave its site."""
    yield
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        from django.core.cache import cache

        from delivery.context import FRONTEND_ROOT

        cache.delete_many([FRONTEND_ROOT, "wagtail_site_root_paths"])
