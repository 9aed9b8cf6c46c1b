"""What a deployment will do: facts in, a :class:`DeployPlan` out. Pure.

A plan is a value. It holds everything that the report shows and every step
that will be taken, so what was confirmed and what is done are one thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from minion.analyser.downtime import Downtime, downtime_of
from minion.analyser.migrations import Reading
from minion.analyser.migrations.readings import classes
from minion.engine.encoding import identifier
from minion.engine.operation import Before, Work
from minion.git.records import Change, Commit
from minion.operations.deploy.facts import AppFacts, Facts
from minion.operations.deploy.policy import busy, refusals, warnings
from minion.operations.deploy.request import DeployRequest
from minion.operations.deploy.steps import steps_of
from minion.operations.predicted import Predicted, predictions, rows_worked_through
from minion.operations.sizes import DatabaseLook
from minion.options import Option, names
from minion.settings import Environment, Settings
from minion.steps import Step


@dataclass(frozen=True)
class DeployPlan:
    """A deployment before it is made.

    `before` is what each app runs now. `inferred` is what the contents ask for,
    `options` what will be done; they differ where the operator said so. `refusals`
    says why it must not be done at all, `busy` which of that ends by itself.
    `shared_databases` are those of environments above that it could change. `looks` are at
    the databases whose tables it locks, `predictions` of how long its migrations take.
    """

    request: DeployRequest
    before: tuple[Before, ...]
    web_urls: tuple[str, ...]
    branch: str
    remotes: tuple[str, ...]
    force: bool
    preboot: bool
    pipeline: bool
    to_commit: str
    changes: tuple[Change, ...]
    commits: tuple[Commit, ...]
    options: Option
    inferred: Option
    by_operator: bool
    reasons: Mapping[Option, tuple[str, ...]]
    downtime: Downtime
    migrations: tuple[Reading, ...]
    steps: tuple[Step, ...]
    warnings: tuple[str, ...]
    refusals: tuple[str, ...]
    busy: tuple[str, ...]
    shared_databases: tuple[str, ...] = ()
    looks: tuple[DatabaseLook, ...] = field(default=(), compare=False)
    predictions: tuple[Predicted, ...] = field(default=(), compare=False)

    @property
    def id(self) -> str:
        """The plan's identifier: of everything that the report shows, for every app.

        Without what is another a moment later: sizes, and for how long who holds what.
        """
        held = tuple(f"{look.app}: {one}" for look in self.looks for one in look.holders)

        def lasting(texts: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(text for text in texts if not text.startswith(held))

        return identifier(replace(self, refusals=lasting(self.refusals), busy=lasting(self.busy)))

    @property
    def environment(self) -> str:
        return self.request.environment

    @property
    def apps(self) -> tuple[str, ...]:
        return tuple(one.app for one in self.before)

    @property
    def from_release(self) -> int | None:
        """The release that the first app runs."""
        return self.before[0].release

    @property
    def from_commit(self) -> str | None:
        """The commit that the first app runs."""
        return self.before[0].commit

    @property
    def confirmed_by(self) -> str:
        return "+".join(self.apps)

    @property
    def questions(self) -> tuple[str, ...]:
        asked = f"({int(self.inferred)})"
        overruled = f"options={int(self.options)} is not what the contents ask for {asked}"
        return (*self.shared_databases, *((overruled,) if self.overrules else ()))

    @property
    def removal(self) -> None:
        return None

    @property
    def work(self) -> Work:
        """The plan as it is carried out and written into the journal."""
        migrates = Option.MIGRATE in self.options
        return Work(
            "deploy",
            self.request,
            self.id,
            self.before,
            self.steps,
            self.to_commit,
            options=names(self.options),
            migrations=classes(self.migrations, rows_worked_through(self.migrations, self.looks))
            if migrates
            else (),
        )

    @property
    def has_nothing_to_do(self) -> bool:
        return self.options == Option.NONE

    @property
    def overrules(self) -> bool:
        """Whether the operator's options differ from what the contents ask for."""
        return self.by_operator and self.options != self.inferred


def make_plan(request: DeployRequest, settings: Settings, facts: Facts) -> DeployPlan:
    """The plan for `request`, given `facts`."""
    environment = settings.environment(request.environment)
    analysis = facts.code.analysis
    options = analysis.options if request.options is None else request.options
    downtime = downtime_of(options, request.maintenance, facts.code)
    if Option.MIGRATE not in options:
        facts = replace(facts, looks=())
    wants_preboot = _wants_preboot(request, environment, facts)
    supports_preboot = all(app.preboot is not None for app in facts.apps)
    preboot = wants_preboot and supports_preboot and not downtime.needed
    return DeployPlan(
        request=request,
        before=tuple(before(app) for app in facts.apps),
        web_urls=tuple(app.app.web_url for app in facts.apps if app.app.web_url),
        branch=facts.code.branch,
        remotes=tuple(app.git_url for app in facts.apps),
        force=request.force,
        preboot=preboot,
        pipeline=bool(facts.promotions),
        to_commit=facts.code.target,
        changes=facts.code.changes,
        commits=facts.code.commits,
        options=options,
        inferred=analysis.options,
        by_operator=request.options is not None,
        reasons=analysis.reasons,
        downtime=downtime,
        migrations=facts.code.readings,
        steps=tuple(steps_of(environment, settings, facts, options, downtime, preboot, request)),
        warnings=warnings(environment, settings, facts, options, downtime, wants_preboot),
        refusals=refusals(request, environment, settings, facts, options, downtime),
        busy=busy(facts),
        shared_databases=facts.above.questions,
        looks=facts.looks,
        predictions=predictions(facts.code.readings, facts.looks, facts.records)
        if Option.MIGRATE in options
        else (),
    )


def before(app: AppFacts) -> Before:
    """What the app runs before the deployment."""
    return Before(app.name, app.running_version, app.commit, app.newest_version)


def _wants_preboot(request: DeployRequest, environment: Environment, facts: Facts) -> bool:
    if request.preboot is not None:
        return request.preboot
    if environment.preboot is not None:
        return environment.preboot
    return any(app.preboot for app in facts.apps)
