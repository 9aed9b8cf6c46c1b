"""Everything that a plan rests on, as frozen values. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from minion.analyser.code import Code
from minion.heroku.records import App, Coupling, Release
from minion.operations.databases import NONE_ABOVE, DatabasesAbove


@dataclass(frozen=True)
class AppFacts:
    """One app as it was found.

    `commit` is what its running release was built from (None: unknown, or
    nothing was ever deployed). `pending` says in words what is under way.
    `preboot` is None where Heroku has no such feature for the app.
    `config_keys` names its config vars, without those that add-ons usually
    make; `unapplied` those that the local env file has otherwise.
    `database` identifies the database behind DATABASE_URL without its
    credentials. `collects_static` tells whether a build runs collectstatic.
    """

    app: App
    running: Release | None
    newest_version: int
    commit: str | None
    pending: str | None
    preboot: bool | None
    database: str | None
    collects_static: bool
    git_url: str
    coupling: Coupling | None = None
    config_keys: frozenset[str] = frozenset()
    unapplied: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.app.name

    @property
    def running_version(self) -> int | None:
        return self.running.version if self.running else None


@dataclass(frozen=True)
class Promotion:
    """Which app's slug goes to which apps, within one pipeline."""

    pipeline_id: str
    source: AppFacts
    targets: tuple[AppFacts, ...]


@dataclass(frozen=True)
class Facts:
    """The apps of an environment, the code for them and, with a pipeline, its sources.

    `keys_below` names the config vars of the environment below, `above` the databases of
    those above that can be reached. `unfinished` are apps whose release is known not to have
    got to the end of its deployment.
    """

    apps: tuple[AppFacts, ...]
    code: Code
    promotions: tuple[Promotion, ...] = ()
    keys_below: frozenset[str] = frozenset()
    above: DatabasesAbove = NONE_ABOVE
    unfinished: frozenset[str] = frozenset()
