"""Starts a program that reads what strangers made, within limits, and dying with its parent however that ends.

Run as a file, with nothing but the standard library: `python confined.py CPU_SECONDS MEMORY_BYTES FILE_BYTES COMMAND…`.
Between fork and exec of a process with threads no Python may run; so this is a program of its own.
"""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become the program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(os.environ.pop("CONFINED_PARENT")):
        sys.exit("the parent ended before its child began")
    limits = (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE)
    for limit, value in zip(limits, map(int, sys.argv[1:4]), strict=True):
        resource.setrlimit(limit, (value, value))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execv(sys.argv[4], sys.argv[4:])


if __name__ == "__main__":
    main()
