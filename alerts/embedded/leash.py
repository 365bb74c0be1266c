"""Run a program that cannot outlive the one that started it.

    python -I -S leash.py PARENT_PID COMMAND [ARGUMENT …]

Asks Linux to kill this process when its parent ends, however that ends, then becomes COMMAND: same process
id, no shell. The other way, a function run between fork and exec, is unsafe in a parent with threads; this
costs 16 ms a start, because it imports nothing of ours. Where there is no prctl the program simply runs.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Become ``command``; returns only when that is impossible, having said why."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is the point
    except OSError as failed:
        print(f"{command[0]} cannot be started: {failed.strerror}", flush=True)
        sys.exit(127)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
