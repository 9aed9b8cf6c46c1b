"""Everything that a plan rests on, as frozen values. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from minion.analyse import Analysis
from minion.migrations import Reading
from minion.records import App, Change, Commit, Coupling, Release


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


@dataclass(frozen=True)
class Promotion:
    """Which app's slug goes to which apps, within one pipeline."""

    pipeline_id: str
    source: AppFacts
    targets: tuple[AppFacts, ...]


@dataclass(frozen=True)
class Code:
    """What lies between the running commit and the one to be deployed.

    `is_descendant` is None where it cannot be told. `dirty` lists tracked
    files with uncommitted changes. `origin_commit` is the branch on origin,
    `origin_known` whether origin could be asked at all.

    `readings` are the migrations that lie between, as they were read; `unread`
    says why there may be more of them than can be seen, None if there are not.
    """

    target: str
    branch: str
    changes: tuple[Change, ...]
    commits: tuple[Commit, ...]
    analysis: Analysis
    is_descendant: bool | None
    release_phase: str | None = None
    release_phase_migrates: bool = False
    dirty: tuple[str, ...] = ()
    origin_known: bool = False
    origin_commit: str | None = None
    is_on_main: bool = True
    is_shallow: bool = False
    readings: tuple[Reading, ...] = ()
    unread: str | None = None


@dataclass(frozen=True)
class Facts:
    """The apps of an environment, the code for them and, with a pipeline, its sources.

    `keys_below` names the config vars of the environment below.
    """

    apps: tuple[AppFacts, ...]
    code: Code
    promotions: tuple[Promotion, ...] = ()
    keys_below: frozenset[str] = frozenset()
