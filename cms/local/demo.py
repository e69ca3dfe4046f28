"""The demo: services, database, content, web server, worker and beat, ready to be looked at."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

from cms.local import front, services
from cms.local.errors import LocalError
from cms.local.installation import BASE_DIR, Installation, is_free, write_whole
from cms.local.supervision import Program, Supervision

READY_SECONDS = 120
# Who works on what: a short clip waits neither for a long one, nor for an upload that is looked through; a mail waits
# for none of them, and what goes out by the clock not for a mail server.
WORKERS = {
    "worker": ("celery", 2),
    "clips": ("clips", 2),
    "encodes": ("encodes", 1),
    "mails": ("mails", 2),
    "newsletter": ("newsletter", 2),
}
WORKER_OPTIONS = "--loglevel INFO --without-gossip --without-mingle"


def run(installation: Installation, *, detach: bool) -> int:
    """Bring the demo up. Stays until Ctrl-C or `stop` unless `detach`; the exit code.

    Raises LocalError when it cannot start; nothing of it is running then.
    """
    supervision = Supervision(installation)
    with installation.locked():
        if "web" in supervision.states():
            running = read_demo(installation)
            print(f"The demo is running already; `make demo-stop` ends it.\n\n{describe(running)}")
            return 0
        services.stop(installation)
        refuse_busy_port(installation)
        print(f"Starting {', '.join((*installation.services, 'then the newsroom'))} …", flush=True)
        supervisord = services.start(installation, web_programs(installation), attached=not detach)
        try:
            prepare(installation)
            supervision.start_programs("web", "streams", "front", *WORKERS, "beat")
            supervision.wait_until(lambda: is_healthy(installation), "web", supervisord, READY_SECONDS)
            supervision.wait_until(lambda: front.leads_to_streams(installation), "streams", supervisord, READY_SECONDS)
            supervision.wait_until(lambda: takes_tasks(installation), "worker", supervisord, READY_SECONDS)
            write_demo(installation)
            print(f"\n{describe(read_demo(installation))}", flush=True)
            if detach:
                print("\n`make demo-stop` ends it.")
                return 0
            print("\nCtrl-C ends it.", flush=True)
        except BaseException:
            end(installation, supervisord)
            raise
    return stay(installation, supervisord)


def stay(installation: Installation, supervisord: subprocess.Popen[bytes]) -> int:
    """Wait for Ctrl-C or for somebody's `stop`, and say so if a part of the demo gives up."""
    supervision, reported = Supervision(installation), set[str]()
    try:
        while True:
            try:
                supervisord.wait(timeout=5)
            except subprocess.TimeoutExpired:
                for name, state in supervision.states().items():
                    if state == "FATAL" and name not in reported:
                        reported.add(name)
                        print(f"\n{name} has given up. The end of its log:\n{supervision.log_end(f'{name}.log')}")
            else:
                print("\nThe demo was stopped.")
                return 0 if supervisord.returncode == 0 else 1
    except KeyboardInterrupt:
        end(installation, supervisord)
        return 0


