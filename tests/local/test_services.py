"""The local services as somebody at a terminal meets them: real processes, started, killed, started again."""

import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest

from cms.local import services
from cms.local.errors import LocalError
from cms.local.installation import BASE_DIR, Installation
from cms.local.postgres import Postgres
from cms.local.supervision import Supervision

OURS = (
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "CACHE_URL",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "SECRET_KEY",
    "VAR_DIR",
    "PORT",
)


@pytest.fixture
def installation(monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """An installation of its own, in a folder with an awkward name, ended and removed after the test."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    with tempfile.TemporaryDirectory(prefix="newsroom local; 100% #1 ") as folder:
        Path(folder).chmod(0o711)
        installation = Installation(Path(folder) / "var", durable=False)
        monkeypatch.setenv("VAR_DIR", str(installation.var_dir))
        yield installation
        services.stop(installation)
        assert living(installation) == {}
        Postgres(installation).remove()


def command(name: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m cms.local NAME`, as typed."""
    return subprocess.run(
        [sys.executable, "-m", "cms.local", *name.split()],
        cwd=BASE_DIR,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def living(installation: Installation) -> dict[int, str]:
    """All processes that name the installation's folder, or are children of such: number → command line."""
    found, parents = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().decode(errors="replace")
            parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if str(installation.var_dir) in line:
            found[int(folder.name)] = line.replace("\0", " ")
    children = {pid: "child" for pid, parent in parents.items() if parent in found}
    return {pid: line for pid, line in (children | found).items() if pid != os.getpid() and parents.get(pid)}


def wait_until_gone(installation: Installation, seconds: float = 20) -> None:
    """Wait for the last process to end."""
    deadline = time.monotonic() + seconds
    while left := living(installation):
        assert time.monotonic() < deadline, f"still living: {left}"
        time.sleep(0.05)


def connect(installation: Installation) -> psycopg.Connection:
    return psycopg.connect(installation.settings()["DATABASE_URL"], autocommit=True)


def fetch(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return answer.read().decode()


def test_services_command_prints_variables_that_lead_to_running_services(installation: Installation) -> None:
    done = command("services")
    assert done.returncode == 0, done.stderr
    address = next(line for line in done.stdout.splitlines() if line.startswith("export DATABASE_URL="))
    with psycopg.connect(address.split("=", 1)[1]) as connection:
        assert connection.execute("SELECT upper('é') || lower('Œ')").fetchone() == ("Éœ",)
    assert command("status").returncode in (0, 1)  # 1 while supervisor still says STARTING

    assert command("stop").returncode == 0
    assert living(installation) == {}
    assert command("status").returncode == 3


def test_second_start_while_running_leaves_what_runs(installation: Installation) -> None:
    first = command("services")
    before = set(living(installation))
    second = command("services")
    assert second.stdout == first.stdout
    assert set(living(installation)) == before


def test_data_survive_a_restart(installation: Installation) -> None:
    supervisord = services.start(installation, attached=True)
    with connect(installation) as connection:
        connection.execute("CREATE TABLE note AS SELECT 'kept' AS text")
    services.stop(installation, supervisord)

    supervisord = services.start(installation, attached=True)
    with connect(installation) as connection:
        assert connection.execute("SELECT text FROM note").fetchone() == ("kept",)
    services.stop(installation, supervisord)


def test_killed_supervisor_leaves_no_orphans_and_the_next_start_works(installation: Installation) -> None:
    supervisord = services.start(installation, attached=True)
    supervisord.kill()
    supervisord.wait()
    wait_until_gone(installation)

    supervisord = services.start(installation, attached=True)  # over stale pid files
    connect(installation).close()
    services.stop(installation, supervisord)


def test_services_end_with_the_process_they_are_attached_to(installation: Installation) -> None:
    code = (
        "from cms.local import services; from cms.local.installation import Installation; import time\n"
        "services.start(Installation.from_environment(), attached=True); print('up', flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True)
    with starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "up\n"
        starter.kill()
    wait_until_gone(installation)


def test_ctrl_c_during_the_start_leaves_nothing(installation: Installation) -> None:
    for seconds in (0.4, 0.8, 1.2):
        starter = subprocess.Popen(
            [sys.executable, "-m", "cms.local", "services"],
            cwd=BASE_DIR,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        time.sleep(seconds)
        if starter.poll() is None:
            starter.send_signal(signal.SIGINT)
        starter.communicate(timeout=30)
        if starter.returncode == 0:
            services.stop(installation)
        wait_until_gone(installation)


def test_pid_file_of_a_killed_server_whose_number_is_somebody_elses_is_removed(
    installation: Installation,
) -> None:
    supervisord = services.start(installation, attached=True)
    services.stop(installation, supervisord)
    pid_file = Postgres(installation).data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n")

    supervisord = services.start(installation, attached=True)
    connect(installation).close()
    services.stop(installation, supervisord)


def test_taken_service_port_is_replaced(installation: Installation) -> None:
    installation.create()
    taken = installation.ports["postgres"]
    with socket.create_server(("127.0.0.1", taken)):
        supervisord = services.start(installation, attached=True)
    assert installation.ports["postgres"] != taken
    assert json.loads((installation.var_dir / "ports.json").read_text()) == installation.ports
    services.stop(installation, supervisord)


def test_given_addresses_are_taken_and_their_services_not_started(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://somewhere/0")
    assert installation.services == ("mail",)
    assert set(installation.settings()) == {"VAR_DIR", "PORT", "EMAIL_HOST", "EMAIL_PORT", "SECRET_KEY"}


def test_own_addresses_from_a_shell_do_not_count_as_given(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.create()
    installation.write_env_file()
    for name, value in installation.settings().items():
        monkeypatch.setenv(name, value)
    again = Installation(installation.var_dir)
    assert again.services == ("postgres", "valkey", "mail")


@pytest.mark.parametrize("port", ["", "0", "eight", "70000", "²"])
def test_impossible_port_is_refused_with_a_sentence(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setenv("PORT", port)
    if not port:
        assert installation.web_port == 8000
    else:
        with pytest.raises(LocalError, match="from 1 to 65535"):
            _ = installation.web_port


def test_busy_web_port_is_reported_with_the_way_out(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        done = command("demo --detach", PORT=str(port))
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert "make demo" in done.stderr
    assert living(installation) == {}


def test_two_commands_at_once_do_not_start_twice(installation: Installation) -> None:
    with installation.locked():
        done = command("services")
    assert done.returncode == 1
    assert "Another command" in done.stderr


def test_mail_is_caught_as_a_file_and_shown_on_a_page(installation: Installation) -> None:
    supervisord = services.start(installation, attached=True)
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Votre code : été", "a@example.org", "b@example.org"
    message.set_content("123456 <script>")
    message.add_alternative("<p>123456</p>", subtype="html")
    with smtplib.SMTP("127.0.0.1", installation.ports["smtp"]) as smtp:
        smtp.send_message(message, to_addrs=["b@example.org", "blind@example.org"])

    [path] = installation.mail_dir.glob("*.eml")
    assert b"X-Envelope-To: b@example.org, blind@example.org" in path.read_bytes()
    assert "Votre code : été" in fetch(installation.mail_url)
    assert "123456 &lt;script&gt;" in fetch(f"{installation.mail_url}{path.name}")
    assert "<p>123456</p>" in fetch(f"{installation.mail_url}{path.name}/html")
    services.stop(installation, supervisord)


def test_program_that_cannot_start_is_reported_with_its_log(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Postgres, "prepare", lambda _self: ["/bin/sh", "-c", "echo no room on disk; exit 1"])
    with pytest.raises(LocalError, match="no room on disk"):
        services.start(installation, attached=True)
    assert Supervision(installation).states() == {}
