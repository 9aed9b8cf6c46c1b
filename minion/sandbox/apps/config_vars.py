"""The config vars of apps: those that users set and those that add-ons make."""

from __future__ import annotations

from minion.sandbox.postgres.server import Postgres
from minion.sandbox.state.records import AddOn, App, Attachment
from minion.sandbox.state.store import Store


class ConfigVars:
    """The config vars of all apps, as they are now."""

    def __init__(self, store: Store, postgres: Postgres) -> None:
        self._store = store
        self._postgres = postgres

    def of_addons(self, app: App) -> dict[str, str]:
        """Those that the app's attachments make.

        A database's port may change when the daemon starts again, and its URL with it.
        """
        attachments = self._store.all(Attachment, app_id=app.id)
        addons = [(each, self._store.get(AddOn, each.addon_id)) for each in attachments]
        return {
            f"{each.name}_URL": self._postgres.url(addon.database, addon.password)
            for each, addon in addons
            if addon
        }

    def effective(self, app: App) -> dict[str, str]:
        """All that the app's next release gets."""
        return {**app.config_vars, **self.of_addons(app)}
