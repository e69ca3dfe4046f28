"""A newsroom for one run: services and content of its own in a throw-away folder, and nothing left of it afterwards."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import psycopg
from psycopg import sql

from cms.environment import Environment
from cms.local import services
from cms.local.installation import BASE_DIR, Installation
from cms.local.messages import compile_catalogues
from cms.local.postgres import DATABASE, Postgres


@contextmanager
def newsroom(*, durable: bool, **variables: str) -> Iterator[Installation]:
    """Services that run, tables, and Django in this process set up on them. Addresses in the environment are ignored.

    `durable`: whether PostgreSQL waits for the disk, as it does for editors; `variables`: what the environment of all
    its processes has besides.
    """
    for name in Environment.model_fields:
        os.environ.pop(name, None)
    os.environ |= variables
    signal.signal(signal.SIGTERM, _end)
    folder = Path(tempfile.mkdtemp(prefix="newsroom-bench-"))
    folder.chmod(0o711)  # PostgreSQL may have to run as another user
    installation = Installation(folder, durable=durable)
    supervisord = None
    try:
        compile_catalogues()
        supervisord = services.start(installation, attached=True)
        manage(installation, "migrate", "--verbosity=0")
        os.environ |= installation.settings() | {"DJANGO_SETTINGS_MODULE": "cms.settings"}
        import django

        django.setup()
        yield installation
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if supervisord is not None:
            services.stop(installation, supervisord)
        Postgres(installation).remove()
        shutil.rmtree(folder, ignore_errors=True)


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def load_stories(installation: Installation, count: int) -> None:
    """So many stories of `load_demo --stories`, with its topics and pictures, and without its drafts and videos.

    Of ten stories six are in English and French, three only in English, one only in French.
    """
    from cms.demo.bulk import add_stories
    from cms.demo.library import load_pictures
    from cms.demo.people import load_people
    from cms.demo.progress import Progress
    from cms.demo.vocabulary import load_vocabulary

    started = time.monotonic()
    print(f"Loading {count:,} stories …", end=" ", flush=True)
    with (installation.logs_dir / "content.log").open("w") as log:
        progress = Progress(log)
        load_people()
        load_vocabulary()
        load_pictures(progress)
        # The first by itself: it makes the tags, which several processes at once would each try to make.
        documents = add_stories(1, progress) + add_stories(count - 1, progress)
    vacuum(installation)
    print(f"{documents:,} documents ({time.monotonic() - started:.0f} s)", flush=True)


def vacuum(installation: Installation, database: str = DATABASE) -> None:
    """Leave the database as autovacuum does within minutes: with statistics, and nothing to do meanwhile."""
    with connect(installation, database) as connection:
        connection.execute("VACUUM ANALYZE")


def copy_database(installation: Installation, name: str) -> None:
    """A copy of the newsroom's database as it is now. Whoever is connected to it, also this process, is cut off."""
    from django.db import connections

    connections.close_all()
    with connect(installation, "postgres") as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [DATABASE])
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(DATABASE))
        )


def address(installation: Installation, database: str) -> str:
    """DATABASE_URL of a copy."""
    return f"{installation.settings()['DATABASE_URL'].rpartition('/')[0]}/{database}"


def connect(installation: Installation, database: str) -> psycopg.Connection:
    """A connection past Django."""
    return psycopg.connect(address(installation, database), autocommit=True)


def manage(installation: Installation, *arguments: str) -> None:
    """Run a command of manage.py in a process of its own. Raises CalledProcessError; what it said is printed then."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *arguments],
        cwd=BASE_DIR,
        env=installation.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout[-4000:], file=sys.stderr)
        done.check_returncode()
