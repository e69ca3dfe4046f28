"""Real services for the tests, as a plugin of pytest: PostgreSQL, Valkey and mail, a worker, beat.

Loaded before everything else (`-p tests.services`), since Django reads addresses when it is set up. They are
chosen here; the servers themselves start when the first test needs them, in a throw-away VAR_DIR, and end with
the run, however that ends. A server whose address is given (DATABASE_URL, CELERY_BROKER_URL) is taken as it is.

Fixtures:

- `services` PostgreSQL, Valkey and the mail catcher run; every test with a database has it
- `worker` a real Celery worker, on the test database, with an empty queue
- `beat` Celery's clock
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from cms.local import services as local_services
from cms.local.installation import BASE_DIR, Installation
from cms.local.messages import compile_catalogues
from cms.local.postgres import Postgres
from tests.forked import Forked

# Side by side (xdist) each process has services of its own: what the first one chose was not given by anybody.
for name in os.environ.pop("CHOSEN_BY_TESTS", "").split():
    del os.environ[name]
INSTALLATION = Installation(Path(tempfile.mkdtemp(prefix="newsroom-tests-")), durable=False)
INSTALLATION.var_dir.chmod(0o711)  # PostgreSQL may have to run as another user
INSTALLATION.create()
CHOSEN = {name: value for name, value in INSTALLATION.settings().items() if os.environ.get(name) != value}
os.environ |= CHOSEN | {"DJANGO_SETTINGS_MODULE": "cms.settings", "CHOSEN_BY_TESTS": " ".join(CHOSEN)}
compile_catalogues()


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    Postgres(INSTALLATION).remove()
    shutil.rmtree(INSTALLATION.var_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def services() -> Iterator[Installation]:
    """PostgreSQL, Valkey and the mail catcher run."""
    supervisord = local_services.start(INSTALLATION, attached=True)
    yield INSTALLATION
    local_services.stop(INSTALLATION, supervisord)


def environment_on(database_name: str) -> dict[str, str]:
    """The environment of a process that works on the test database."""
    address = urlsplit(INSTALLATION.environment()["DATABASE_URL"])
    return INSTALLATION.environment() | {"DATABASE_URL": urlunsplit(address._replace(path=f"/{database_name}"))}


class CeleryProcess:
    """A Celery process on the test database that a test may stop, kill and start again.

    `app`: the module of its Celery application; `variables`: what its environment has besides.
    """

    def __init__(self, *arguments: str, database_name: str, app: str = "cms", **variables: str) -> None:
        self.arguments = arguments
        self.database_name = database_name
        self.app = app
        self.variables = variables
        self.log = INSTALLATION.logs_dir / f"test-{arguments[0]}.log"
        self.process: subprocess.Popen[bytes] | Forked | None = None

    def start(self) -> None:
        """Start it if it does not run. It ends with this process."""
        if self.process and self.process.poll() is None:
            return
        if self.app == "cms" and not self.variables:
            self.process = Forked(self.arguments, self.log, environment_on(self.database_name))
            return
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                local_services.dying_with_us([sys.executable, "-m", "celery", "-A", self.app, *self.arguments]),
                cwd=BASE_DIR,
                env=environment_on(self.database_name) | self.variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> None:
        """End it in order, its children too."""
        self._end(lambda process: process.terminate())

    def kill(self) -> None:
        """As if the machine's memory had run out: SIGKILL to it and its children."""
        self._end(lambda process: os.killpg(process.pid, 9))

    def _end(self, how: Callable[[subprocess.Popen[bytes] | Forked], None]) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            how(self.process)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, 9)
                self.process.wait()
        self.process = None


class Worker(CeleryProcess):
    """The worker."""

    def start(self) -> None:
        """Start it and come back when it takes tasks."""
        from cms.celery import app

        super().start()
        deadline = time.monotonic() + 60
        while not app.control.ping(timeout=0.2, limit=1):
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"The worker does not start:\n{self.log.read_text()[-2000:]}")

    def wait_until_idle(self, seconds: float = 30) -> None:
        """Come back when no task waits or runs; fails the test if one still does after that time."""
        from cms.celery import app

        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with app.connection_for_read() as connection:
                waiting = sum(map(connection.default_channel.client.llen, ("celery", "clips", "encodes", "mails")))
            inspect = app.control.inspect(timeout=2, limit=1)
            busy = [
                task for tasks in ((inspect.active() or {}) | (inspect.reserved() or {})).values() for task in tasks
            ]
            if not waiting and not busy:
                return
            time.sleep(0.1)
        pytest.fail(f"The worker is still busy:\n{self.log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def celery_worker_process(services: Installation, django_db_setup: None) -> Iterator[Worker]:
    """The worker of the whole run; not started before a test asks for `worker`."""
    from django.db import connection

    # As the demo starts it, which looks for no neighbours.
    options = ("--concurrency=2", "--loglevel=INFO", "--without-gossip", "--without-mingle")
    process = Worker("worker", *options, database_name=connection.settings_dict["NAME"])
    yield process
    process.stop()


@pytest.fixture
def worker(celery_worker_process: Worker, transactional_db: None) -> Iterator[Worker]:
    """A real Celery worker on the test database; what other tests left in the queue is gone.

    `worker.wait_until_idle()` waits for tasks; `kill()`, `stop()` and `start()` are for tests of faults. The
    test's data are committed, since the worker is another process.
    """
    from cms.celery import app

    app.control.purge()
    # Each test has one of its own: what a process remembers of another test's data is gone.
    celery_worker_process.start()
    yield celery_worker_process
    # Not only idle: on a busy machine it may not answer, and whoever empties the tables next would meet it there.
    app.control.purge()
    # To end in order takes it seconds, and nothing that it may still do matters.
    celery_worker_process.kill()


@pytest.fixture
def beat(worker: Worker) -> Iterator[CeleryProcess]:
    """Celery's clock, with a worker to do what falls due."""
    schedule = INSTALLATION.var_dir / "test-beat-schedule"
    process = CeleryProcess(
        *("beat", "--loglevel=INFO", "--pidfile=", f"--schedule={schedule}"),
        database_name=worker.database_name,
    )
    process.start()
    yield process
    process.stop()
