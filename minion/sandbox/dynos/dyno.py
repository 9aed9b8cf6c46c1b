"""One dyno of the formation: it boots, serves, crashes and is started again."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator

from minion.sandbox.dynos.listening import is_for_this_machine_only
from minion.sandbox.dynos.process import DynoProcess, RunSpec
from minion.sandbox.dynos.surroundings import Surroundings
from minion.sandbox.machine.processes import Child

_PROBE_S = 0.05
_LAST_OUTPUT_S = 1.0
_STEADY_S = 60.0
"""A dyno that was up for so long has not crashed "again"."""

_FIRST_BACK_OFF_S, _LONGEST_BACK_OFF_S = 10.0, 320.0
"""Heroku: at once, then 20 minutes, doubled up to 320 (Dev Center: Dyno Crash Restart Policy)."""


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
        self.spec = spec
        self._boot_s = boot_s
        self._child: Child | None = None
        self._life: asyncio.Task[None] | None = None
        self._requests = 0
        self._is_leaving = False
        self._is_warned = False

    @property
    def is_web(self) -> bool:
        """Whether it gets requests."""
        return self.process.type == "web"

    def start(self, after: list[asyncio.Task[None]]) -> None:
        """Boot once the tasks `after` are done; until then, and while it boots, `starting`."""
        self._life = asyncio.ensure_future(self._live(after))

    async def stop(self) -> None:
        """Let the requests that it serves be answered, then end its processes."""
        self._is_leaving = True
        await self._finish_requests()
        if self._child is not None and self._child.is_running:
            self._log("Stopping all processes with SIGTERM")
            await self._child.stop(self._around.stop_s)
        elif self._life is not None:
            self._life.cancel()
        if self._life is not None:
            await asyncio.wait([self._life])
        self._around.change_state(self.process, "down")

    @contextlib.contextmanager
    def request(self) -> Iterator[None]:
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
            try:
                await self._run_once()
            except (OSError, ValueError) as exc:
                self._log(f"Process could not be started: {exc}")
            if self._is_leaving:
                return
            if asyncio.get_running_loop().time() - began > _STEADY_S:
                back_off_s = 0.0
            self._around.change_state(self.process, "crashed")
            await asyncio.sleep(back_off_s)
            back_off_s = min(max(2 * back_off_s, _FIRST_BACK_OFF_S), _LONGEST_BACK_OFF_S)
            self._around.change_state(self.process, "starting")

    async def _run_once(self) -> None:
        """Start the process and return when it is gone."""
        async with self._around.running(self.process, self.spec) as child:
            self._child = child
            logging = asyncio.ensure_future(self._around.log_output(self.process, child.output))
            try:
                await self._boot(child)
                self.process.exit_status = await child.wait()
                await asyncio.wait([logging], timeout=_LAST_OUTPUT_S)
            finally:
                logging.cancel()
            self._log(f"Process exited with status {self.process.exit_status}")

    async def _boot(self, child: Child) -> None:
        """Wait until a web process answers on its port (others: until it runs)."""
        deadline = asyncio.get_running_loop().time() + self._around.boot_timeout_s
        if self.is_web:
            await asyncio.wait([asyncio.ensure_future(child.wait())], timeout=self._boot_s)
            while child.is_running and not await self._can_be_reached(self.process.port or 0):
                if asyncio.get_running_loop().time() > deadline:
                    self._log(
                        "Error R10 (Boot timeout) -> Web process failed to bind to $PORT within "
                        f"{self._around.boot_timeout_s:g} seconds of launch"
                    )
                    self._log("Stopping process with SIGKILL")
                    await child.stop(0, signal.SIGKILL)
                await asyncio.sleep(_PROBE_S)
        if child.is_running and not self._is_leaving:
            self._around.change_state(self.process, "up")

    async def _can_be_reached(self, port: int) -> bool:
        """Whether the process takes connections, and not from its own dyno alone."""
        if not await _accepts(port):
            return False
        if not is_for_this_machine_only(port):
            return True
        if not self._is_warned:
            self._is_warned = True
            self._log(
                "The process listens on loopback only, where Heroku's router does not reach it; "
                "let it bind to 0.0.0.0 or [::]"
            )
        return False

    def _log(self, text: str) -> None:
        self._around.log.add(f"heroku[{self.process.name}]", text)


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
