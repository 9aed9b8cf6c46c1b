"""What runs for each app: its log, its dynos and the router in front of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from minion.sandbox.builds.builder import Builder
from minion.sandbox.dynos.dynos import Dynos
from minion.sandbox.dynos.rendezvous import Rendezvous
from minion.sandbox.logs.app_log import AppLog
from minion.sandbox.machine import ports
from minion.sandbox.machine.certificate import Certificate
from minion.sandbox.router.names import names_in
from minion.sandbox.router.router import Router
from minion.sandbox.state.records import App, Release
from minion.sandbox.state.store import Store


@dataclass
class RunningApp:
    """What runs for one app. Releases settle, and builds run, one at a time."""

    log: AppLog
    dynos: Dynos
    router: Router
    releasing: asyncio.Lock = field(default_factory=asyncio.Lock)
    building: asyncio.Lock = field(default_factory=asyncio.Lock)


class Running:
    """What runs for all apps. Their logs are kept in `folder`."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        builder: Builder,
        rendezvous: Rendezvous,
        certificate: Certificate,
    ) -> None:
        self._store = store
        self._folder = folder
        self._builder = builder
        self._rendezvous = rendezvous
        self._certificate = certificate
        self._apps: dict[str, RunningApp] = {}

    def of(self, app: App) -> RunningApp:
        """What runs for an app that was brought up."""
        return self._apps[app.id]

    async def bring_up(self, app: App) -> None:
        """Open an app's log and its port, the same as before if it is free; no dyno runs yet.

        Raises:
            OSError: the port was taken at the last moment.
        """
        port = ports.choose(app.port)
        if port != app.port:
            app.port = port
            self._store.save(app)
        log = AppLog(self._folder / f"{app.name}.log")
        dynos = Dynos(self._builder, self._rendezvous, log)
        router = Router(
            app.port,
            self._certificate,
            dynos,
            lambda: app.maintenance,
            lambda: self._pages(app),
            candidates=lambda spec: names_in(
                self._builder.folder(spec.slug_id), spec.config_vars, app.name
            ),
        )
        self._apps[app.id] = RunningApp(log, dynos, router)
        await router.start()

    async def take_down(self, app: App) -> None:
        """End all that runs for an app that will not come back, and forget its log."""
        running = self._apps[app.id]
        async with running.building, running.releasing:
            await _take_down(running)
        del self._apps[app.id]
        (self._folder / f"{app.name}.log").unlink(missing_ok=True)

    async def stop(self) -> None:
        """Take all of it down."""
        await asyncio.gather(*(_take_down(each) for each in self._apps.values()))

    def _pages(self, app: App) -> Mapping[str, str]:
        """The config vars that the router reads: the pages that replace its own."""
        current = self._store.get(Release, app.current_release_id)
        return current.config_vars if current else {}


async def _take_down(running: RunningApp) -> None:
    await running.router.stop()
    await running.dynos.shutdown()
