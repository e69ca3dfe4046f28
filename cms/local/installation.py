"""Where the local services keep their things, and the addresses at which they answer."""

import fcntl
import json
import os
import random
import secrets
import shlex
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from cms.local.errors import LocalError

BASE_DIR = Path(__file__).resolve().parent.parent.parent
PORT_NAMES = ("postgres", "valkey", "smtp", "mail", "control", "web", "streams")
# Below the range from which the kernel takes ports for outgoing connections.
PORT_RANGE = range(20_000, 30_000)


@dataclass(frozen=True)
class Installation:
    """One VAR_DIR: everything that the services of one checkout (or one test run) own.

    `durable=False` is for tests: PostgreSQL then does not wait for the disk.
    """

    var_dir: Path
    durable: bool = True

    @classmethod
    def from_environment(cls) -> "Installation":
        """The installation that VAR_DIR names: `var/` in the checkout if it is not set."""
        return cls(Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").absolute())

    def create(self) -> None:
        """Make the folders. A folder that is there is left as it is."""
        if not self.var_dir.exists():
            self.var_dir.mkdir(parents=True)
            # Root's PostgreSQL runs as another user, who has to get through; nobody but root may list.
            self.var_dir.chmod(0o711)
        for folder in (self.logs_dir, self.mail_dir, self.secrets_dir):
            folder.mkdir(exist_ok=True)
        self.secrets_dir.chmod(0o700)

    @property
    def logs_dir(self) -> Path:
        """One log a process."""
        return self.var_dir / "logs"

    @property
    def mail_dir(self) -> Path:
        """One .eml file a mail."""
        return self.var_dir / "mail"

    @property
    def secrets_dir(self) -> Path:
        """Passwords and what holds them; for the owner only."""
        return self.var_dir / "secrets"

    @property
    def env_file(self) -> Path:
        """The environment as `export NAME='value'` lines: for a shell, and for python-dotenv."""
        return self.secrets_dir / "env"

    @property
    def web_port(self) -> int:
        """PORT, else 8000. Raises LocalError if it is no port."""
        given = os.environ.get("PORT") or "8000"
        if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 65535:
            raise LocalError(f"PORT is {given!r}: it has to be a number from 1 to 65535.")
        return int(given)

    @property
    def base_url(self) -> str:
        """Address of the web server."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def mail_url(self) -> str:
        """Address of the page that shows the mails."""
        return f"http://127.0.0.1:{self.ports['mail']}/"

    @cached_property
    def ports(self) -> dict[str, int]:
        """Port of each service, as remembered; chosen once. See `move_busy_ports`."""
        self.create()
        remembered = self._read_json(self.var_dir / "ports.json")
        ports = {name: port for name, port in remembered.items() if name in PORT_NAMES and isinstance(port, int)}
        for name in PORT_NAMES:
            if name not in ports:
                ports[name] = free_port(besides=set(ports.values()))
        self._write_ports(ports)
        return ports

    def move_busy_ports(self) -> None:
        """Choose anew each remembered port that somebody else has taken. Only while nothing of ours runs."""
        for name, port in self.ports.items():
            if not is_free(port):
                self.ports[name] = free_port(besides=set(self.ports.values()))
        self._write_ports(self.ports)

    def _write_ports(self, ports: dict[str, int]) -> None:
        path = self.var_dir / "ports.json"
        if self._read_json(path) != ports:
            write_whole(path, json.dumps(ports, indent=2) + "\n")

    @cached_property
    def password(self) -> str:
        """Password of PostgreSQL, Valkey and supervisord: other users of the machine reach the ports too."""
        return self._secret("password")

    @cached_property
    def secret_key(self) -> str:
        """SECRET_KEY where none is given."""
        return self._secret("secret_key")

    def _secret(self, name: str) -> str:
        self.create()
        path = self.secrets_dir / name
        if not path.exists():
            write_whole(path, secrets.token_urlsafe(32), mode=0o600)
        return path.read_text().strip()

    @cached_property
    def given(self) -> frozenset[str]:
        """Variables somebody set to something of their own: what they name is not started here.

        What was taken over from our own `env_file` does not count.
        """
        ours = self._read_env_file()
        names = ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "EMAIL_HOST", "SECRET_KEY")
        return frozenset(name for name in names if os.environ.get(name) and os.environ[name] != ours.get(name))

    @property
    def services(self) -> tuple[str, ...]:
        """Services that have to be started here, since no address was given for them."""
        needed = {"postgres": "DATABASE_URL", "valkey": "CELERY_BROKER_URL", "mail": "EMAIL_HOST"}
        return tuple(service for service, variable in needed.items() if variable not in self.given)

    def settings(self) -> dict[str, str]:
        """The variables that lead Django and Celery to these services."""
        variables = {"VAR_DIR": str(self.var_dir), "PORT": str(self.web_port)}
        if "DATABASE_URL" not in self.given:
            variables["DATABASE_URL"] = (
                f"postgres://newsroom:{self.password}@127.0.0.1:{self.ports['postgres']}/newsroom"
            )
        if "CELERY_BROKER_URL" not in self.given:
            valkey = f"redis://:{self.password}@127.0.0.1:{self.ports['valkey']}"
            variables["CELERY_BROKER_URL"] = f"{valkey}/0"
            if "CACHE_URL" not in self.given:
                variables["CACHE_URL"] = f"{valkey}/1"
        if "EMAIL_HOST" not in self.given:
            variables |= {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(self.ports["smtp"])}
        if "SECRET_KEY" not in self.given:
            variables["SECRET_KEY"] = self.secret_key
        return variables

    def environment(self) -> dict[str, str]:
        """The whole environment for processes started here."""
        return {
            **os.environ,
            **self.settings(),
            "DJANGO_SETTINGS_MODULE": "cms.settings",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(BASE_DIR),
        }

    def export_lines(self) -> str:
        """The settings as lines for a shell."""
        return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in self.settings().items())

    def write_env_file(self) -> None:
        """Save `export_lines` where commands run by hand find them."""
        write_whole(self.env_file, self.export_lines(), mode=0o600)

    def _read_env_file(self) -> dict[str, str]:
        if not self.env_file.exists():
            return {}
        words = shlex.split(self.env_file.read_text())
        return dict(word.split("=", 1) for word in words if "=" in word)

    def remove(self) -> None:
        """Delete VAR_DIR, if it is one of ours."""
        if (self.var_dir / "ports.json").exists():
            shutil.rmtree(self.var_dir)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one command at a time starts things here. Raises LocalError if another one does."""
        self.create()
        with (self.var_dir / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LocalError(
                    f"Another command is starting or stopping the services of {self.var_dir}. "
                    "Wait until it is done, or stop it."
                ) from None
            yield

    @staticmethod
    def _read_json(path: Path) -> dict[str, object]:
        try:
            content = json.loads(path.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}


def package_folder(name: str) -> Path:
    """Where an installed package lies, without importing it."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise LocalError(f"The package {name} is not installed. `make demo` and `make test` install everything.")
    return Path(found.origin).parent


def is_free(port: int) -> bool:
    """Whether something could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(besides: set[int]) -> int:
    """A free port outside `besides`."""
    while True:
        port = random.choice(PORT_RANGE)
        if port not in besides and is_free(port):
            return port


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file so that nobody ever reads half of it."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    unfinished.replace(path)