def end(installation: Installation, supervisord: subprocess.Popen[bytes]) -> None:
    """End everything; another Ctrl-C does not interrupt that."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    print("\nEnding the demo …", flush=True)
    services.stop(installation, supervisord)
    print("Ended; its data are kept.", flush=True)


def web_programs(installation: Installation) -> dict[str, Program]:
    """Front server, web server, event streams, worker and beat."""
    python, here = sys.executable, str(BASE_DIR)
    granian = "-m granian --host 127.0.0.1 --workers-kill-timeout 5 --respawn-failed-workers --log-level warning"
    web = f"--interface wsgi --port {installation.ports['web']} --workers 2 --blocking-threads 8 cms.wsgi:application"
    # Cutting is done by several threads, each of which would keep memory of its own.
    celery = ["/usr/bin/env", "MALLOC_ARENA_MAX=2", python, "-m", "celery", "-A", "cms"]
    workers = {
        name: Program(
            [*celery, *f"worker -n {name}@%h -Q {queue} --concurrency {processes}".split(), *WORKER_OPTIONS.split()],
            40,
            folder=here,
            autostart=False,
            stop_seconds=20,
            last_signal="ALRM",
            guarded=True,
        )
        for name, (queue, processes) in WORKERS.items()
    }
    schedule = str(installation.var_dir / "beat-schedule")
    beat = [*celery, "beat", "--loglevel", "WARNING", "--pidfile", "", "--schedule", schedule]
    web_server = [python, *granian.split(), *web.split()]
    streams = [python, *granian.split(), *front.streams_options(installation)]
    return {
        **workers,
        "beat": Program(beat, 50, folder=here, autostart=False),
        "web": Program(web_server, 60, folder=here, autostart=False, stop_seconds=15, guarded=True),
        "streams": Program(streams, 60, folder=here, autostart=False, stop_seconds=15, guarded=True),
        "front": Program(front.prepare(installation), 70, folder=here, autostart=False),
    }


def refuse_busy_port(installation: Installation) -> None:
    """Raises LocalError, with the way out, if somebody listens on the front server's port."""
    port = installation.web_port
    if is_free(port):
        return
    other = next((number for number in range(port + 1, 65536) if is_free(number)), 8001)
    raise LocalError(f"Port {port} is taken by another program. Take another port: PORT={other} make demo")


def prepare(installation: Installation) -> None:
    """Database, catalogues, static files and content, in a process of their own (`cms.local.prepare`)."""
    with subprocess.Popen(
        [sys.executable, "-m", "cms.local.prepare"],
        cwd=BASE_DIR,
        env=installation.environment(),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            code = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
            raise
    if code != 0:
        raise LocalError("The demo could not be prepared; what went wrong is printed above.")


def is_healthy(installation: Installation) -> bool:
    """Whether `/healthz` answers 200: web, database and broker do their work."""
    try:
        with urllib.request.urlopen(f"{installation.base_url}/healthz", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


def takes_tasks(installation: Installation) -> bool:
    """Whether somebody listens to each queue."""
    os.environ |= installation.settings()
    from cms.celery import app  # reads the settings, hence the environment

    try:
        return len(app.control.ping(timeout=2, limit=len(WORKERS))) == len(WORKERS)
    except OSError:
        return False


def write_demo(installation: Installation) -> None:
    """Write `demo.json`: addresses, and the users that `load_demo` left in `demo-users.json`."""
    users = installation.var_dir / "demo-users.json"
    base_url = installation.base_url
    content = {
        "base_url": base_url,
        "admin_url": f"{base_url}/admin/",
        "api_url": f"{base_url}/api/v1/",
        "docs_url": f"{base_url}/api/v1/docs",
        "mail_url": installation.mail_url if "mail" in installation.services else None,
        "mail_dir": str(installation.mail_dir),
        "users": json.loads(users.read_text()) if users.exists() else [],
    }
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    write_whole(installation.var_dir / "demo.json", text, mode=0o600)


def read_demo(installation: Installation) -> dict[str, Any]:
    """What `write_demo` wrote."""
    try:
        content = json.loads((installation.var_dir / "demo.json").read_text())
    except FileNotFoundError:
        content = {"users": []}
    return dict(content)


def describe(demo: dict[str, Any]) -> str:
    """The addresses and logins as a table for people."""
    addresses = {
        "Admin": demo.get("admin_url"),
        "API": demo.get("api_url"),
        "API guide": demo.get("docs_url"),
        "Mails": demo.get("mail_url"),
    }
    lines = [f"  {name:<12} {address}" for name, address in addresses.items() if address]
    if demo["users"]:
        rows = [
            ("Role", "User", "Password"),
            *((u["role"], u["username"], u["password"]) for u in demo["users"]),
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines += [
            "",
            *("  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows),
        ]
    return "\n".join(lines)
