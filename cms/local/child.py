"""Starts one process so that it ends when its parent does, however that parent ends.

Run as a file, with nothing but the standard library, either as `python child.py -- COMMAND…` (a full path
first) or as `python child.py PROGRAMS.json NAME`. The JSON holds for each name `argv`, and optionally `user`
([uid, gid]: become that user first), `folder` (working directory) and `last_signal` (what the process gets when
its parent has died).
"""

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


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


def main() -> None:
    """Become the program."""
    if sys.argv[1] == "--":
        program, parent = {"argv": sys.argv[2:], "last_signal": "TERM"}, os.getppid()
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
    # Whoever is started by this process (it keeps its number when it becomes the program) has it for parent.
    os.environ["LOCAL_PARENT"] = str(os.getpid())
    os.execv(program["argv"][0], program["argv"])


if __name__ == "__main__":
    main()
