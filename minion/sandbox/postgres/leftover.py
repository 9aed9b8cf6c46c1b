"""A server that a killed sandbox has left behind."""

from __future__ import annotations

import contextlib
import signal

import psutil

from minion.sandbox.postgres.home import Home

_STOP_S = 15.0


def end_leftover(home: Home) -> None:
    """Stop a server that a killed sandbox has left behind, and remove a stale pid file.

    The pid in the file may be another program's by now, after a restart of the
    machine for example, so the process is asked who it is.
    """
    pid_file = home.cluster / "postmaster.pid"
    try:
        pid = int(pid_file.read_text(encoding="ascii", errors="replace").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if str(home.cluster) in process.cmdline():
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(_STOP_S)
            if process.is_running():
                process.send_signal(signal.SIGQUIT)
                process.wait(_STOP_S)
    pid_file.unlink(missing_ok=True)
