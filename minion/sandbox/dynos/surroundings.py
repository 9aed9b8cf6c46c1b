"""What all dynos of an app share: their slug, their log, and how a command is started."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import shutil
import signal
import socket
import subprocess
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from minion.sandbox.builds.builder import Builder
from minion.sandbox.dynos.memory import POLL_S, QUOTAS_MB, VASTLY, used_mb, web_concurrency
from minion.sandbox.dynos.process import DynoProcess, RunSpec, now
from minion.sandbox.logs.app_log import AppLog
from minion.sandbox.machine.processes import Child, lines, spawn

BOOT_TIMEOUT_S = 60.0
"""Dev Center: Web Dynos (or Error Codes, R10): a web dyno must bind to $PORT in that time."""

STOP_S = 5.0
"""Heroku waits 30 s between SIGTERM and SIGKILL (Dev Center: Dynos, "Shutdown")."""


@dataclass(frozen=True)
class Surroundings:
    """What all dynos of an app share."""

    builder: Builder
    log: AppLog
    on_change: Callable[[], None]
    boot_timeout_s: float = BOOT_TIMEOUT_S
    stop_s: float = STOP_S
    memory_poll_s: float = POLL_S
    quotas_mb: Mapping[str, int] = field(default_factory=lambda: QUOTAS_MB)

    def change_state(self, dyno: DynoProcess, state: str) -> None:
        """Set and log a dyno's state."""
        if dyno.state != state:
            told = "complete" if state == "down" and dyno.exit_status == 0 else state
            self.log.add(f"heroku[{dyno.name}]", f"State changed from {dyno.state} to {told}")
        dyno.state, dyno.updated_at = state, now()
        self.on_change()

    @contextlib.asynccontextmanager
    async def running(
        self,
        dyno: DynoProcess,
        spec: RunSpec,
        env: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> AsyncIterator[Child]:
        """The dyno's command, started through bash as Heroku does, in files of its own.

        Afterwards neither is left.

        Raises:
            OSError, ValueError: it could not be started.
        """
        async with self.builder.workspace(spec.slug_id) as folder:
            self.log.add(f"heroku[{dyno.name}]", f"Starting process with command `{dyno.command}`")
            dyno.port = free_port()
            variables = {
                "HOME": str(folder),
                "PYTHONPATH": str(folder),
                "WEB_CONCURRENCY": str(web_concurrency(dyno.size)),
                **self.builder.environment(spec.slug_id),
                **spec.config_vars,
                **(env or {}),
                "PORT": str(dyno.port),
                "DYNO": dyno.name,
            }
            bash = shutil.which("bash") or "/bin/sh"
            argv = [bash, "-c", f"{_profiles(folder)}{dyno.command}"]
            child = await spawn(argv, env=variables, cwd=folder, stdin=stdin)
            watching = asyncio.ensure_future(self._watch_memory(dyno, child))
            try:
                yield child
            finally:
                watching.cancel()
                await child.stop(0, signal.SIGKILL)

    async def _watch_memory(self, dyno: DynoProcess, child: Child) -> None:
        """Log that a dyno uses more than its size allows, and end one that uses twice as much."""
        quota_mb = self.quotas_mb[dyno.size]
        while True:
            await asyncio.sleep(self.memory_poll_s)
            used = await asyncio.to_thread(used_mb, child.pid)
            if used <= quota_mb:
                continue
            told = f"Process running mem={used:.0f}M({100 * used / quota_mb:.1f}%)"
            self.log.add(f"heroku[{dyno.name}]", told)
            if used <= VASTLY * quota_mb:
                self.log.add(f"heroku[{dyno.name}]", "Error R14 (Memory quota exceeded)")
                continue
            self.log.add(f"heroku[{dyno.name}]", "Error R15 (Memory quota vastly exceeded)")
            self.log.add(f"heroku[{dyno.name}]", "Stopping process with SIGKILL")
            await child.stop(0, signal.SIGKILL)
            return

    async def log_output(self, dyno: DynoProcess, stream: asyncio.StreamReader) -> None:
        """Log what the dyno writes, to its end."""
        async for line in lines(stream):
            self.log.add(f"app[{dyno.name}]", line)


def _profiles(folder: Path) -> str:
    """What bash runs before a dyno's command: the project's own scripts, if it has them.

    Dev Center: Dynos, "The .profile file"; Buildpack API, "profile.d scripts".
    """
    scripts = [*sorted(folder.glob(".profile.d/*.sh")), folder / ".profile"]
    there = [path.relative_to(folder).as_posix() for path in scripts if path.is_file()]
    return "".join(f". ./{shlex.quote(path)}; " for path in there)


_given: deque[int] = deque(maxlen=500)


def free_port() -> int:
    """A port that nobody listens on and that was not given out lately."""
    while True:
        with socket.socket() as probe:
            probe.bind(("", 0))
            port: int = probe.getsockname()[1]
        if port not in _given:
            _given.append(port)
            return port
