"""One dyno of the formation: it boots, serves, crashes and is started again."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import socket
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable, Protocol

from minion.sandbox.builds import Builder
from minion.sandbox.logs import AppLog
from minion.sandbox.processes import Child, lines, spawn

BOOT_TIMEOUT_S = 60.0
"""Dev Center: Web Dynos (or Error Codes, R10): a web dyno must bind to $PORT in that time."""

STOP_S = 5.0
"""Heroku waits 30 s between SIGTERM and SIGKILL (Dev Center: Dynos, "Shutdown")."""

_PROBE_S = 0.05
_STEADY_S = 60.0
"""A dyno that was up for so long has not crashed "again"."""

_FIRST_BACK_OFF_S, _LONGEST_BACK_OFF_S = 10.0, 320.0
"""Heroku: at once, then 20 minutes, doubled up to 320 (Dev Center: Dyno Crash Restart Policy)."""


class Timing(Protocol):
    """Seconds by which the sandbox is slower than it has to be."""

    boot_s: float
    preboot_s: float


@dataclass
class NoDelay:
    """A timing that is as quick as can be."""

    boot_s: float = 0
    preboot_s: float = 0


@dataclass(frozen=True)
class RunSpec:
    """What dynos of a release run."""

    release_id: str
    release_version: int
    slug_id: str
    config_vars: dict[str, str]
    process_types: dict[str, str]


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class DynoProcess:
    """A dyno as the API shows it; `state` is starting, up, crashed, down or idle."""

    name: str
    type: str
    command: str
    size: str
    release_version: int
    state: str = "starting"
    port: int | None = None
    attach_url: str | None = None
    exit_status: int | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: str = field(default_factory=_now)
    updated_at: str = field(default_factory=_now)


@dataclass(frozen=True)
class Surroundings:
    """What all dynos of an app share."""

    builder: Builder
    log: AppLog
    on_change: Callable[[], None]
    boot_timeout_s: float = BOOT_TIMEOUT_S
    stop_s: float = STOP_S

    def change_state(self, dyno: DynoProcess, state: str) -> None:
        """Set and log a dyno's state."""
        if dyno.state != state:
            told = "complete" if state == "down" and dyno.exit_status == 0 else state
            self.log.add(f"heroku[{dyno.name}]", f"State changed from {dyno.state} to {told}")
        dyno.state, dyno.updated_at = state, _now()
        self.on_change()

    async def launch(
        self,
        dyno: DynoProcess,
        spec: RunSpec,
        folder: Path,
        env: Mapping[str, str] | None = None,
        **streams: int,
    ) -> Child:
        """Start the dyno's command in `folder`, through bash as Heroku does."""
        self.log.add(f"heroku[{dyno.name}]", f"Starting process with command `{dyno.command}`")
        dyno.port = free_port()
        variables = {
            "HOME": str(folder),
            "PYTHONPATH": str(folder),
            **self.builder.environment(spec.slug_id),
            **spec.config_vars,
            **(env or {}),
            "PORT": str(dyno.port),
            "DYNO": dyno.name,
        }
        shell = shutil.which("bash") or "/bin/sh"
        return await spawn([shell, "-c", dyno.command], env=variables, cwd=folder, **streams)

    async def log_output(self, dyno: DynoProcess, stream: asyncio.StreamReader) -> None:
        """Log what the dyno writes, to its end."""
        async for line in lines(stream):
            self.log.add(f"app[{dyno.name}]", line)


class FormationDyno:
    """A dyno that the platform keeps running."""

    def __init__(
        self,
        around: Surroundings,
        spec: RunSpec,
        process_type: str,
        number: int,
        size: str,
        boot_s: float,
    ) -> None:
        self.process = DynoProcess(
            f"{process_type}.{number}",
            process_type,
            spec.process_types[process_type],
            size,
            spec.release_version,
        )
        self.number = number
        self._around = around
        self._spec = spec
        self._boot_s = boot_s
        self._child: Child | None = None
        self._life: asyncio.Task[None] | None = None
        self._requests = 0

    @property
    def is_web(self) -> bool:
        """Whether it gets requests."""
        return self.process.type == "web"

    def start(self, after: list[asyncio.Task[None]]) -> None:
        """Boot once the tasks `after` are done; until then, and while it boots, `starting`."""
        self._life = asyncio.ensure_future(self._live(after))

    async def stop(self) -> None:
        """Let the requests that it serves be answered, then end its processes."""
        await self._finish_requests()
        if self._child is not None and self._child.is_running:
            self._log("Stopping all processes with SIGTERM")
            self.process.exit_status = await self._child.stop(self._around.stop_s)
            self._log(f"Process exited with status {self.process.exit_status}")
        if self._life is not None:
            self._life.cancel()
            await asyncio.wait([self._life])
        self._around.change_state(self.process, "down")

    @contextlib.contextmanager
    def request(self):  # type: ignore[no-untyped-def]
        """While a request is with this dyno it is not stopped, for a while."""
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1

    async def _finish_requests(self) -> None:
        deadline = asyncio.get_running_loop().time() + self._around.stop_s
        while self._requests and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(_PROBE_S)

    async def _live(self, after: list[asyncio.Task[None]]) -> None:
        if after:
            await asyncio.wait(after)
        back_off_s = 0.0
        while True:
            began = asyncio.get_running_loop().time()
            await self._run_once()
            if asyncio.get_running_loop().time() - began > _STEADY_S:
                back_off_s = 0.0
            self._around.change_state(self.process, "crashed")
            await asyncio.sleep(back_off_s)
            back_off_s = min(max(2 * back_off_s, _FIRST_BACK_OFF_S), _LONGEST_BACK_OFF_S)
            self._around.change_state(self.process, "starting")

    async def _run_once(self) -> None:
        """Start the process and return when it is gone."""
        folder = await self._around.builder.copy(self._spec.slug_id)
        try:
            try:
                self._child = await self._around.launch(self.process, self._spec, folder)
            except (OSError, ValueError) as exc:
                self._log(f"Process could not be started: {exc}")
                return
            logging = asyncio.ensure_future(
                self._around.log_output(self.process, self._child.output)
            )
            try:
                await self._boot(self._child)
                self.process.exit_status = await self._child.wait()
                await asyncio.wait([logging], timeout=1)
                self._log(f"Process exited with status {self.process.exit_status}")
            finally:
                await self._child.stop(0)
                logging.cancel()
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))

    async def _boot(self, child: Child) -> None:
        """Wait until a web process answers on its port (others: until it runs)."""
        deadline = asyncio.get_running_loop().time() + self._around.boot_timeout_s
        if self.is_web:
            await asyncio.wait([asyncio.ensure_future(child.wait())], timeout=self._boot_s)
            while child.is_running and not await _accepts(self.process.port or 0):
                if asyncio.get_running_loop().time() > deadline:
                    self._log(
                        "Error R10 (Boot timeout) -> Web process failed to bind to $PORT within "
                        f"{self._around.boot_timeout_s:g} seconds of launch"
                    )
                    self._log("Stopping process with SIGKILL")
                    await child.stop(0, signal.SIGKILL)
                await asyncio.sleep(_PROBE_S)
        if child.is_running:
            self._around.change_state(self.process, "up")

    def _log(self, text: str) -> None:
        self._around.log.add(f"heroku[{self.process.name}]", text)


_given: deque[int] = deque(maxlen=500)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on and that was not given out lately."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in _given:
            _given.append(port)
            return port


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
