"""What a rollback is planned from, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from minion.analyser.migrations import Reading
from minion.git.records import Commit
from minion.heroku.records import App, Release
from minion.operations.databases import NONE_ABOVE, DatabasesAbove


@dataclass(frozen=True)
class AppBack:
    """One app: what runs, what it is to go back to, and what that changes besides the code.

    `candidates` are the releases that Heroku would go back to, newest first,
    each with its commit. `config_keys` names the config vars that go back too.
    `pending` says in words what is under way. `database` identifies the
    database without its credentials.
    """

    app: App
    running: Release
    commit: str | None
    newest_version: int
    target: Release
    target_commit: str | None
    candidates: tuple[tuple[Release, str | None], ...]
    config_keys: tuple[str, ...]
    preboot: bool | None
    pending: str | None
    database: str | None

    @property
    def name(self) -> str:
        return self.app.name


@dataclass(frozen=True)
class RollbackFacts:
    """The apps, and what lies between the two commits.

    `commits` are those that are taken back. `readings` are the migrations that
    the running code has and the older one lacks, in the order in which they
    ran; `unread` says why that cannot be told, None if it can. `missing` are the
    files of migrations that the older code has and the running one lacks: so it
    is where an earlier rollback is taken back. `above` are the databases of environments
    above that can be reached. `is_here` says whether this repository has the older commit,
    `origin_known` whether origin has answered: both are needed for a tag there.
    """

    apps: tuple[AppBack, ...]
    commits: tuple[Commit, ...] = ()
    readings: tuple[Reading, ...] = ()
    unread: str | None = None
    missing: tuple[str, ...] = ()
    above: DatabasesAbove = NONE_ABOVE
    is_here: bool = False
    origin_known: bool = False


@dataclass(frozen=True)
class Reversal:
    """One Django app's migrations, taken back to `to` ("zero" for none), the newest first."""

    label: str
    to: str
    readings: tuple[Reading, ...]
