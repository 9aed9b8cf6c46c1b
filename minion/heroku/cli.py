"""``heroku run`` of the Heroku CLI, for dynos that are reached by SSH.

Dynos of private spaces and of Fir apps have an http(s) `attach_url`, over which
the CLI tunnels ssh. That, and nothing else, is left to it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping
from typing import IO, Callable

from minion.errors import HerokuError
from minion.heroku.auth import quiet_cli
from minion.heroku.output import Text
from minion.heroku.sentinel import in_own_shell

CHUNK = 65536
#: What the CLI gets to end by itself.
END_S = 5.0


def run(
    app: str,
    command: str,
    *,
    write: Callable[[bytes], None],
    environ: Mapping[str, str],
    token: str,
    size: str | None,
    timeout_s: float,
) -> int:
    """The exit status of `command`, run by a shell in a one-off dyno of `app`.

    What the CLI itself says (also on failure, with status 1) is part of the output.

    Raises:
        HerokuError: there is no CLI, or the command did not end in time.
    """
    program = shutil.which("heroku", path=environ.get("PATH", os.defpath))
    if program is None:
        raise HerokuError(
            f"{app}: its dynos are reached by SSH, for which the Heroku CLI is needed, and there "
            "is no `heroku` on the PATH; see https://devcenter.heroku.com/articles/heroku-cli"
        )
    argv = [program, "run", "--exit-code", "--no-tty", "--app", app]
    if size:
        argv += ["--size", size]
    is_late = threading.Event()
    with quiet_cli({**environ, "HEROKU_API_KEY": token}) as quiet:
        status = _status_of([*argv, "--", in_own_shell(command)], quiet, write, timeout_s, is_late)
    if is_late.is_set():
        raise HerokuError(
            f"{app}: `heroku run` did not end within {timeout_s:.0f} seconds; its dyno may "
            f"still be running: look with `heroku ps --app {app}`"
        )
    return status


def _status_of(
    argv: list[str],
    env: Mapping[str, str],
    write: Callable[[bytes], None],
    timeout_s: float,
    is_late: threading.Event,
) -> int:
    """The exit status of `argv`; after `timeout_s` it is ended and `is_late` set."""
    process = subprocess.Popen(
        argv,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        start_new_session=True,
    )

    def give_up() -> None:
        is_late.set()
        _end(process)

    timer = threading.Timer(timeout_s, give_up)
    timer.daemon = True
    timer.start()
    try:
        assert process.stdout is not None
        _pass_on(process.stdout, write)
        return process.wait()
    finally:
        timer.cancel()
        _end(process)


def _pass_on(stream: IO[bytes], write: Callable[[bytes], None]) -> None:
    text = Text()
    while True:
        chunk = stream.read(CHUNK)
        if not chunk:
            break
        piece = text.feed(chunk)
        if piece:
            write(piece)
    rest = text.finish()
    if rest:
        write(rest)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the CLI and the ssh that it has started, if they still run."""
    for ending in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, ending)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_S)
