"""All dynos of one app: the formation and one-off dynos."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Callable

from minion.sandbox.builds.builder import Builder
from minion.sandbox.dynos.formation import DEFAULT_SIZE, Formation
from minion.sandbox.dynos.memory import POLL_S, QUOTAS_MB
from minion.sandbox.dynos.oneoffs import OneOffs, OnExit
from minion.sandbox.dynos.process import DynoProcess, RunSpec
from minion.sandbox.dynos.rendezvous import Rendezvous
from minion.sandbox.dynos.surroundings import BOOT_TIMEOUT_S, STOP_S, Surroundings
from minion.sandbox.logs.app_log import AppLog


class Dynos:
    """The dynos of one app; its `formation` can be changed by itself."""

    def __init__(
        self,
        builder: Builder,
        rendezvous: Rendezvous,
        log: AppLog,
        *,
        boot_timeout_s: float = BOOT_TIMEOUT_S,
        stop_s: float = STOP_S,
        memory_poll_s: float = POLL_S,
        quotas_mb: Mapping[str, int] = QUOTAS_MB,
    ) -> None:
        self.log = log
        self.boot_timeout_s = boot_timeout_s
        around = Surroundings(
            builder, log, self._changed, boot_timeout_s, stop_s, memory_poll_s, quotas_mb
        )
        self.formation = Formation(around)
        self._one_offs = OneOffs(around, rendezvous)
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def processes(self) -> list[DynoProcess]:
        """Those that the API lists, newest last."""
        return self.formation.processes + self._one_offs.processes

    async def wait_for_change(self, timeout_s: float) -> None:
        """Return when a dyno changes its state, or after `timeout_s` seconds."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await asyncio.wait([waiter], timeout=timeout_s)
        finally:
            self._waiters.discard(waiter)

    async def restart(self, name_or_type: str | None = None) -> None:
        """Stop and start one dyno, those of one type, or all of the formation.

        A one-off dyno is not started again.
        """
        if name_or_type is not None:
            await self._one_offs.stop(name_or_type)
        await self.formation.restart(name_or_type)

    async def stop(self, name: str) -> None:
        """Stop a dyno. The platform starts one of the formation again, a one-off dyno not."""
        await self.restart(name)

    async def run_one_off(
        self,
        spec: RunSpec,
        command: str,
        *,
        attach: bool,
        env: Mapping[str, str],
        size: str = DEFAULT_SIZE,
        type: str = "run",
        time_to_live: int | None = None,
        on_exit: OnExit | None = None,
    ) -> DynoProcess:
        """A dyno that runs `command`; with `attach`, once the client has connected.

        `time_to_live` is in seconds. `on_exit` gets the dyno when it is over.
        """
        return self._one_offs.run(
            spec,
            command,
            attach=attach,
            env=env,
            size=size,
            process_type=type,
            life_s=time_to_live,
            on_exit=on_exit,
        )

    async def run_release_phase(
        self,
        spec: RunSpec,
        command: str,
        version: int,
        write: Callable[[str], Awaitable[None]],
    ) -> int:
        """Run a release's command to its end; the exit status. `write` gets its output."""
        size = self.formation.release_size
        return await self._one_offs.run_release_phase(spec, command, version, size, write)

    async def shutdown(self) -> None:
        """Stop everything and wait until it is gone."""
        await self.formation.begin_shutdown()
        await self._one_offs.stop(None)
        await self.formation.until_gone()

    def _changed(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
