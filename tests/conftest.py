"""What all tests share. Fixtures are in `tests/services.py` (PostgreSQL, Valkey, worker) and `tests/browser.py`."""

import pytest

from cms.local.installation import Installation

pytest_plugins = ["tests.browser", "tests.clock"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(services: Installation, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Every test that has a database has the services."""
