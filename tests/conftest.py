"""What all tests share. The services' fixtures are in `tests/services.py`."""

import pytest

from cms.local.installation import Installation


@pytest.fixture(scope="session")
def django_db_modify_db_settings(services: Installation, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Every test that has a database has the services."""
