"""A backup is restored with PostgreSQL's own tools: who follows the feed is right then, or told that it was not."""

import os
import subprocess
from pathlib import Path

import pytest
from django.db import connection

from cms.local.installation import Installation
from cms.local.postgres import Postgres
from tests.delivery.test_feed import Consumer, present
from tests.factories.newsroom import edit, make_news

pytestmark = pytest.mark.django_db(transaction=True)

TABLES = ("delivery_loghead", "delivery_change", "delivery_publisheddocument", "search_entry")


class Backup:
    """What the public reads and the log of it, as they were."""

    def __init__(self, installation: Installation, file: Path) -> None:
        self.installation = installation
        self.file = file
        tables = [f"--table={name}" for name in TABLES]
        self._run("pg_dump", "--format=custom", "--data-only", *tables, f"--file={file}", self._name)

    def restore(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(TABLES)}")
        self._run("pg_restore", "--data-only", f"--dbname={self._name}", str(self.file))

    @property
    def _name(self) -> str:
        return str(connection.settings_dict["NAME"])

    def _run(self, program: str, *arguments: str) -> None:
        settings = connection.settings_dict
        names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
        environment = os.environ | {name: str(settings[key]) for name, key in names.items()}
        command = [str(Postgres(self.installation).programs / program), *arguments]
        subprocess.run(command, env=environment, check=True)


def test_consumers_after_a_restore(services: Installation, tmp_path: Path) -> None:
    pages = [make_news(f"Story {number}") for number in range(3)]
    behind, level, ahead, far_ahead = (Consumer() for _ in range(4))
    behind.step(2)
    level.follow()
    backup = Backup(services, tmp_path / "backup")
    edit(pages[0], title="After the backup")
    ahead.follow()
    pages[1].unpublish()
    far_ahead.follow()

    backup.restore()
    assert ahead.follow() == present()
    assert ahead.restarts == 1
    for number in range(6):  # The log grows past where the last of them stands.
        make_news(f"Another {number}")
    for consumer, restarts in ((behind, 0), (level, 0), (ahead, 1), (far_ahead, 1)):
        assert consumer.follow() == present()
        assert consumer.restarts == restarts
