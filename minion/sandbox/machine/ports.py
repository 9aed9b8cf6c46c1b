"""Ports on loopback that stay the same from one start to the next."""

from __future__ import annotations

import random
import socket
import time

LOOPBACK = "127.0.0.1"
FIRST, LAST = 20000, 32768
PATIENCE_S = 2.0
#: Chosen by this process, though perhaps not listened on yet.
_given: set[int] = set()


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do, so that connections in TIME_WAIT do not make a port look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose(wanted: int = 0) -> int:
    """`wanted` if it is free, or else a port that is; none is chosen twice.

    From below the range that systems give to outgoing connections, so that it is
    likely to be free at the next start too.
    """
    port = wanted
    if not wanted or wanted in _given or not _becomes_free(wanted):
        port = random.randrange(FIRST, LAST)
        while port in _given or not is_free(port):
            port = random.randrange(FIRST, LAST)
    _given.add(port)
    return port


def _becomes_free(port: int) -> bool:
    """Whether a port is free, or soon will be: what a killed daemon left needs a moment to end."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
