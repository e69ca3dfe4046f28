"""Starts one process so that it ends when its parent does, however that parent ends.

Run as a file, with nothing but the standard library, either as `python child.py -- COMMAND…` (a full path
first) or as `python child.py PROGRAMS.json NAME`. The JSON holds for each name `argv`, and optionally `user`
([uid, gid]: become that user first), `folder` (working directory), `last_signal` (what the process gets when
its parent has died) and `guarded`: the wrapper stays, and when the program has ended, however, ends what it left
behind. Without it a killed web server's workers go on answering, and a killed worker's ffmpeg goes on encoding.
"""

import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
# What supervisord's own limit is for; this one counts only when supervisord is dead.
LONGEST_END_SECONDS = 60


def become(user: list[int]) -> None:
    """Give up root for `user`, for good."""
    uid, gid = user
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def end_with_parent(last_signal: int, parent: int) -> None:
    """Have the kernel send us `last_signal` when `parent` is gone, at once if it already is.

    To be called after a change of user, which forgets it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, last_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent ended before its child began")


def guard(argv: list[str]) -> int:
    """Run a program, hand on signals to it, and end its process group after it; its exit code.

    SIGALRM kills it: for a worker whose queue ends at the same moment and who would wait for it.
    """
    own = os.getpid()
    program = os.fork()
    if program == 0:
        end_with_parent(signal.SIGTERM, own)
        os.execv(argv[0], argv)

    def hand_on(number: int, _frame: object) -> None:
        os.kill(program, number)
        signal.alarm(LONGEST_END_SECONDS)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, hand_on)
    signal.signal(signal.SIGALRM, lambda _number, _frame: os.kill(program, signal.SIGKILL))
    _, status = os.waitpid(program, 0)
    for pid in group_members(os.getpgid(own)):
        if pid != own:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def group_members(group: int) -> list[int]:
    """Numbers of the processes in a process group."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in brackets, may hold anything; the third number after it is the group.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            found.append(int(folder.name))
    return found


def main() -> None:
    """Become the program, or guard it."""
    if sys.argv[1] == "--":
        program: dict[str, Any] = {"argv": sys.argv[2:], "last_signal": "TERM"}
        parent = os.getppid()
    else:
        program, parent = (
            json.loads(Path(sys.argv[1]).read_text())[sys.argv[2]],
            int(os.environ["LOCAL_PARENT"]),
        )
    if program.get("user"):
        become(program["user"])
    if program.get("last_signal"):
        end_with_parent(getattr(signal, f"SIG{program['last_signal']}"), parent)
    if program.get("folder"):
        os.chdir(program["folder"])
    if program.get("guarded"):
        sys.exit(guard(program["argv"]))
    # Whoever is started by this process (it keeps its number when it becomes the program) has it for parent.
    os.environ["LOCAL_PARENT"] = str(os.getpid())
    os.execv(program["argv"][0], program["argv"])


if __name__ == "__main__":
    main()
