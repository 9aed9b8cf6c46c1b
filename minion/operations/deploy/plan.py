"""What a deployment will do: facts in, a :class:`DeployPlan` out. Pure.

A plan is a value. It holds everything that the report shows and every step
that will be taken, so what was confirmed and what is done are one thing.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from minion import options as option_names
from minion.analyser.downtime import Downtime, downtime_of
from minion.analyser.migrations import Reading
from minion.engine.encoding import identifier
from minion.engine.operation import Before, Work
from minion.git.records import Change, Commit
from minion.operations.deploy.facts import AppFacts, Facts
from minion.operations.deploy.policy import busy, refusals, warnings
from minion.operations.deploy.request import DeployRequest
from minion.options import Option
from minion.settings import Commands, Environment, Settings
from minion.steps import (
    MaintenanceOff,
    MaintenanceOn,
    NewDynosUp,
    OldDynosGone,
    PrebootBack,
    PrebootSwitch,
    Promote,
    Push,
    ReadBack,
    RunCommand,
    Step,
    TagRelease,
    with_fixtures,
)


@dataclass(frozen=True)
class DeployPlan:
    """A deployment before it is made.

    `before` is what each app runs now. `inferred` is what the contents ask for,
    `options` what will be done; they differ where the operator said so. `refusals`
    says why it must not be done at all, `busy` which of that ends by itself.
    `shared_databases` are those of environments above that it could change.
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

    @property
    def id(self) -> str:
        """The plan's identifier: of everything that the report shows, for every app."""
        return identifier(self)

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
        return Work("deploy", self.request, self.id, self.before, self.steps, self.to_commit)

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
        steps=tuple(_steps(environment, settings, facts, options, downtime, preboot, request)),
        warnings=warnings(environment, settings, facts, options, downtime, wants_preboot),
        refusals=refusals(request, environment, settings, facts, options),
        busy=busy(facts),
        shared_databases=facts.above.questions,
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


def _steps(
    environment: Environment,
    settings: Settings,
    facts: Facts,
    options: Option,
    downtime: Downtime,
    preboot: bool,
    request: DeployRequest,
) -> Iterator[Step]:
    if options == Option.NONE:
        return
    pushes = Option.PUSH in options
    switched = [app for app in facts.apps if app.preboot is not None and app.preboot != preboot]
    switched = switched if pushes else []
    for app in switched:
        yield PrebootSwitch(app.name, on=preboot, found=bool(app.preboot))
    # A push puts the page up when the build is over, unless the build itself migrates.
    by_push = pushes and not facts.promotions and not facts.code.build_migrates
    if downtime.needed and not by_push:
        for app in facts.apps:
            yield MaintenanceOn(app.name, found=app.app.maintenance)
    if pushes:
        yield from _ship(facts, downtime.needed and by_push, request.force)
    yield from _commands(settings.commands, facts, options, downtime, preboot)
    if downtime.needed:
        if pushes:
            for app in facts.apps:
                yield NewDynosUp(app.name)
        for app in facts.apps:
            yield MaintenanceOff(app.name, found=app.app.maintenance)
    for app in switched:
        yield PrebootBack(app.name, found=bool(app.preboot))
    if pushes:
        for app in facts.apps:
            yield TagRelease(
                app.name,
                environment=environment.name,
                template=environment.tag,
                commit=facts.code.target,
                commits=facts.code.commits,
                origin=settings.origin_name if facts.code.origin_known else None,
                is_local=not settings.is_rehearsal,
            )


def _ship(facts: Facts, downtime: bool, force: bool) -> Iterator[Step]:
    commit = facts.code.target
    for promotion in facts.promotions:
        yield Promote(
            promotion.source.name,
            pipeline_id=promotion.pipeline_id,
            source_id=promotion.source.app.id,
            commit=commit,
            targets=tuple(app.name for app in promotion.targets),
            target_ids=tuple(app.app.id for app in promotion.targets),
            afters=tuple(app.newest_version for app in promotion.targets),
        )
    for app in facts.apps:
        if not facts.promotions:
            yield Push(
                app.name,
                commit=commit,
                url=app.git_url,
                after=app.newest_version,
                force=force,
                page=downtime,
                page_found=app.app.maintenance,
            )
        yield ReadBack(app.name, commit=commit, migrates=facts.code.release_phase_migrates)


def _commands(
    commands: Commands, facts: Facts, options: Option, downtime: Downtime, preboot: bool
) -> Iterator[Step]:
    """The one-off dynos, in the order of the options' bits; what must wait comes last."""
    for option in option_names.each(options):
        if option == Option.COLLECTSTATIC:
            for app in facts.apps:
                yield RunCommand(app.name, option, commands.collectstatic)
        elif option == Option.MIGRATE:
            if not (facts.code.release_phase_migrates and Option.PUSH in options):
                if facts.code.boot_migrates and Option.PUSH in options:
                    # Two at once would get in each other's way; after them nothing is left.
                    for app in facts.apps:
                        yield NewDynosUp(app.name)
                yield from _migrate_now(commands, facts, downtime)
        elif option != Option.PUSH:
            command = _database_command(option, commands, facts)
            for app in _one_per_database(facts.apps) if command else ():
                yield RunCommand(app.name, option, command or "")
    if downtime.last:
        for app in facts.apps:
            yield OldDynosGone(app.name, preboot=preboot)
        for app in _one_per_database(facts.apps):
            yield RunCommand(app.name, Option.MIGRATE, commands.migrate, commands.lock_timeout)


def _migrate_now(commands: Commands, facts: Facts, downtime: Downtime) -> Iterator[Step]:
    """All migrations, or where some must wait, those that the new code needs."""
    if not downtime.last:
        for app in _one_per_database(facts.apps):
            yield RunCommand(app.name, Option.MIGRATE, commands.migrate, commands.lock_timeout)
        return
    # The last one of each Django app brings those before it along.
    for label, name in dict(downtime.first).items():
        for app in _one_per_database(facts.apps):
            command = f"{commands.migrate} {shlex.quote(label)} {shlex.quote(name)}"
            yield RunCommand(app.name, Option.MIGRATE, command, commands.lock_timeout)


def _database_command(option: Option, commands: Commands, facts: Facts) -> str | None:
    if option == Option.SYNCDB:
        return commands.syncdb
    paths = facts.code.analysis.fixtures
    return with_fixtures(commands.fixtures, paths) if paths else None


def _one_per_database(apps: tuple[AppFacts, ...]) -> list[AppFacts]:
    """The first app of each database; an app without a known one counts by itself."""
    first: dict[str, AppFacts] = {}
    for app in apps:
        first.setdefault(app.database or f"app {app.name}", app)
    return list(first.values())
