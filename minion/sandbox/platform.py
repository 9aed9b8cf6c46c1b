"""The whole local Heroku: its state and everything that runs for its apps."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from minion.sandbox.addons.addons import AddOns
from minion.sandbox.builds.builder import Builder
from minion.sandbox.dynos.dynos import Dynos
from minion.sandbox.dynos.rendezvous import Rendezvous
from minion.sandbox.errors import NotFound, invalid
from minion.sandbox.git.host import GitHost
from minion.sandbox.logs.app_log import AppLog
from minion.sandbox.logs.streams import Streams
from minion.sandbox.machine import ports
from minion.sandbox.machine.certificate import make_certificate
from minion.sandbox.pipelines.promotions import Promotions
from minion.sandbox.postgres.local_database import LocalDatabase
from minion.sandbox.postgres.server import Postgres
from minion.sandbox.rate_limit import RateLimit
from minion.sandbox.releases.deploys import Deploys
from minion.sandbox.releases.releases import Releases
from minion.sandbox.router.router import Router
from minion.sandbox.state.records import App, Coupling, Installation, Pipeline, new_id
from minion.sandbox.state.store import Store
from minion.sandbox.transfers.transfers import Transfers
from minion.sandbox.tuning import Tuning

if TYPE_CHECKING:
    from aiohttp import web

    from minion.sandbox.api.logs import Session

APP_NAME = re.compile(r"[a-z][a-z0-9-]{1,28}[a-z0-9]")
STAGES = ("test", "review", "development", "staging", "production")
PORTS = ("api", "git", "rendezvous", "postgres")
log = logging.getLogger("minion.sandbox")


@dataclass
class RunningApp:
    """What runs for one app. Releases settle, and builds run, one at a time."""

    log: AppLog
    dynos: Dynos
    router: Router
    releasing: asyncio.Lock = field(default_factory=asyncio.Lock)
    building: asyncio.Lock = field(default_factory=asyncio.Lock)


class Platform:
    """One sandbox. Made and used on the daemon's event loop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / "state.db")
        self.tuning = Tuning()
        self.rate_limit = RateLimit()
        self.installation = self.store.first(Installation) or Installation()
        self._choose_ports()
        numbers = self.installation.ports
        self.certificate = make_certificate(folder / "certificate")
        self.postgres = Postgres(folder / "postgres", numbers["postgres"])
        self.local_database = LocalDatabase(self.postgres, self.installation.local_password)
        self.builder = Builder(folder)
        self.rendezvous = Rendezvous(self.certificate, numbers["rendezvous"])
        self.streams = Streams(folder / "streams")
        self.releases = Releases(self)
        self.addons = AddOns(self)
        self.transfers = Transfers(self)
        self.deploys = Deploys(self)
        self.promotions = Promotions(self)
        self.log_sessions: dict[str, Session] = {}
        self.git = GitHost(folder / "git", self._may_push, self.deploys.on_push)
        self.running: dict[str, RunningApp] = {}

    @property
    def api_url(self) -> str:
        """Where the Platform API is."""
        return f"http://{ports.LOOPBACK}:{self.installation.ports['api']}"

    @property
    def git_host(self) -> str:
        """Where git is, as HEROKU_GIT_HOST names it."""
        return f"{ports.LOOPBACK}:{self.installation.ports['git']}"

    def web_url(self, app: App) -> str:
        """Where an app's site answers."""
        return f"http://{ports.LOOPBACK}:{app.port}/"

    def stream_url(self, stream_id: str | None) -> str | None:
        """Where an output can be read."""
        return f"{self.api_url}/streams/{stream_id}" if stream_id else None

    async def start(self) -> None:
        """Bring everything up that was up when the daemon ended."""
        await self.postgres.start()
        await self.local_database.provide()
        await self.rendezvous.start()
        await self.git.start(self.installation.ports["git"], self.certificate)
        self.releases.abandon_pending()
        self.deploys.abandon_pending()
        self.promotions.abandon_pending()
        self.transfers.abandon_unfinished()
        for app in self.store.all(App):
            await self._bring_up(app)
            await self.releases.run(app, preboot=False)

    async def stop(self) -> None:
        """Take everything down; the state stays."""
        await self.git.stop()
        await self.promotions.stop()
        await self.releases.stop()
        await asyncio.gather(*(self._take_down(each) for each in self.running.values()))
        await self.rendezvous.stop()
        await self.transfers.stop()
        await self.postgres.stop()
        self.store.close()

    def find_app(self, identity: str) -> App:
        """The app with this name or id.

        Raises:
            NotFound: there is none.
        """
        app = self.store.get(App, identity) or self.store.first(App, name=identity)
        if app is None:
            raise NotFound("app")
        return app

    async def create_app(
        self,
        name: str,
        *,
        config_vars: Mapping[str, str] | None = None,
        database: bool = False,
        size: str = "Basic",
        first_version: int = 1,
    ) -> App:
        """A new app with the releases that a new app has on Heroku.

        `first_version` numbers the first of them; all have the `config_vars`.

        Raises:
            ApiError: the name is taken or is none.
        """
        if not APP_NAME.fullmatch(name):
            raise invalid(
                "Name must start with a letter, end with a letter or digit and can only "
                "contain lowercase letters, digits, and dashes."
            )
        if self.store.first(App, name=name):
            raise invalid(f"Name {name} is already taken")
        app = App(name=name, last_version=first_version - 1)
        app.formation["web"] = {"id": new_id(), "quantity": 1, "size": size}
        app.config_vars = dict(config_vars or {})
        self.store.save(app)
        await self._bring_up(app)
        await self.releases.create(app, "Initial release", None)
        await self.releases.create(app, "Enable Logplex", None)
        if database:
            await self.addons.provision(app)
        return app

    def couple(self, app: App, pipeline_name: str, stage: str) -> Coupling:
        """Give an app its place in a pipeline, which is made if there is none.

        Raises:
            ApiError: there is no such stage, or the app is in a pipeline already.
        """
        if stage not in STAGES:
            raise invalid(f"Stage must be one of {', '.join(STAGES)}.")
        if self.store.first(Coupling, app_id=app.id):
            raise invalid(f"App {app.name} is already in a pipeline.")
        pipeline = self.store.first(Pipeline, name=pipeline_name) or Pipeline(name=pipeline_name)
        coupling = Coupling(app_id=app.id, pipeline_id=pipeline.id, stage=stage)
        self.store.save(pipeline, coupling)
        return coupling

    def report_bug(self, request: web.Request) -> None:
        """Leave the traceback of a failed request in the daemon's log."""
        log.exception("%s %s failed", request.method, request.path)

    async def _bring_up(self, app: App) -> None:
        port = ports.choose(app.port)
        if port != app.port:
            app.port = port
            self.store.save(app)
        await self.git.create(app.name)
        app_log = AppLog(self.folder / "logs" / f"{app.name}.log")
        dynos = Dynos(app.name, self.builder, self.rendezvous, app_log, lambda: None)
        router = Router(app.port, dynos, lambda: app.maintenance, lambda: self._pages(app))
        self.running[app.id] = RunningApp(app_log, dynos, router)
        await router.start()

    async def _take_down(self, running: RunningApp) -> None:
        await running.router.stop()
        await running.dynos.shutdown()

    def _pages(self, app: App) -> Mapping[str, str]:
        """The config vars that the router reads: the pages that replace its own."""
        current = self.releases.current(app)
        return current.config_vars if current else {}

    def _may_push(self, app_name: str, token: str) -> bool:
        known = self.store.first(App, name=app_name) is not None
        return known and hmac.compare_digest(token.encode(), self.installation.token.encode())

    def _choose_ports(self) -> None:
        """Keep the ports of the last start, but for those that something else has taken."""
        for name in PORTS:
            self.installation.ports[name] = ports.choose(self.installation.ports.get(name, 0))
        self.store.save(self.installation)
