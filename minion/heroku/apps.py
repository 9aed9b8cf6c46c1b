"""An app and what is set on it: maintenance, config vars, formation, preboot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minion.errors import HerokuError, NotFound
from minion.heroku import wire
from minion.heroku.api import Api
from minion.heroku.paths import path_of
from minion.heroku.records import App, Formation


class Apps:
    """All of these raise HerokuError, and NotFound where there is no such app.

    The writes set a state, so repeating one after AnswerLost does no harm;
    but each change of config vars makes a release.
    """

    def __init__(self, api: Api) -> None:
        self._api = api

    def get(self, app: str) -> App:
        """The app, by name or id."""
        return wire.app_of(self._api.get(path_of("apps", app)))

    def set_maintenance(self, app: str, on: bool) -> App:
        """Put the maintenance page up or down; the app as Heroku then shows it.

        Raises:
            HerokuError: also when the answer shows that it is not so.
        """
        changed = wire.app_of(self._api.patch(path_of("apps", app), {"maintenance": on}))
        if changed.maintenance != on:
            wanted, found = ("on", "off") if on else ("off", "on")
            raise HerokuError(f"{app}: maintenance was switched {wanted}, but is still {found}")
        return changed

    def config_vars(self, app: str) -> dict[str, str]:
        """The config vars with their values, which are secrets."""
        return wire.config_of(self._api.get(path_of("apps", app, "config-vars")))

    def set_config_vars(self, app: str, changes: Mapping[str, str | None]) -> dict[str, str]:
        """Set each variable, or remove it where the value is None; all variables after it.

        One call is one release and one restart (Dev Center: Config Vars).
        """
        path = path_of("apps", app, "config-vars")
        return wire.config_of(self._api.patch(path, dict(changes)))

    def formation(self, app: str) -> list[Formation]:
        """The process types, those with no dynos included."""
        return wire.many(wire.formation_of, self._api.get(path_of("apps", app, "formation")))

    def scale(self, app: str, quantities: Mapping[str, int]) -> list[Formation]:
        """Set the number of dynos of each process type named; those types after it.

        Refused by Heroku while a preboot is under way.
        """
        updates = [{"type": kind, "quantity": count} for kind, count in quantities.items()]
        path = path_of("apps", app, "formation")
        return wire.many(wire.formation_of, self._api.patch(path, {"updates": updates}))

    def is_preboot(self, app: str) -> bool | None:
        """Whether preboot is on, or None where there is no such feature (as on Fir)."""
        try:
            feature = self._api.get(path_of("apps", app, "features", "preboot"))
        except NotFound:
            return None
        return _enabled(feature)

    def set_preboot(self, app: str, on: bool) -> None:
        """Switch preboot. Nothing restarts; it counts from the next release on.

        Raises:
            HerokuError: also when the answer shows that it is not so.
        """
        feature = self._api.patch(path_of("apps", app, "features", "preboot"), {"enabled": on})
        if _enabled(feature) != on:
            raise HerokuError(f"{app}: preboot could not be switched {'on' if on else 'off'}")


def _enabled(feature: Any) -> bool:
    if not isinstance(feature, Mapping) or "enabled" not in feature:
        raise HerokuError("Heroku's answer about preboot does not say whether it is on")
    return bool(feature["enabled"])
