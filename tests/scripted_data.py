"""The data API of the scripted Heroku: backups and restores that are done at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

import scripted
from scripted import Answer
from scripted_app import ScriptedApp


class ScriptedData:
    """What becomes of the databases of `apps`, each that of an add-on ``id-of-pg-APP``.

    `on_restore` and `on_reset` do what is to be done to the database, given the name of
    the app to which it is billed; a restore that raises has failed. `dump` is what a
    backup's public address gives.
    """

    def __init__(self, apps: Mapping[str, ScriptedApp]) -> None:
        self.apps = apps
        self.on_restore: Callable[[str], object] = lambda app: None
        self.on_reset: Callable[[str], object] = lambda app: None
        self.dump = b""
        self.warnings = 0

    def app_of(self, addon: str) -> ScriptedApp:
        return self.apps[addon.rpartition("id-of-pg-")[2]]

    def begin(self, app: ScriptedApp, **more: Any) -> dict[str, Any]:
        made = scripted.transfer(len(app.transfers) + 1, **more)
        app.transfers.append(made)
        return made


def _back_up(wire: Any, body: Any, addon: str) -> Any:
    return wire.data.begin(wire.data.app_of(addon))


def _restore(wire: Any, body: Any, addon: str) -> Any:
    app = wire.data.app_of(addon)
    ways = {"from_type": "gof3r", "to_type": "pg_restore", "warnings": wire.data.warnings}
    try:
        wire.data.on_restore(app.name)
    except Exception:
        return wire.data.begin(app, **ways, succeeded=False)
    return wire.data.begin(app, **ways)


def _reset(wire: Any, body: Any, addon: str) -> Any:
    wire.data.on_reset(wire.data.app_of(addon).name)
    return {}


def _transfer(wire: Any, body: Any, app: ScriptedApp, key: str) -> Any:
    found = [one for one in app.transfers if key in (one["uuid"], str(one["num"]))]
    return found[0] if found else Answer({"id": "not_found", "message": "No such transfer."}, 404)


_APP = r"/client/v11/apps/(?P<app>[^/]+)"
_DATABASE = r"/client/v11/databases/(?P<addon>[^/]+)"
DATA_ROUTES: tuple[tuple[str, Callable[..., Any]], ...] = (
    (f"GET {_DATABASE}", lambda wire, body, addon: {"info": [], "following": None}),
    (f"POST {_DATABASE}/backups", _back_up),
    (f"POST {_DATABASE}/restores", _restore),
    (f"PUT {_DATABASE}/reset", _reset),
    (f"GET {_APP}/transfers", lambda wire, body, app: app.transfers),
    (f"GET {_APP}/transfers/(?P<key>[^/]+)", _transfer),
    (
        f"POST {_APP}/transfers/[^/]+/actions/public-url",
        lambda wire, body, app: {"url": f"{wire.server.url}/dump"},
    ),
    ("GET /dump", lambda wire, body: Answer(wire.data.dump)),
)
