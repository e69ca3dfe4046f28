"""People at the admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from accounts.models import User
from tests.factories.newsroom import make_editor


class Person(Client):
    """Somebody of a group, logged in."""

    def __init__(self, group: str) -> None:
        super().__init__()
        self.user = make_editor(group)
        self.force_login(self.user)


@pytest.fixture(autouse=True)
def migrations_table(db: None) -> None:
    """wagtail-localize asks it for the schema's version; `--no-migrations` makes none."""
    MigrationRecorder(connection).ensure_schema()


@pytest.fixture
def log_in(db: None) -> Callable[[str], Person]:
    """A client of somebody in a group."""
    return Person


@pytest.fixture
def editor(db: None) -> Person:
    return Person("Editors")


@pytest.fixture
def senior(db: None) -> Person:
    return Person("Senior editors")


@pytest.fixture
def admin(client: Client) -> Client:
    """Somebody who may do everything."""
    client.force_login(User.objects.create_superuser("admin", "admin@openseas.example", "x"))
    return client


def form_of(response: Any) -> Any:
    """What a browser would send back of a page's form, untouched."""
    from wagtail.test.utils.form_data import querydict_from_html

    form = querydict_from_html(response.content.decode(), form_id="page-edit-form")
    form["body-count"] = "0"  # a script of the page makes the body's fields
    return form
