"""Databases as add-ons, from their making to their end.

Dev Center: Managing Add-ons. The one service is Heroku Postgres.
"""

from __future__ import annotations

import random
import re
import secrets
import uuid

from minion.sandbox.addons.attachments import Attachments, check_name
from minion.sandbox.errors import invalid
from minion.sandbox.postgres.plans import most_connections
from minion.sandbox.postgres.server import Postgres
from minion.sandbox.state.records import AddOn, App, Attachment
from minion.sandbox.state.store import Store

SERVICE = "heroku-postgresql"
DEFAULT_PLAN = f"{SERVICE}:essential-0"
#: As the published schema has it.
NAME = re.compile(r"[a-zA-Z][A-Za-z0-9_-]+")
SHAPES = ("round", "cubic", "flat", "curved", "angular", "regular", "concave", "convex")


class AddOns:
    """The add-ons of all apps."""

    def __init__(self, store: Store, postgres: Postgres, attachments: Attachments) -> None:
        self._store = store
        self._postgres = postgres
        self._attachments = attachments

    async def provision(
        self,
        app: App,
        plan: str = DEFAULT_PLAN,
        name: str | None = None,
        attached_as: str | None = None,
    ) -> AddOn:
        """Create a database and attach it: the app's first becomes DATABASE.

        Raises:
            ApiError: the plan is not one of Heroku Postgres, or a name is taken or is none.
        """
        attached_as = check_name(attached_as) if attached_as else None
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
        await self._make(addon)
        self._store.save(addon)
        await self._attachments.attach(addon, app, attached_as)
        return addon

    def rename(self, addon: AddOn, name: str) -> None:
        """Give the add-on another name.

        Raises:
            ApiError: 422, another one has it, or it is none.
        """
        if not NAME.fullmatch(name):
            raise invalid("Name must begin with a letter and hold letters, digits, - and _.")
        other = self._store.first(AddOn, name=name)
        if other and other.id != addon.id:
            raise invalid("Name is already taken.")
        addon.name = name
        self._store.save(addon)

    async def rotate(self, addon: AddOn) -> None:
        """Give the database's owner another password; the old one is no good any more."""
        addon.password = secrets.token_hex(16)
        await self._make(addon)
        self._store.save(addon)
        await self._attachments.update(addon)

    async def destroy(self, addon: AddOn) -> None:
        """Detach an add-on everywhere and drop its database."""
        for attachment in self._store.all(Attachment, addon_id=addon.id):
            await self._attachments.detach(attachment)
        self._store.delete(addon)
        await self._postgres.drop_database(addon.database)

    async def _make(self, addon: AddOn) -> None:
        most = most_connections(addon.plan)
        await self._postgres.create_database(addon.database, addon.password, most)
