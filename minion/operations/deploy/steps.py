"""Which steps a deployment takes, in their order. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from minion import options as option_names
from minion.analyser.code import Code
from minion.analyser.downtime import Downtime
from minion.operations.deploy.facts import AppFacts, Facts
from minion.operations.deploy.request import DeployRequest
from minion.operations.migrate_command import migrate_to
from minion.operations.sizes import tables_of
from minion.options import Option
from minion.settings import Commands, Environment, Settings
from minion.steps import (
    Built,
    LookBefore,
    MaintenanceOff,
    MaintenanceOn,
    NewDynosUp,
    OldDynosGone,
    PageCheck,
    PrebootBack,
    PrebootSwitch,
    Promote,
    Push,
    ReadBack,
    RunCommand,
    Step,
    Tables,
    TagRelease,
    Watch,
    with_fixtures,
)

#: What a migration that visitors do not see may wait for a lock: while it waits, everybody else
#: waits behind it. The guides of strong_migrations warn of more than 10 s.
LOCK_TIMEOUT = "5s"
#: What PostgreSQL takes for no limit.
NO_TIMEOUT = "0"


def steps_of(
    environment: Environment,
    settings: Settings,
    facts: Facts,
    options: Option,
    downtime: Downtime,
    preboot: bool,
    request: DeployRequest,
) -> Iterator[Step]:
    """The steps for `options`, in their order; none if there is nothing to do."""
    if options == Option.NONE:
        return
    pushes = Option.PUSH in options
    watch = _watch(environment, settings, facts, request, preboot) if pushes else None
    if watch is not None:
        yield LookBefore(watch.app, watch.apps, watch.health, watch.status)
    switched = [app for app in facts.apps if app.preboot is not None and app.preboot != preboot]
    switched = switched if pushes else []
    # A push puts the page up when the build is over, unless the build itself migrates.
    by_push = pushes and not facts.promotions and not facts.code.build_migrates
    if downtime.needed and by_push:
        for app in facts.apps:
            yield PageCheck(app.name)
    for app in switched:
        yield PrebootSwitch(app.name, on=preboot, found=bool(app.preboot))
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
    is_all = not facts.code.analysis.options & ~options
    for app in facts.apps:
        if pushes or (app.name in facts.unfinished and is_all):
            yield TagRelease(
                app.name,
                environment=environment.name,
                template=environment.tag,
                commit=facts.code.target,
                commits=facts.code.commits,
                origin=settings.origin_name if facts.code.origin_known else None,
                is_local=not settings.is_rehearsal,
                version=None if pushes else app.running_version,
            )
    if watch is not None:
        yield watch


def _watch(
    environment: Environment,
    settings: Settings,
    facts: Facts,
    request: DeployRequest,
    preboot: bool,
) -> Watch | None:
    """The last step, where it is asked for: what is out is tagged, however it answers."""
    seconds = environment.watch_s if request.watch_s is None else request.watch_s
    if not seconds:
        return None
    return Watch(
        facts.apps[0].name,
        apps=tuple(app.name for app in facts.apps),
        seconds=seconds,
        health=environment.health,
        status=settings.watching.status,
        errors=settings.watching.share,
        on_failure=settings.watching.on_failure,
        preboot=preboot,
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
    patience = _patience(commands, facts.code, downtime)
    # Two at once would get in each other's way; after theirs nothing is left to migrate.
    are_awaited = facts.code.boot_migrates and Option.PUSH in options
    awaited = [NewDynosUp(app.name) for app in facts.apps] if are_awaited else []
    for option in option_names.each(options):
        if option == Option.COLLECTSTATIC:
            for app in facts.apps:
                yield RunCommand(app.name, option, commands.collectstatic)
        elif option == Option.MIGRATE:
            if not (facts.code.release_phase_migrates and Option.PUSH in options):
                yield from awaited
                awaited = []
                yield from _migrate_now(commands, facts, downtime, patience)
        elif option != Option.PUSH:
            command = _database_command(option, commands, facts)
            if command:
                yield from awaited
                awaited = []
            for app in _one_per_database(facts.apps) if command else ():
                yield RunCommand(app.name, option, command or "")
    if downtime.last:
        for app in facts.apps:
            # Without a push it is the release of an earlier deployment that may preboot yet.
            is_prebooting = preboot or (Option.PUSH not in options and bool(app.preboot))
            yield OldDynosGone(app.name, preboot=is_prebooting)
        for app in _one_per_database(facts.apps):
            yield patience.migrate(app.name, commands.migrate)


@dataclass(frozen=True)
class Patience:
    """How long migrations may wait for a lock (None: for ever), how often they are tried."""

    lock_timeout: str | None
    tries: int
    pause_s: float
    builds: tuple[Built, ...]
    tables: Tables

    def migrate(self, app: str, command: str) -> RunCommand:
        """The step that runs `command` so patiently."""
        return RunCommand(app, Option.MIGRATE, command, **vars(self))


def _patience(commands: Commands, code: Code, downtime: Downtime) -> Patience:
    """What fits the migrations.

    Behind the page there is nobody to hold up. A file that runs in no transaction is left half
    done where it gives way, so it does not by itself; nor does the build of a concurrent index,
    for which nobody waits. Where it is asked to, it is tried again if it does nothing else.
    """
    is_whole = not code.unread and all(reading.is_atomic for reading in code.readings)
    given = commands.lock_timeout
    if given is None:
        given = LOCK_TIMEOUT if is_whole and not downtime.needed else NO_TIMEOUT
    can_repeat = not code.unread and all(reading.may_be_repeated for reading in code.readings)
    builds = tuple(
        Built(*reading.key, reading.builds) for reading in code.readings if reading.builds
    )
    tables = tables_of(code.readings)
    if given == NO_TIMEOUT:
        return Patience(None, 1, commands.lock_pause_s, builds, tables)
    tries = commands.lock_tries if can_repeat else 1
    return Patience(given, tries, commands.lock_pause_s, builds, tables)


def _migrate_now(
    commands: Commands, facts: Facts, downtime: Downtime, patience: Patience
) -> Iterator[Step]:
    """All migrations, or where some must wait, those that the new code needs."""
    if not downtime.last:
        for app in _one_per_database(facts.apps):
            yield patience.migrate(app.name, commands.migrate)
        return
    # The last one of each Django app brings those before it along.
    for label, name in dict(downtime.first).items():
        for app in _one_per_database(facts.apps):
            command = migrate_to(commands.migrate, label, name)
            yield patience.migrate(app.name, command)


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
