"""PostgreSQL, Valkey and the mail catcher by themselves: for tests, and for work by hand."""

import subprocess
import sys
from collections.abc import Callable

from cms.local import mail, valkey
from cms.local.installation import Installation
from cms.local.postgres import Postgres
from cms.local.supervision import CHILD, Program, Supervision, service_programs


def start(
    installation: Installation, more: dict[str, Program] | None = None, *, attached: bool
) -> subprocess.Popen[bytes]:
    """Start the services and wait until each answers; the supervisord that runs them.

    `more`: further programs for the same supervisord, started later. On any failure nothing is left running.
    """
    supervision = Supervision(installation)
    installation.create()
    supervision.clear_the_way()
    programs = service_programs(installation)
    supervisord = supervision.start({**programs, **(more or {})}, attached=attached)
    postgres = Postgres(installation)
    checks: dict[str, Callable[[], bool]] = {
        "postgres": postgres.is_ready,
        "valkey": lambda: valkey.is_ready(installation),
        "mail": lambda: mail.is_ready(installation),
    }
    try:
        supervision.wait_until(supervision.is_running, "supervisord", supervisord)
        for name in programs:
            supervision.wait_until(checks[name], name, supervisord)
        if "postgres" in programs:
            postgres.create_database()
        installation.write_env_file()
    except BaseException:
        stop(installation, supervisord)
        raise
    return supervisord


def stop(installation: Installation, supervisord: subprocess.Popen[bytes] | None = None) -> bool:
    """End everything of this installation; False if nothing ran."""
    stopped = Supervision(installation).stop()
    if supervisord is not None:
        if not stopped:
            supervisord.terminate()  # it had not yet written down its number
        supervisord.wait()
    return stopped


def dying_with_us(argv: list[str]) -> list[str]:
    """The command line that runs `argv` (a full path first) so that it ends when this process does."""
    return [sys.executable, str(CHILD), "--", *argv]
