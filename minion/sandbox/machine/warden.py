"""Ends the sandbox's processes when the sandbox can no longer do it itself.

Run as a script, by path, with nothing but the standard library. Its standard
input is a pipe that only the sandbox holds open: one line ``+PGID SIGNAL`` for
each process group that starts, ``-PGID`` for each that is gone, ``~PATH`` for what
is to go with the sandbox. When the pipe closes, however the sandbox died, every
group left gets its signal and, after a while, SIGKILL; then the paths are removed.
Works wherever there are pipes, PR_SET_PDEATHSIG only on Linux, and that one reaches
a single process instead of a group.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from typing import BinaryIO

GRACE_S = 5.0
"""How long a process group may take to end before it is killed."""


def watch(pipe: BinaryIO, paths: list[str]) -> dict[int, int]:
    """The groups, each with its signal, that are alive when `pipe` closes.

    To `paths` is added what is to be removed then.
    """
    groups: dict[int, int] = {}
    for line in pipe:
        if line.startswith(b"~"):
            paths.append(os.fsdecode(line[1:].rstrip(b"\n")))
            continue
        words = line.decode("ascii").split()
        if words[0].startswith("+"):
            groups[int(words[0])] = int(words[1])
        else:
            groups.pop(-int(words[0]), None)
    return groups


def is_alive(group: int) -> bool:
    """Whether the process group `group` still has a member."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end(groups: dict[int, int], grace_s: float = GRACE_S) -> None:
    """Ask the process groups to end and kill those that do not within `grace_s` seconds."""
    for group, signal_number in groups.items():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal_number)
    deadline = time.monotonic() + grace_s
    while any(is_alive(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.1)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def main() -> None:
    """Watch standard input, then end what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    paths: list[str] = []
    end(watch(sys.stdin.buffer, paths))
    for path in paths:
        remove(path)


def remove(path: str) -> None:
    """Remove a file or a folder with all that is in it; none is no error."""
    shutil.rmtree(path, ignore_errors=True)
    with contextlib.suppress(OSError):
        os.unlink(path)  # noqa: PTH108 no pathlib: the script starts in no time


if __name__ == "__main__":
    main()
