"""`python -m cms.local COMMAND`: the demo, its services, and what they are doing."""

import argparse
import signal
import sys
from types import FrameType

from cms.local import demo, services
from cms.local.errors import LocalError
from cms.local.installation import Installation
from cms.local.postgres import Postgres
from cms.local.supervision import Supervision

STOPPED_BY_HAND = 130


def run(options: argparse.Namespace) -> int:
    """Carry out a command; its exit code."""
    installation = Installation.from_environment()
    match options.command:
        case "demo":
            return demo.run(installation, detach=options.detach)
        case "services":
            return run_services(installation)
        case "stop":
            say("Stopped." if services.stop(installation) else "Nothing was running.")
        case "status":
            return status(installation)
        case "clean":
            with installation.locked():
                services.stop(installation)
                Postgres(installation).remove()
            installation.remove()
    return 0


def run_services(installation: Installation) -> int:
    """Start PostgreSQL, Valkey and the mail catcher in the background; print the variables that lead there."""
    with installation.locked():
        if not Supervision(installation).is_running():
            say(f"Starting {', '.join(installation.services) or 'nothing: all addresses were given'} …")
            services.start(installation, attached=False)
    print(installation.export_lines(), end="")
    return 0


def status(installation: Installation) -> int:
    """Print what runs; 0 if all does, 3 if nothing does, 1 in between."""
    states = Supervision(installation).states()
    for name, state in states.items():
        print(f"{name:10} {state.lower()}")
    if not states:
        print("Nothing is running.")
        return 3
    return 0 if set(states.values()) == {"RUNNING"} else 1


def say(text: str) -> None:
    """Tell a person; standard output is for what a shell reads."""
    print(text, file=sys.stderr, flush=True)


def interrupt(number: int, frame: FrameType | None) -> None:
    """A closed terminal or a `kill` ends us as Ctrl-C does."""
    raise KeyboardInterrupt


def main() -> int:
    """Read the command line and obey."""
    parser = argparse.ArgumentParser(prog="python -m cms.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    starts = commands.add_parser("demo", help="start everything, with content; Ctrl-C ends it")
    starts.add_argument("--detach", action="store_true", help="come back once everything answers")
    commands.add_parser("services", help="start the services only; prints variables for a shell")
    commands.add_parser("status", help="what is running")
    commands.add_parser("stop", help="end demo or services")
    commands.add_parser("clean", help="end them and delete all their data (VAR_DIR)")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        return run(parser.parse_args())
    except LocalError as error:
        say(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        return STOPPED_BY_HAND


if __name__ == "__main__":
    sys.exit(main())
