"""The whole local Heroku: its state and everything that runs for its apps."""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Mapping
from pathlib import Path

from minion.sandbox.addons.addons import AddOns
from minion.sandbox.addons.attachments import Attachments
from minion.sandbox.apps.config_vars import ConfigVars
from minion.sandbox.apps.names import new_name
from minion.sandbox.apps.running import Running
from minion.sandbox.builds.builder import Builder
from minion.sandbox.dynos.rendezvous import Rendezvous
from minion.sandbox.errors import found, invalid
from minion.sandbox.git.host import GitHost
from minion.sandbox.git.repositories import Repositories
from minion.sandbox.logs.sessions import Sessions
from minion.sandbox.logs.streams import Streams
from minion.sandbox.machine import ports
from minion.sandbox.machine.certificate import make_certificate
from minion.sandbox.pipelines.promotions import Promotions
from minion.sandbox.postgres.local_database import LocalDatabase
from minion.sandbox.postgres.server import Postgres
from minion.sandbox.rate_limit import RateLimit
from minion.sandbox.releases.deploys import Deploys
from minion.sandbox.releases.formations import Formations
from minion.sandbox.releases.releases import Releases
from minion.sandbox.releases.slugs import Slugs
from minion.sandbox.state.records import (
    DEFAULT_REGION,
    DEFAULT_STACK,
    AddOn,
    App,
    Attachment,
    Build,
    Coupling,
    Installation,
    Release,
    new_id,
)
from minion.sandbox.state.store import Store
from minion.sandbox.transfers.transfers import Transfers
from minion.sandbox.tuning import Tuning

APP_NAME = re.compile(r"[a-z][a-z0-9-]{1,28}[a-z0-9]")
PORTS = ("api", "git", "rendezvous", "postgres")
log = logging.getLogger("minion.sandbox")


