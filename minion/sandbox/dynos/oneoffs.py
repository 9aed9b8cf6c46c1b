"""The one-off dynos of one app. Dev Center: One-Off Dynos; Release Phase."""

from __future__ import annotations

import asyncio
import inspect
import random
from collections.abc import Awaitable, Mapping
from typing import Callable

from minion.sandbox.dynos.oneoff import OneOff, Write
from minion.sandbox.dynos.process import DynoProcess, RunSpec
from minion.sandbox.dynos.rendezvous import Rendezvous
from minion.sandbox.dynos.surroundings import Surroundings

OnExit = Callable[[DynoProcess], object]

_NOT_STARTED = 128
_RELEASE_PHASE_S = 3600.0
"""Dev Center: Release Phase, "Limitations"."""


class OneOffs:
    """Starts one-off dynos and knows those that are not over."""

    def __init__(self, around: Surroundings, rendezvous: Rendezvous) -> None:
        self._around = around
        self._rendezvous = rendezvous
        self._tasks: dict[OneOff, asyncio.Task[int]] = {}

    @property
    def processes(self) -> list[DynoProcess]:
        """Those that wait for their client or run, newest last."""
        return [each.process for each in self._tasks]

    def run(
        self,
        spec: RunSpec,
        command: str,
        *,
        attach: bool,
        env: Mapping[str, str],
        size: str,
        process_type: str,
        life_s: float | None,
        on_exit: OnExit | None,
    ) -> DynoProcess:
        """See `minion.sandbox.dynos.dynos.Dynos.run_one_off`."""
        name = self._free_name(process_type)
        process = DynoProcess(name, process_type, command, size, spec.release_version)
        one_off = OneOff(self._around, spec, process, env, life_s)
        work = one_off.expect_client(self._rendezvous) if attach else one_off.run()
        self._begin(one_off, work, on_exit)
        return process

    async def run_release_phase(
        self, spec: RunSpec, command: str, version: int, size: str, write: Write
    ) -> int:
        """Run a release's command to its end; the exit status. `write` gets its output."""
        process = DynoProcess(f"release.{version}", "release", command, size, version)
        one_off = OneOff(self._around, spec, process, {}, _RELEASE_PHASE_S)
        return await asyncio.shield(self._begin(one_off, one_off.run(write), None))

    async def stop(self, name: str | None) -> None:
        """Stop the one with this name; None is all."""
        tasks = [
            (one_off, task)
            for one_off, task in self._tasks.items()
            if name in (None, one_off.process.name)
        ]
        await asyncio.gather(*(one_off.stop() for one_off, _ in tasks))
        await asyncio.gather(*(task for _, task in tasks), return_exceptions=True)

    def _begin(
        self, one_off: OneOff, work: Awaitable[int], on_exit: OnExit | None
    ) -> asyncio.Task[int]:
        async def live() -> int:
            process = one_off.process
            try:
                return await work
            except (OSError, ValueError) as exc:
                self._around.log.add(f"heroku[{process.name}]", f"Could not be started: {exc}")
                process.exit_status = _NOT_STARTED
                return _NOT_STARTED
            finally:
                self._tasks.pop(one_off, None)
                self._around.on_change()
                answer = on_exit(process) if on_exit is not None else None
                if inspect.isawaitable(answer):
                    await answer

        task = asyncio.ensure_future(live())
        self._tasks[one_off] = task
        self._around.on_change()
        return task

    def _free_name(self, process_type: str) -> str:
        """A name as one-off dynos have: run.1234."""
        taken = {each.name for each in self.processes}
        while True:
            name = f"{process_type}.{random.randrange(1000, 10000)}"
            if name not in taken:
                return name
