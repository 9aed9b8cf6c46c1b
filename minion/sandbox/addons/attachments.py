"""Attachments: which add-ons an app has, each under a name that makes a config var.

Dev Center: Managing Add-ons.
"""

from __future__ import annotations

import re

from minion.sandbox.errors import invalid
from minion.sandbox.releases.releases import Releases
from minion.sandbox.state.records import AddOn, App, Attachment
from minion.sandbox.state.store import Store

COLORS = ("AMBER", "AQUA", "BLACK", "BLUE", "BRONZE", "COBALT", "CRIMSON", "CYAN", "GOLD", "GRAY")

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


def check_name(name: str) -> str:
    """`name` as an attachment gets it: a config var begins with it.

    Raises:
        ApiError: 422, no config var can begin so.
    """
    if not NAME.fullmatch(name):
        raise invalid(
            "Name must begin with a letter and hold only letters, digits and underscores."
        )
    return name.upper()


class Attachments:
    """The attachments of all apps. Each change is a release of the app."""

    def __init__(self, store: Store, releases: Releases) -> None:
        self._store = store
        self._releases = releases

    async def attach(self, addon: AddOn, app: App, name: str | None = None) -> Attachment:
        """Make the add-on's config var on an app, which makes a release.

        A name that another add-on has is taken from it, with a release of its own.
        """
        name = name or self._free_name(app)
        others = [each for each in self._attachments(app) if each.name == name]
        for other in others:
            await self.detach(other)
        attachment = Attachment(name=name, app_id=app.id, addon_id=addon.id)
        self._store.save(attachment)
        await self._release(app, f"Attach {name} (@ref:{addon.name})")
        return attachment

    async def detach(self, attachment: Attachment) -> None:
        """Take an add-on's config var away from an app, which makes a release."""
        app = self._store.get(App, attachment.app_id)
        addon = self._store.get(AddOn, attachment.addon_id)
        assert app is not None and addon is not None
        self._store.delete(attachment)
        await self._release(app, f"Detach {attachment.name} (@ref:{addon.name})")

    async def update(self, addon: AddOn) -> None:
        """Hand the add-on's changed config var to every app that has it.

        The add-on does so itself, so no release phase runs (Dev Center: Release Phase).
        """
        for attachment in self._store.all(Attachment, addon_id=addon.id):
            app = self._store.get(App, attachment.app_id)
            assert app is not None
            service = addon.plan.partition(":")[0]
            await self._releases.create(
                app,
                f"Update {attachment.name} by {service}",
                self._releases.newest_slug(app),
                release_phase=False,
            )

    async def _release(self, app: App, description: str) -> None:
        await self._releases.create(app, description, self._releases.newest_slug(app))

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