class Platform:
    """One sandbox. Made and used on the daemon's event loop.

    Puts everything together; nothing that it puts together knows it.
    """

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "state.db")
        self.tuning = Tuning()
        self.rate_limit = RateLimit()
        self.installation = self.store.first(Installation) or Installation()
        self._choose_ports()
        numbers, email = self.installation.ports, self.installation.email
        self.certificate = make_certificate(folder / "certificate")
        self.postgres = Postgres(folder / "postgres", numbers["postgres"], self.certificate)
        self.local_database = LocalDatabase(self.postgres, self.installation.local_password)
        self.config_vars = ConfigVars(self.store, self.postgres)
        self.streams = Streams(folder / "streams")
        self.log_sessions = Sessions()
        builder = Builder(folder)
        self._rendezvous = Rendezvous(self.certificate, numbers["rendezvous"])
        self.running = Running(
            self.store, folder / "logs", builder, self._rendezvous, self.certificate
        )
        self.formations = Formations(self.store, self.config_vars, self.running, self.tuning)
        self.releases = Releases(
            self.store, self.config_vars, self.formations, self.running, self.streams, email
        )
        self.promotions = Promotions(self.store, self.releases)
        self.attachments = Attachments(self.store, self.releases)
        self.addons = AddOns(self.store, self.postgres, self.attachments)
        self.transfers = Transfers(self.store, self.postgres, folder / "backups", self.tuning)
        self._repositories = Repositories(folder / "git")
        self.slugs = Slugs(self.store, builder, self._repositories, self.config_vars, self.tuning)
        self._deploys = Deploys(
            self.store, self.slugs, self.releases, self.running, self.streams, email
        )
        self.git = GitHost(self._repositories, self._may_push, self._deploys.on_push)

    @property
    def api_url(self) -> str:
        """Where the Platform API is."""
        return f"http://{ports.LOOPBACK}:{self.installation.ports['api']}"

    @property
    def git_host(self) -> str:
        """Where git is, as HEROKU_GIT_HOST names it."""
        return f"{ports.LOOPBACK}:{self.installation.ports['git']}"

    def stream_url(self, stream_id: str | None) -> str | None:
        """Where an output can be read."""
        return f"{self.api_url}/streams/{stream_id}" if stream_id else None

    def database_url(self, addon: AddOn) -> str:
        """Where a database is. The port may change when the daemon starts again."""
        return self.postgres.url(addon.database, addon.password)

    async def start(self) -> None:
        """Bring everything up that was up when the daemon ended."""
        log.info("PostgreSQL starts")
        await self.postgres.start()
        log.info("PostgreSQL answers")
        await self.local_database.provide()
        await self._rendezvous.start()
        await self.git.start(self.installation.ports["git"], self.certificate)
        self.releases.abandon_pending()
        self._deploys.abandon_pending()
        self.promotions.abandon_pending()
        self.transfers.abandon_unfinished()
        for app in self.store.all(App):
            await self._bring_up(app)
            await self.formations.run(app, preboot=False)

    async def stop(self) -> None:
        """Take everything down; the state stays."""
        await self.git.stop()
        await self.promotions.stop()
        await self.releases.stop()
        await self.running.stop()
        await self._rendezvous.stop()
        await self.transfers.stop()
        await self.postgres.stop()
        self.store.close()

    def find_app(self, identity: str) -> App:
        """The app with this name or id.

        Raises:
            NotFound: there is none.
        """
        return found(self.store.find(App, identity), "app")

    async def create_app(
        self,
        name: str | None,
        *,
        config_vars: Mapping[str, str] | None = None,
        database: bool = False,
        size: str = "Basic",
        first_version: int = 1,
        region: str = DEFAULT_REGION,
        stack: str = DEFAULT_STACK,
    ) -> App:
        """A new app with the releases that a new app has on Heroku; a name is made up for None.

        `first_version` numbers the first of them; all have the `config_vars`.

        Raises:
            ApiError: the name is taken or is none.
        """
        name = name or new_name()
        self._check_name(name)
        app = App(name=name, last_version=first_version - 1, region=region, stack=stack)
        app.formation["web"] = {"id": new_id(), "quantity": 1, "size": size}
        app.config_vars = dict(config_vars or {})
        self.store.save(app)
        await self._bring_up(app)
        await self.releases.create(app, "Initial release", None)
        await self.releases.create(app, "Enable Logplex", None)
        if database:
            await self.addons.provision(app)
        return app

    async def destroy_app(self, app: App) -> None:
        """Remove an app for good, with its add-ons, its repository and its place in a pipeline.

        A build or release of it that is under way comes to its end first. Slugs stay:
        other apps may run them.
        """
        for addon in self.store.all(AddOn, app_id=app.id):
            await self.addons.destroy(addon)
        for attachment in self.store.all(Attachment, app_id=app.id):
            await self.attachments.detach(attachment)
        await self.running.take_down(app)
        self._repositories.remove(app.name)
        owned = [
            *self.store.all(Release, app_id=app.id),
            *self.store.all(Build, app_id=app.id),
            *self.store.all(Coupling, app_id=app.id),
        ]
        self.store.delete(app, *owned)

    def rename(self, app: App, name: object) -> None:
        """Give an app another name; the old one leads nowhere from then on.

        Raises:
            ApiError: the name is taken or is none.
        """
        self._check_name(name)
        self._repositories.rename(app.name, str(name))
        app.name = str(name)
        self.store.save(app)

    def _check_name(self, name: object) -> None:
        if not isinstance(name, str) or not APP_NAME.fullmatch(name):
            raise invalid(
                "Name must start with a letter, end with a letter or digit and can only "
                "contain lowercase letters, digits, and dashes."
            )
        if self.store.first(App, name=name):
            raise invalid(f"Name {name} is already taken")

    async def _bring_up(self, app: App) -> None:
        await self._repositories.create(app.name)
        await self.running.bring_up(app)

    def _may_push(self, app_name: str, token: str) -> bool:
        known = self.store.first(App, name=app_name) is not None
        return known and hmac.compare_digest(token.encode(), self.installation.token.encode())

    def _choose_ports(self) -> None:
        """Keep the ports of the last start, but for those that something else has taken."""
        for name in PORTS:
            self.installation.ports[name] = ports.choose(self.installation.ports.get(name, 0))
        self.store.save(self.installation)
