"""The daemon's process: found, started in the background, stopped."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from minion.sandbox.daemon.card import TRY_AGAIN, Card, lock_path
from minion.sandbox.errors import SandboxError

#: Of several minutes on a busy machine: what does not get ready says so itself, and ends.
START_S = 300.0
STOP_S = 30.0
POLL_S = 0.05
LOG_TAIL_LINES = 15


def is_alive(state_dir: Path) -> bool:
    """Whether a daemon has this folder: it holds the lock as long as it lives."""
    try:
        with lock_path(state_dir).open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False


def find(state_dir: Path) -> Card | None:
    """The card of the daemon, if one runs and is ready."""
    card = Card.read(state_dir)
    return card if card and is_alive(state_dir) else None


def start(state_dir: Path) -> Card:
    """Start a daemon that outlives this process; returns once it answers.

    Raises:
        SandboxError: it ended or did not get ready in time; with its last words.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    log_path = state_dir / "daemon.log"
    process = _launch(state_dir, log_path)
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        card = find(state_dir)
        if card is not None:
            return card
        # A daemon that lost a race for the lock ends, and the winner becomes ready.
        if process.poll() is not None and not is_alive(state_dir):
            if process.returncode == TRY_AGAIN:
                process = _launch(state_dir, log_path)
                continue
            raise SandboxError(f"The sandbox did not start:\n{_tail(log_path)}")
        time.sleep(POLL_S)
    stop(state_dir)
    raise SandboxError(f"The sandbox was not ready after {START_S:.0f} s:\n{_tail(log_path)}")


def _launch(state_dir: Path, log_path: Path) -> subprocess.Popen[bytes]:
    with log_path.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "minion.sandbox", "serve", str(state_dir)],
            cwd=Path(__file__).parents[3],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def stop(state_dir: Path) -> bool:
    """Stop the daemon and wait until it is gone; False if there was none.

    Raises:
        SandboxError: it will not go.
    """
    if not is_alive(state_dir):
        return False
    for number, patience_s in ((signal.SIGTERM, STOP_S), (signal.SIGKILL, 5.0)):
        # The lock is held, so the pid in it is the daemon's and no newcomer's.
        with contextlib.suppress(ProcessLookupError, ValueError):
            os.kill(int(lock_path(state_dir).read_text()), number)
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if not is_alive(state_dir):
                return True
            time.sleep(POLL_S)
    raise SandboxError(f"The sandbox in {state_dir} does not stop.")


def _environment() -> dict[str, str]:
    """The caller's variables, without what speaks of another Heroku or of git's doings."""
    return {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("HEROKU_", "GIT_", "DATABASE_", "DJANGO_"))
        and key != "PYTHONSAFEPATH"
    }


def _tail(log_path: Path) -> str:
    lines = log_path.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LOG_TAIL_LINES:]) or "It left no message."
