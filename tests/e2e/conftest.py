"""The whole product, served as in the demo, on the test database."""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from cms.local.bucket import S3Server
from cms.local.installation import BASE_DIR, Installation, free_port
from cms.local.services import dying_with_us
from tests.s3 import bucket_at
from videos.uploads.bucket import allow_uploads_from

SCREENSHOTS = BASE_DIR / "var" / "screenshots"


@pytest.fixture(scope="session")
def collected_static(services: Installation) -> None:
    """Scripts and styles of the admin, collected once."""
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(command, cwd=BASE_DIR, env=services.environment(), check=True)


@pytest.fixture
def newsroom(transactional_db: None, services: Installation, collected_static: None) -> Iterator[str]:
    """Address of a web server on the test database."""
    with serving(services) as base_url:
        yield base_url


@pytest.fixture
def newsroom_with_bucket(
    transactional_db: None, services: Installation, collected_static: None, s3_server: S3Server
) -> Iterator[str]:
    """The same, with its files in a bucket."""
    with serving(services, **s3_server.variables()) as base_url:
        allow_uploads_from(bucket_at(s3_server.address), base_url)
        yield base_url


@contextmanager
def serving(services: Installation, **variables: str) -> Iterator[str]:
    """A web server on the test database. `variables`: what its environment has besides."""
    address = urlsplit(services.environment()["DATABASE_URL"])
    database = urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))
    granian = str(Path(sys.executable).parent / "granian")
    port = free_port(set())
    base_url = f"http://127.0.0.1:{port}"
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    log = services.logs_dir / "test-web.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            dying_with_us([granian, *options, "--workers-kill-timeout", "5", "cms.wsgi:application"]),
            cwd=BASE_DIR,
            env=services.environment()
            | {"DATABASE_URL": database, "PORT": str(port), "BASE_URL": base_url}
            | variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_it_answers(base_url, process, log)
        yield base_url
    finally:
        process.terminate()
        process.wait(timeout=15)
        print(log.read_text()[-5000:])  # Shown where the test fails.


def _wait_until_it_answers(base_url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{base_url}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The web server does not answer:\n{log.read_text()[-3000:]}")
