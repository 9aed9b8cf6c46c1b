"""Which steps a rollback takes, in their order. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from minion.operations.migrate_command import migrate_to
from minion.operations.rollback.facts import AppBack, Reversal, RollbackFacts
from minion.options import Option
from minion.settings import Environment, Settings
from minion.steps import (
    MaintenanceOff,
    MaintenanceOn,
    NewDynosUp,
    PrebootBack,
    PrebootSwitch,
    ReadBack,
    RollBack,
    RunCommand,
    Step,
    TagRelease,
)


def steps_of(
    environment: Environment,
    settings: Settings,
    facts: RollbackFacts,
    reversals: Sequence[Reversal],
    needs_page: bool,
) -> Iterator[Step]:
    """The steps of going back, with the migrations in `reversals` taken back first."""
    switched = [app for app in facts.apps if needs_page and app.preboot]
    for app in switched:
        yield PrebootSwitch(app.name, on=False, found=True)
    if needs_page:
        for app in facts.apps:
            yield MaintenanceOn(app.name, found=app.app.maintenance)
    # With the newer code: the older one does not have these migrations.
    for reversal in reversed(reversals):
        for app in _one_per_database(facts.apps):
            command = migrate_to(settings.commands.migrate, reversal.label, reversal.to)
            yield RunCommand(app.name, Option.MIGRATE, command)
    for app in facts.apps:
        yield RollBack(
            app.name,
            release_id=app.target.id,
            version=app.target.version,
            commit=app.target_commit,
            after=app.newest_version,
            back_to=None if reversals else app.running.id,
        )
        if app.target_commit:
            yield ReadBack(app.name, commit=app.target_commit)
    if needs_page:
        for app in facts.apps:
            yield NewDynosUp(app.name)
        for app in facts.apps:
            yield MaintenanceOff(app.name, found=app.app.maintenance)
    for app in switched:
        yield PrebootBack(app.name, found=True)
    for app in facts.apps if facts.is_here else ():
        yield TagRelease(
            app.name,
            environment=environment.name,
            template=environment.tag,
            commit=app.target_commit or "",
            commits=(),
            origin=settings.origin_name if facts.origin_known else None,
            is_local=not settings.is_rehearsal,
            may_fail=True,
        )


def _one_per_database(apps: Sequence[AppBack]) -> list[AppBack]:
    first: dict[str, AppBack] = {}
    for app in apps:
        first.setdefault(app.database or f"app {app.name}", app)
    return list(first.values())
