"""Databases as add-ons: provisioning, attachments, and the config vars they make.

Dev Center: Managing Add-ons. The one service is Heroku Postgres.
"""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING

from minion.sandbox.errors import invalid
from minion.sandbox.state.records import AddOn, App, Attachment, Release

if TYPE_CHECKING:
    from minion.sandbox.platform import Platform

SERVICE = "heroku-postgresql"
DEFAULT_PLAN = f"{SERVICE}:essential-0"
SHAPES = ("round", "cubic", "flat", "curved", "angular", "regular", "concave", "convex")
COLORS = ("AMBER", "AQUA", "BLACK", "BLUE", "BRONZE", "COBALT", "CRIMSON", "CYAN", "GOLD", "GRAY")


class AddOns:
    """The add-ons and attachments of all apps."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._store = platform.store

    def url(self, addon: AddOn) -> str:
        """How dynos reach the database. The port may change when the daemon starts again."""
        port = self._platform.installation.ports["postgres"]
        return f"postgres://{addon.database}:{addon.password}@127.0.0.1:{port}/{addon.database}"

    def config_vars(self, app: App) -> dict[str, str]:
        """The config vars that the app's attachments make."""
        attachments = self._store.all(Attachment, app_id=app.id)
        addons = [(each, self._store.get(AddOn, each.addon_id)) for each in attachments]
        return {f"{each.name}_URL": self.url(addon) for each, addon in addons if addon}

    def effective(self, app: App) -> dict[str, str]:
        """All config vars of an app: the users' and the add-ons'."""
        return {**app.config_vars, **self.config_vars(app)}

    def plan_names(self, app: App) -> list[str]:
        """The plans that are attached, for a release's record."""
        found = (self._store.get(AddOn, a.addon_id) for a in self._attachments(app))
        return sorted(addon.plan for addon in found if addon)

    async def provision(
        self, app: App, plan: str = DEFAULT_PLAN, name: str | None = None
    ) -> tuple[AddOn, Attachment, Release]:
        """Create a database and attach it: the app's first becomes DATABASE.

        Raises:
            ApiError: the plan is not one of Heroku Postgres, or the name is taken.
        """
        if plan.partition(":")[0] != SERVICE:
            raise invalid(f"Couldn't find either the add-on service or the add-on plan of {plan}.")
        addon = AddOn(
            name=name or f"postgresql-{random.choice(SHAPES)}-{random.randrange(10000, 99999)}",
            app_id=app.id,
            plan=plan if ":" in plan else DEFAULT_PLAN,
            database=f"d{uuid.uuid4().hex[:14]}",
        )
        if self._store.first(AddOn, name=addon.name):
            raise invalid("Name is already taken.")
        await self._platform.postgres.create_database(addon.database, addon.password)
        self._store.save(addon)
        attachment, release = await self.attach(addon, app)
        return addon, attachment, release

    async def attach(
        self, addon: AddOn, app: App, name: str | None = None
    ) -> tuple[Attachment, Release]:
        """Make the add-on's config var on an app, which makes a release.

        A name that another add-on has is taken from it, with a release of its own.
        """
        name = name or self._free_name(app)
        others = [each for each in self._attachments(app) if each.name == name]
        for other in others:
            await self.detach(other)
        attachment = Attachment(name=name, app_id=app.id, addon_id=addon.id)
        self._store.save(attachment)
        release = await self._platform.releases.create(
            app, f"Attach {name} (@ref:{addon.name})", self._platform.releases.newest_slug(app)
        )
        return attachment, release

    async def detach(self, attachment: Attachment) -> Release:
        """Take an add-on's config var away from an app, which makes a release."""
        app = self._store.get(App, attachment.app_id)
        addon = self._store.get(AddOn, attachment.addon_id)
        assert app is not None and addon is not None
        self._store.delete(attachment)
        return await self._platform.releases.create(
            app,
            f"Detach {attachment.name} (@ref:{addon.name})",
            self._platform.releases.newest_slug(app),
        )

    async def destroy(self, addon: AddOn) -> None:
        """Detach an add-on everywhere and drop its database."""
        for attachment in self._store.all(Attachment, addon_id=addon.id):
            await self.detach(attachment)
        self._store.delete(addon)
        await self._platform.postgres.drop_database(addon.database)

    def _attachments(self, app: App) -> list[Attachment]:
        return self._store.all(Attachment, app_id=app.id)

    def _free_name(self, app: App) -> str:
        taken = {each.name for each in self._attachments(app)}
        if "DATABASE" not in taken:
            return "DATABASE"
        candidates = (
            f"HEROKU_POSTGRESQL_{color}{number}"
            for number in ("", *range(2, 99))
            for color in COLORS
        )
        return next(each for each in candidates if each not in taken)
