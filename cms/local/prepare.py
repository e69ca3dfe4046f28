"""Database, catalogues, static files and content of the demo: whatever is missing, nothing twice.

Run as `python -m cms.local.prepare`, with the environment of an installation; in one process, since starting
Django costs more than finding that there is nothing to do.
"""

import hashlib
import os
from pathlib import Path

from cms.local import messages


def main() -> None:
    """Do what is left to do, and say what takes long."""
    messages.compile_catalogues()

    import django

    django.setup()
    migrate()
    collect_static()
    load_demo()
    renew_addresses()


def migrate() -> None:
    """Bring the database's tables up to date."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say(f"Database: {len(plan)} migrations …")
        call_command("migrate", verbosity=0, interactive=False)


def collect_static() -> None:
    """Gather stylesheets and scripts, if any has changed since the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    seen = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            seen.update(f"{name}:{facts.st_size}:{facts.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if not stamp.exists() or stamp.read_text() != seen.hexdigest():
        say("Stylesheets and scripts …")
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(seen.hexdigest())


def load_demo() -> None:
    """The demo's stories, videos and users. The command itself knows what is there already.

    `DEMO_VIDEO_SECONDS`: how long a video may be; making and ingesting them is most of the wait.
    """
    from django.core.management import call_command

    call_command("load_demo", video_seconds=int(os.environ.get("DEMO_VIDEO_SECONDS", "0")))


def renew_addresses() -> None:
    """Documents hold addresses of this server's files: render them anew if it has moved (another PORT)."""
    from django.conf import settings
    from django.core.management import call_command

    stamp = Path(settings.VAR_DIR) / "base-url"
    if stamp.exists() and stamp.read_text() != settings.BASE_URL:
        say(f"Documents for {settings.BASE_URL} …")
        call_command("rebuild_documents", verbosity=0)
    stamp.write_text(settings.BASE_URL)


def say(text: str) -> None:
    """A line of progress."""
    print(text, flush=True)


if __name__ == "__main__":
    main()
