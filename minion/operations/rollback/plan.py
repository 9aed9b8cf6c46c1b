"""What a rollback will do: facts in, a :class:`RollbackPlan` out. Pure.

The older code must be able to work with the schema that it finds. Where the
newer migrations leave it able to, they stay; where they do not, they are
reversed first, by the newer code, which alone knows how.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from minion.analyser.migrations import Kind, Reading
from minion.engine.operation import Operation
from minion.operations.rollback.facts import AppBack, RollbackFacts
from minion.options import Option
from minion.settings import Settings
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
)

#: What the older code does not work with while it is there.
IN_THE_WAY = (Kind.CONTRACT, Kind.BREAKING, Kind.UNKNOWN)


@dataclass(frozen=True)
class Reversal:
    """One Django app's migrations, taken back to `to` ("zero" for none), the newest first."""

    label: str
    to: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class RollbackPlan:
    """A rollback before it is made; `refusals` says why it must not be."""

    environment: str
    facts: RollbackFacts
    reversals: tuple[Reversal, ...]
    kept: tuple[Reading, ...]
    needs_page: bool
    steps: tuple[Step, ...]
    warnings: tuple[str, ...]
    refusals: tuple[str, ...]

    @property
    def apps(self) -> tuple[str, ...]:
        return tuple(app.name for app in self.facts.apps)

    @property
    def id(self) -> str:
        """The plan's identifier: the same as long as it would do the same to the same."""
        essence = [
            self.environment,
            [(app.name, app.running.version, app.target.version) for app in self.facts.apps],
            [step.title for step in self.steps],
        ]
        return hashlib.sha256(json.dumps(essence).encode()).hexdigest()[:12]

    @property
    def operation(self) -> Operation:
        """The plan as it is carried out and written into the journal."""
        first = self.facts.apps[0]
        return Operation(
            purpose="rollback",
            environment=self.environment,
            apps=self.apps,
            plan=self.id,
            again=f"fab rollback:{self.environment}",
            steps=self.steps,
            from_release=first.running.version,
            to_commit=first.target_commit,
            options=Option.PUSH,
        )


def make_rollback(
    name: str, settings: Settings, facts: RollbackFacts, *, keeps_migrations: bool
) -> RollbackPlan:
    """The plan for the environment `name`.

    With `keeps_migrations` the schema stays as it is, whatever it does to the older code.
    """
    reversals = () if keeps_migrations else tuple(_reversals(facts.readings))
    reversed_ = {one.key for reversal in reversals for one in reversal.readings}
    needs_page = any(
        one.kind in (Kind.BREAKING, Kind.UNKNOWN) for r in reversals for one in r.readings
    )
    kept = tuple(one for one in facts.readings if one.key not in reversed_)
    return RollbackPlan(
        environment=name,
        facts=facts,
        reversals=reversals,
        kept=kept,
        needs_page=needs_page,
        steps=tuple(_steps(settings, facts, reversals, needs_page)),
        warnings=tuple(_warnings(facts, reversals, kept)),
        refusals=tuple(_refusals(facts, reversals, keeps_migrations)),
    )


def _reversals(readings: Sequence[Reading]) -> Iterator[Reversal]:
    """For each Django app that has something in the way: from its first such migration on."""
    for label in dict.fromkeys(one.app_label for one in readings):
        own = [one for one in readings if one.app_label == label]
        start = next((n for n, one in enumerate(own) if one.kind in IN_THE_WAY), None)
        if start is not None:
            parents = [name for app, name in own[start].dependencies if app == label]
            to = parents[0] if len(parents) == 1 else "" if parents else "zero"
            yield Reversal(label, to, tuple(reversed(own[start:])))


def _steps(
    settings: Settings,
    facts: RollbackFacts,
    reversals: Sequence[Reversal],
    needs_page: bool,
) -> Iterator[Step]:
    switched = [app for app in facts.apps if needs_page and app.preboot]
    for app in switched:
        yield PrebootSwitch(app.name, on=False, found=True)
    if needs_page:
        for app in facts.apps:
            yield MaintenanceOn(app.name, found=app.app.maintenance)
    # With the newer code: the older one does not have these migrations.
    for reversal in reversed(reversals):
        for app in _one_per_database(facts.apps):
            target = f"{shlex.quote(reversal.label)} {shlex.quote(reversal.to)}"
            yield RunCommand(app.name, Option.MIGRATE, f"{settings.commands.migrate} {target}")
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


def _one_per_database(apps: Sequence[AppBack]) -> list[AppBack]:
    first: dict[str, AppBack] = {}
    for app in apps:
        first.setdefault(app.database or f"app {app.name}", app)
    return list(first.values())


def _warnings(
    facts: RollbackFacts, reversals: Sequence[Reversal], kept: Sequence[Reading]
) -> Iterator[str]:
    for app in facts.apps:
        if app.config_keys:
            yield f"{app.name}: these config vars go back too: {', '.join(app.config_keys)}"
        if app.app.maintenance:
            yield f"{app.name}: the maintenance page is up already, and stays up afterwards"
    for reversal in reversals:
        for one in reversal.readings:
            if one.kind is Kind.EXPAND:
                yield f"{one.path}: what was written into its columns and tables since is lost"
            if one.lossy:
                yield f"{one.path}: what it has removed does not come back, only its place"
    for one in kept:
        if one.kind in IN_THE_WAY:
            yield f"{one.path} stays, although the older code may not work with it"


def _refusals(
    facts: RollbackFacts, reversals: Sequence[Reversal], keeps_migrations: bool
) -> Iterator[str]:
    for app in facts.apps:
        if app.pending:
            yield f"{app.name}: {app.pending}; wait until it is done"
    if facts.unread and not keeps_migrations:
        yield (
            f"{facts.unread}, so nobody can tell whether the older code works with the "
            "database as it is; if you know that it does: migrations=keep"
        )
    if facts.missing and not keeps_migrations:
        target = facts.apps[0].target.version
        yield (
            f"v{target} needs {', '.join(facts.missing)}, which what runs does not have, and a "
            "rollback runs no migration forward: deploy its commit instead; if the database has "
            "it all: migrations=keep"
        )
    for reversal in reversals:
        for one in reversal.readings:
            if one.irreversible:
                lines = [f"line {f.line}" for f in one.findings if f.irreversible]
                yield (
                    f"{one.path} cannot be reversed ({', '.join(lines) or 'irreversible'}), and "
                    "the older code may not work with it; if you know that it does: "
                    "migrations=keep"
                )
        if not reversal.to:
            yield (
                f"{reversal.label}: {reversal.readings[-1].name} joins several branches, so "
                "nobody can tell what to go back to; if it can stay: migrations=keep"
            )
