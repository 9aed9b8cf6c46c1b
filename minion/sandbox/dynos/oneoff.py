"""A one-off dyno: attached to a client by rendezvous, detached, or of a release phase.

Dev Center: One-Off Dynos; Release Phase.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import Any, Callable

from minion.sandbox.dynos.process import DynoProcess, RunSpec
from minion.sandbox.dynos.rendezvous import Rendezvous
from minion.sandbox.dynos.surroundings import Surroundings
from minion.sandbox.dynos.terminal import copy_input, copy_output
from minion.sandbox.machine.processes import Child, lines

Write = Callable[[str], Awaitable[None]]

ATTACH_S = 60.0
"""How long a dyno waits for its client (Dev Center: Error Codes, R13)."""

LONGEST_LIFE_S = 86_400.0
"""Dev Center: One-Off Dynos, "Timeout"."""

_LAST_OUTPUT_S = 10.0
"""How long the client may take to read what is left when the process has ended."""

_NOT_STARTED = 128


class _Visit:
    """One client that is expected at the rendezvous; `arrived` gives its connection."""

    def __init__(self, rendezvous: Rendezvous) -> None:
        loop = asyncio.get_running_loop()
        self.arrived: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            loop.create_future()
        )
        self._over = asyncio.Event()
        self._rendezvous = rendezvous
        self._secret = secrets.token_urlsafe(24)
        self.url = rendezvous.expect(self._secret, self._connect)

    def end(self) -> None:
        """Close the connection, or the door if nobody came."""
        self._rendezvous.forget(self._secret)
        self._over.set()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.arrived.set_result((reader, writer))
        await self._over.wait()


class OneOff:
    """A dyno that runs one command once."""

    def __init__(
        self,
        around: Surroundings,
        spec: RunSpec,
        process: DynoProcess,
        env: Mapping[str, str],
        life_s: float | None = None,
    ) -> None:
        self.process = process
        self._around = around
        self._spec = spec
        self._env = env
        self._life_s = life_s or LONGEST_LIFE_S
        self._child: Child | None = None
        self._stopped = asyncio.Event()

    async def run(self, write: Write | None = None) -> int:
        """Run the command, its output to the app's log and to `write`; the exit status."""
        async with self._running(stdin=subprocess.DEVNULL) as child:
            await self._until_end(child, self._report(child, write))
        return self._status()

    def expect_client(self, rendezvous: Rendezvous) -> Awaitable[int]:
        """Set ``process.attach_url``; what is returned waits for the client and serves it."""
        visit = _Visit(rendezvous)
        self.process.attach_url = visit.url
        self._log("Awaiting client")
        return self._serve(visit)

    async def stop(self) -> None:
        """End it, whether it still waits for its client or runs."""
        self._stopped.set()
        if self._child is not None:
            await self._child.stop(self._around.stop_s)

    async def _serve(self, visit: _Visit) -> int:
        stopped = asyncio.ensure_future(self._stopped.wait())
        first: list[asyncio.Future[Any]] = [visit.arrived, stopped]
        try:
            await asyncio.wait(first, timeout=ATTACH_S, return_when=asyncio.FIRST_COMPLETED)
            if visit.arrived.done():
                await self._converse(*visit.arrived.result())
            else:
                if not stopped.done():
                    self._log("Error R13 (Attach error) -> Failed to attach to process")
                self._around.change_state(self.process, "down")
        finally:
            stopped.cancel()
            visit.end()
        return self._status()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._running(stdin=subprocess.PIPE) as child:
            typing = asyncio.ensure_future(self._take_input(child, reader))
            try:
                await self._until_end(child, copy_output(child.output, writer))
            finally:
                typing.cancel()

    async def _take_input(self, child: Child, reader: asyncio.StreamReader) -> None:
        await copy_input(reader, child.input)
        # The client is gone: the command hears of it as it would on a closed terminal.
        self._log("Client connection closed. Sending SIGHUP to all processes")
        child.send(signal.SIGHUP)

    @contextlib.asynccontextmanager
    async def _running(self, stdin: int) -> AsyncIterator[Child]:
        """The running command; afterwards its exit status is noted."""
        try:
            async with self._around.running(self.process, self._spec, self._env, stdin) as child:
                self._child = child
                self._around.change_state(self.process, "up")
                if self._stopped.is_set():
                    child.send(signal.SIGTERM)
                yield child
                self.process.exit_status = await child.wait()
                self._log(f"Process exited with status {self.process.exit_status}")
        finally:
            self._around.change_state(self.process, "down")

    async def _report(self, child: Child, write: Write | None) -> None:
        async for line in lines(child.output):
            self._around.log.add(f"app[{self.process.name}]", line)
            if write is not None:
                await write(f"{line}\n")

    async def _until_end(self, child: Child, output: Awaitable[None]) -> None:
        """Wait for the process, which may not outlive its time, and for its output."""
        copying = asyncio.ensure_future(output)
        try:
            await asyncio.wait_for(child.wait(), self._life_s)
        except asyncio.TimeoutError:
            self._log("Time to live is over. Stopping all processes with SIGTERM")
            await child.stop(self._around.stop_s)
        # The group is gone, so the output has an end, unless something has left the group
        # and holds it open.
        await asyncio.wait([copying], timeout=_LAST_OUTPUT_S)
        copying.cancel()

    def _status(self) -> int:
        if self.process.exit_status is None:
            self.process.exit_status = _NOT_STARTED
        return self.process.exit_status

    def _log(self, text: str) -> None:
        self._around.log.add(f"heroku[{self.process.name}]", text)
