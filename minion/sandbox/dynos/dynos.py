"""All dynos of one app: the formation, its change from release to release, one-off dynos."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Mapping
from typing import Callable

from minion.sandbox.builds.builder import Builder
from minion.sandbox.dynos.dyno import FormationDyno
from minion.sandbox.dynos.oneoffs import OneOffs, OnExit
from minion.sandbox.dynos.process import DynoProcess, NoDelay, RunSpec, Timing
from minion.sandbox.dynos.rendezvous import Rendezvous
from minion.sandbox.dynos.surroundings import BOOT_TIMEOUT_S, STOP_S, Surroundings
from minion.sandbox.logs.app_log import AppLog

__all__ = ["DynoProcess", "Dynos", "RunSpec", "Timing"]

_DEFAULT_SIZE = "Basic"


class Dynos:
    """The dynos of the app `app_name`; `on_change` is called when one of them changes."""

    def __init__(
        self,
        app_name: str,
        builder: Builder,
        rendezvous: Rendezvous,
        log: AppLog,
        on_change: Callable[[], None],
        *,
        boot_timeout_s: float = BOOT_TIMEOUT_S,
        stop_s: float = STOP_S,
    ) -> None:
        self.app_name = app_name
        self.log = log
        self.boot_timeout_s = boot_timeout_s
        self._around = Surroundings(builder, log, self._changed, boot_timeout_s, stop_s)
        self._on_change = on_change
        self._spec: RunSpec | None = None
        self._formation: dict[str, int] = {}
        self._sizes: dict[str, str] = {}
        self._timing: Timing = NoDelay()
        self._dynos: list[FormationDyno] = []
        self._booting: list[FormationDyno] = []
        self._leaving: set[asyncio.Task[None]] = set()
        self._switch: asyncio.Task[None] | None = None
        self._one_offs = OneOffs(self._around, rendezvous)
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def processes(self) -> list[DynoProcess]:
        """Those that the API lists, newest last.

        While a preboot is under way the old web dynos serve and are not among them
        (Dev Center: Preboot, "Known issues").
        """
        hidden = self._of_type("web") if self._booting else []
        listed = [dyno for dyno in self._dynos if dyno not in hidden]
        return [dyno.process for dyno in [*listed, *self._booting]] + self._one_offs.processes

    def web_ports(self) -> list[int]:
        """The ports of the web dynos that get requests now."""
        return [dyno.process.port for dyno in self.web_dynos() if dyno.process.port is not None]

    def web_dynos(self) -> list[FormationDyno]:
        """The web dynos that get requests now."""
        return [each for each in self._dynos if each.is_web and each.process.state == "up"]

    def waiting_for_boot(self) -> bool:
        """Whether web dynos are about to come that will get the requests."""
        return any(each.is_web and each.process.state == "starting" for each in self._dynos)

    def has_web(self) -> bool:
        """Whether the formation has a web dyno, in whatever state."""
        return any(each.is_web for each in self._dynos)

    def preboot_pending(self) -> bool:
        """Whether new web dynos boot while the old ones still get the requests."""
        return bool(self._booting)

    async def wait_for_change(self, timeout_s: float) -> None:
        """Return when a dyno changes its state, or after `timeout_s` seconds."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await asyncio.wait([waiter], timeout=timeout_s)
        finally:
            self._waiters.discard(waiter)

    async def roll(
        self,
        spec: RunSpec,
        formation: Mapping[str, int],
        preboot: bool,
        settings: Timing,
        sizes: Mapping[str, str] | None = None,
    ) -> None:
        """Let `formation` of the release `spec` run instead of what runs now.

        Without preboot the old dynos stop, then the new ones start; requests wait.
        With it (Dev Center: Preboot) the new web dynos boot beside the old, which
        keep the requests until the window is over; all others change at once.
        Returns when the change has begun. A later call takes over from there.
        """
        await self._abandon_switch()
        self._spec, self._formation, self._timing = spec, dict(formation), settings
        self._sizes.update(sizes or {})
        keeps_serving = preboot and any(
            each.process.state in ("up", "starting") for each in self._dynos if each.is_web
        )
        for dyno in list(self._dynos):
            if not (dyno.is_web and keeps_serving):
                self._leave(dyno)
        if keeps_serving:
            self._booting = [self._make("web", n) for n in self._numbers("web")]
            for dyno in self._booting:
                dyno.start([])
            self._switch = asyncio.ensure_future(self._switch_later(settings.preboot_s))
        self._fill()

    async def scale(
        self, formation: Mapping[str, int], sizes: Mapping[str, str] | None = None
    ) -> None:
        """Start and stop dynos so that there are as many of each type as `formation` says."""
        self._formation = dict(formation)
        self._sizes.update(sizes or {})
        self._fill()

    async def restart(self, name_or_type: str | None = None) -> None:
        """Stop and start one dyno, those of one type, or all of the formation.

        A one-off dyno is not started again.
        """
        if name_or_type is not None:
            await self._one_offs.stop(name_or_type)
        for dyno in list(self._dynos):
            if name_or_type in (None, dyno.process.name, dyno.process.type):
                self._leave(dyno)
        self._fill()

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
        size: str = _DEFAULT_SIZE,
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
        size = self._sizes.get("release", self._sizes.get("web", _DEFAULT_SIZE))
        return await self._one_offs.run_release_phase(spec, command, version, size, write)

    async def shutdown(self) -> None:
        """Stop everything and wait until it is gone."""
        await self._abandon_switch()
        for dyno in list(self._dynos):
            self._leave(dyno)
        self._spec = None
        await self._one_offs.stop(None)
        await asyncio.gather(*self._leaving, return_exceptions=True)

    def _numbers(self, process_type: str) -> range:
        known = self._spec is not None and process_type in self._spec.process_types
        return range(1, (self._formation.get(process_type, 0) if known else 0) + 1)

    def _make(self, process_type: str, number: int) -> FormationDyno:
        assert self._spec is not None
        size = self._sizes.get(process_type, _DEFAULT_SIZE)
        boot_s = self._timing.boot_s
        return FormationDyno(self._around, self._spec, process_type, number, size, boot_s)

    def _fill(self) -> None:
        """Start what the formation lacks and stop what it has too much of.

        While new web dynos boot beside the old ones, web dynos are left alone.
        """
        after = list(self._leaving)
        for process_type in {*self._formation, *(each.process.type for each in self._dynos)}:
            if process_type == "release" or (process_type == "web" and self._booting):
                continue
            numbers = self._numbers(process_type)
            present = {each.number: each for each in self._of_type(process_type)}
            for number, dyno in present.items():
                if number not in numbers:
                    self._leave(dyno)
            for number in numbers:
                if number not in present:
                    dyno = self._make(process_type, number)
                    self._dynos.append(dyno)
                    dyno.start(after)
        self._changed()

    def _of_type(self, process_type: str) -> list[FormationDyno]:
        return [each for each in self._dynos if each.process.type == process_type]

    def _leave(self, dyno: FormationDyno) -> None:
        """Take a dyno off the routes at once and stop it in the background."""
        for group in (self._dynos, self._booting):
            if dyno in group:
                group.remove(dyno)
        task = asyncio.ensure_future(dyno.stop())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _switch_later(self, preboot_s: float) -> None:
        """At the end of the window give the requests to the new web dynos.

        A timer, not a health check: new dynos that have crashed get them as well, and
        for those that still boot the requests wait.
        """
        await asyncio.sleep(preboot_s)
        old, self._dynos = self._of_type("web"), [each for each in self._dynos if not each.is_web]
        self._dynos += self._booting
        self._booting = []
        for dyno in old:
            self._leave(dyno)
        self._fill()

    async def _abandon_switch(self) -> None:
        """Give up a change that is under way; its new dynos go, the old stay."""
        if self._switch is not None:
            self._switch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._switch
            self._switch = None
        for dyno in list(self._booting):
            self._leave(dyno)

    def _changed(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._on_change()
