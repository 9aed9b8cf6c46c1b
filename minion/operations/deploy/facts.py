"""Everything that a plan rests on, as frozen values. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from minion.analyser.code import Code
from minion.deployments.record import Record
from minion.errors import Refused
from minion.heroku.records import App, Coupling, Release
from minion.operations.databases import NONE_ABOVE, DatabasesAbove
from minion.operations.sizes import DatabaseLook


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
    got to the end of its deployment. `looks` are at the databases, as they were a moment ago.
    """

    apps: tuple[AppFacts, ...]
    code: Code
    promotions: tuple[Promotion, ...] = ()
    keys_below: frozenset[str] = frozenset()
    above: DatabasesAbove = NONE_ABOVE
    unfinished: frozenset[str] = frozenset()
    looks: tuple[DatabaseLook, ...] = ()
    #: What the environment below remembers of its deployments, newest first.
    records: tuple[tuple[str, Record], ...] = ()


def promotions_of(
    apps: tuple[AppFacts, ...], upstream: tuple[AppFacts, ...]
) -> tuple[Promotion, ...]:
    """Each of `apps` with the app of `upstream` that is in the same pipeline.

    Raises:
        Refused: there is none.
    """
    sources: dict[str, AppFacts] = {}
    for source in upstream:
        if source.coupling is not None:
            sources.setdefault(source.coupling.pipeline_id, source)
    grouped: dict[str, list[AppFacts]] = {}
    for app in apps:
        coupling = app.coupling
        if coupling is None:
            raise Refused(
                f"{app.name} is in no pipeline: add it with `heroku pipelines:add`, "
                "or push the code with pipeline=no"
            )
        if coupling.pipeline_id not in sources:
            names = ", ".join(source.name for source in upstream)
            raise Refused(
                f"{app.name} is in pipeline {coupling.pipeline_name}, where none of the apps "
                f"below ({names}) is: couple them with `heroku pipelines:add`, or use pipeline=no"
            )
        grouped.setdefault(coupling.pipeline_id, []).append(app)
    return tuple(
        Promotion(pipeline_id, sources[pipeline_id], tuple(targets))
        for pipeline_id, targets in grouped.items()
    )


def common_commit(promotions: tuple[Promotion, ...]) -> str:
    """The commit that all sources run.

    Raises:
        Refused: there is none.
    """
    commits = {promotion.source.name: promotion.source.commit for promotion in promotions}
    for name, commit in commits.items():
        if commit is None:
            raise Refused(f"{name} runs nothing that was built from a commit; deploy to it first")
    if len(set(commits.values())) > 1:
        listed = ", ".join(f"{name} runs {str(sha)[:7]}" for name, sha in commits.items())
        raise Refused(
            f"the apps to promote from run different commits ({listed}); deploy them first"
        )
    return str(next(iter(commits.values())))
