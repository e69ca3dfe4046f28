"""Production refuses to start half configured, and says everything that is missing at once."""

import os
import subprocess
import sys

from cms.environment import BASE_DIR
from cms.management.commands.write_configuration import PAGE, configuration_page

COMPLETE = {
    "PRODUCTION": "true",
    "SECRET_KEY": "9f0c4b6d2e8a17c35f49d0b86e2a71c4f5d39b8e60a7c2d14b95e83f7a06c1d2",
    "DATABASE_URL": "postgres://newsroom:secret@127.0.0.1:5432/newsroom",
    "CELERY_BROKER_URL": "redis://127.0.0.1:6379/0",
    "ALLOWED_HOSTS": "press.openseas.example",
    "BASE_URL": "https://press.openseas.example",
}


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command of manage.py with these variables and no others of ours."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | variables
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)


def test_production_names_everything_that_is_missing() -> None:
    done = manage("check", PRODUCTION="true")
    assert done.returncode != 0
    for name in ("SECRET_KEY", "DATABASE_URL", "CELERY_BROKER_URL", "ALLOWED_HOSTS", "BASE_URL"):
        assert name in done.stderr


def test_an_error_in_the_environment_shows_no_secret() -> None:
    done = manage("check", **(COMPLETE | {"PORT": "none", "SECRET_KEY": "do-not-print-me"}))
    assert done.returncode != 0
    assert "do-not-print-me" not in done.stderr + done.stdout


def test_complete_production_is_clean_under_check_deploy() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **COMPLETE)
    assert done.returncode == 0, done.stderr


def test_the_page_of_configuration_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == configuration_page()
