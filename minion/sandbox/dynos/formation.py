"""The formation of one app: its dynos, and their change from release to release."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from minion.sandbox.dynos.dyno import FormationDyno
from minion.sandbox.dynos.process import DynoProcess, NoDelay, RunSpec, Timing
from minion.sandbox.dynos.surroundings import Surroundings

DEFAULT_SIZE = "Basic"


class Formation:
    """The dynos that the platform keeps running for an app."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._spec: RunSpec | None = None
        self._quantities: dict[str, int] = {}
        self._sizes: dict[str, str] = {}
        self._timing: Timing = NoDelay()
        self._dynos: list[FormationDyno] = []
        self._booting: list[FormationDyno] = []
        self._leaving: set[asyncio.Task[None]] = set()
        self._switch: asyncio.Task[None] | None = None

    @property
    def processes(self) -> list[DynoProcess]:
        """Those that the API lists, newest last.

        While a preboot is under way the old web dynos serve and are not among them
        (Dev Center: Preboot, "Known issues").
        """
        hidden = self._of_type("web") if self._booting else []
        listed = [dyno for dyno in self._dynos if dyno not in hidden]
        return [dyno.process for dyno in [*listed, *self._booting]]

    @property
    def release_size(self) -> str:
        """The dyno size of a release phase: that of its process type, else the web dynos'."""
        return self._sizes.get("release", self._sizes.get("web", DEFAULT_SIZE))

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

    async def roll(
        self,
        spec: RunSpec,
        quantities: Mapping[str, int],
        preboot: bool,
        settings: Timing,
        sizes: Mapping[str, str] | None = None,
    ) -> None:
        """Let `quantities` of dynos of the release `spec` run instead of what runs now.

        Without preboot the old dynos stop, then the new ones start; requests wait.
        With it (Dev Center: Preboot) the new web dynos boot beside the old, which
        keep the requests until the window is over; all others change at once.
        Returns when the change has begun. A later call takes over from there.
        """
        await self._abandon_switch()
        self._spec, self._quantities, self._timing = spec, dict(quantities), settings
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
        self, quantities: Mapping[str, int], sizes: Mapping[str, str] | None = None
    ) -> None:
        """Start and stop dynos so that there are as many of each type as `quantities` says."""
        self._quantities = dict(quantities)
        self._sizes.update(sizes or {})
        self._fill()

    async def restart(self, name_or_type: str | None = None) -> None:
        """Stop and start one dyno, those of one type, or all."""
        for dyno in list(self._dynos):
            if name_or_type in (None, dyno.process.name, dyno.process.type):
                self._leave(dyno)
        self._fill()

    async def begin_shutdown(self) -> None:
        """Stop all dynos in the background and start none again."""
        await self._abandon_switch()
        for dyno in list(self._dynos):
            self._leave(dyno)
        self._spec = None

    async def until_gone(self) -> None:
        """Wait until no dyno that was stopped is left."""
        await asyncio.gather(*self._leaving, return_exceptions=True)

    def _numbers(self, process_type: str) -> range:
        known = self._spec is not None and process_type in self._spec.process_types
        return range(1, (self._quantities.get(process_type, 0) if known else 0) + 1)

    def _make(self, process_type: str, number: int) -> FormationDyno:
        assert self._spec is not None
        size = self._sizes.get(process_type, DEFAULT_SIZE)
        boot_s = self._timing.boot_s
        return FormationDyno(self._around, self._spec, process_type, number, size, boot_s)

    def _fill(self) -> None:
        """Start what the formation lacks and stop what it has too much of.

        While new web dynos boot beside the old ones, web dynos are left alone.
        """
        after = list(self._leaving)
        for process_type in {*self._quantities, *(each.process.type for each in self._dynos)}:
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
        self._around.on_change()

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
