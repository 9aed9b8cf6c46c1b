"""Heroku Postgres: the database behind a config var, and what can be done to it.

The data API is not in the published schema; its paths are those that the Heroku
CLI uses (heroku/cli, the commands ``pg:*``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minion.errors import HerokuError, NotFound
from minion.heroku import wire
from minion.heroku.addons import Addons
from minion.heroku.api import Api
from minion.heroku.paths import path_of
from minion.heroku.records import Attachment, Database, Transfer
from minion.heroku.transfers import discreet_errors, transfer_of


class Databases:
    """All of these raise HerokuError, and NotFound where there is no such database."""

    def __init__(self, api: Api, data_api: Api) -> None:
        self._api = api
        self._data_api = data_api
        self._addons = Addons(api)

    def attached(self, app: str, variable: str = "DATABASE_URL") -> Database:
        """The database behind the app's config var `variable`.

        Where the variable is no attachment of its own but was set by hand, it
        is the database whose own variable has the same value, as for the CLI.

        Raises:
            NotFound: no such app, or no Heroku Postgres is behind the variable.
            HerokuError: more than one database is.
        """
        databases = [one for one in self._addons.attachments(app) if one.is_postgres]
        found = [one for one in databases if one.variable == variable]
        if not found:
            found = self._same_value(app, variable, databases)
        if not found:
            others = sorted({one.variable for one in databases} - {variable})
            there = f"its databases are {', '.join(others)}" if others else "it has no database"
            raise NotFound(f"{app}: no Heroku Postgres is behind {variable}; {there}")
        one = found[0]
        if len({other.addon_id for other in found}) > 1:
            names = ", ".join(sorted(other.addon_name for other in found))
            raise HerokuError(f"{app}: {variable} may be any of several databases: {names}")
        return Database(
            addon_id=one.addon_id,
            addon_name=one.addon_name,
            app=one.app,
            attachment=variable,
            plan=one.plan,
        )

    def follows(self, addon_id: str) -> str | None:
        """The URL of the database that this one is a copy of, which is a secret; None for none."""
        answer = self._data_api.get(path_of("client", "v11", "databases", addon_id))
        followed = answer.get("following") if isinstance(answer, Mapping) else None
        return followed if isinstance(followed, str) else None

    def info(self, database: Database) -> dict[str, tuple[str, ...]]:
        """What Heroku tells of the database: "PG Version", "Data Size", ... and their values.

        Raises:
            NotFound: also while the database is still being made.
        """
        return _info_of(self._data_api.get(_path(database)))

    def capture(self, database: Database) -> Transfer:
        """Begin a backup.

        Raises:
            AnswerLost: it may have begun; `Transfers.all` shows whether.
        """
        return transfer_of(self._data_api.post(_path(database, "backups")))

    def restore(self, database: Database, backup_url: str) -> Transfer:
        """Begin to overwrite the database with the backup at `backup_url`, which is a secret.

        The URL is a backup's `to_url`, or any http(s) address of a dump.

        Raises:
            AnswerLost: it may have begun; `Transfers.all` shows whether.
        """
        path = _path(database, "restores")
        with discreet_errors():
            return transfer_of(self._data_api.post(path, {"backup_url": backup_url}))

    def reset(self, database: Database) -> None:
        """Remove everything in the database. Repeating it after AnswerLost does no harm."""
        self._data_api.put(_path(database, "reset"), {})

    def _same_value(self, app: str, variable: str, databases: list[Attachment]) -> list[Attachment]:
        if not databases:
            return []
        config = wire.config_of(self._api.get(path_of("apps", app, "config-vars")))
        value = config.get(variable)
        same = [one for one in databases if value and config.get(one.variable) == value]
        return [one for one in same if one.namespace is None] or same


def _path(database: Database, *more: str) -> str:
    return path_of("client", "v11", "databases", database.addon_id, *more)


@wire.answer_about("a database")
def _info_of(answer: Any) -> dict[str, tuple[str, ...]]:
    return {
        str(one["name"]): tuple(str(value) for value in one.get("values") or ())
        for one in answer["info"]
    }
