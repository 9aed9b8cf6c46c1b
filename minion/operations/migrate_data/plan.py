"""What a move of data will do: facts in, a :class:`MovePlan` out. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from minion.engine.encoding import identifier
from minion.engine.operation import Before, Work
from minion.operations.migrate_data.facts import MoveFacts, Pair
from minion.operations.migrate_data.policy import busy, refusals
from minion.operations.migrate_data.request import LOCAL, MoveRequest
from minion.options import Option
from minion.settings import Settings
from minion.steps import (
    Capture,
    MaintenanceOff,
    MaintenanceOn,
    MarkLocally,
    MarkProven,
    Prove,
    ProveLocally,
    Remember,
    Restore,
    RestoreBeside,
    RunCommand,
    RunLocally,
    ScaleBack,
    ScaleDown,
    Step,
    Swap,
)


@dataclass(frozen=True)
class MovePlan:
    """A move of data before it is made; `refusals` says why it must not be."""

    request: MoveRequest
    apps: tuple[str, ...]
    steps: tuple[Step, ...]
    facts: MoveFacts
    refusals: tuple[str, ...]
    busy: tuple[str, ...]

    @property
    def id(self) -> str:
        """The plan's identifier: of all that the report shows but rows and sizes.

        These change on a database in use without anybody's doing.
        """
        return identifier(
            self.request,
            [_essence(pair) for pair in self.facts.pairs],
            self.facts.apps,
            self.facts.warnings,
            self.facts.local and (self.facts.local.identity, self.facts.local.exists),
            self.steps,
            self.refusals,
        )

    @property
    def source(self) -> str:
        return self.request.source

    @property
    def target(self) -> str:
        return self.request.target

    @property
    def confirmed_by(self) -> str:
        return "+".join(self.apps) or LOCAL

    @property
    def questions(self) -> tuple[str, ...]:
        return ()

    @property
    def removal(self) -> None:
        return None

    @property
    def work(self) -> Work:
        """The plan as it is carried out and written into the journal."""
        before = tuple(
            Before(app.name, app.release, app.commit, app.newest) for app in self.facts.apps
        )
        return Work("migrate_data", self.request, self.id, before, self.steps)


def _essence(pair: Pair) -> list[object]:
    """What must not change of two databases between the report and the yes."""
    ends = [end for end in (pair.source, pair.target) if end]
    return [
        [(end.app, end.apps, end.identity, end.database.addon_id) for end in ends],
        [end.inventory.server_version for end in ends],
        [sorted(table.key for table in end.inventory.tables) for end in ends],
        [(found.column.key, found.reason) for found in pair.judgement.personal],
        pair.backup.name if pair.backup else None,
        [pair.mark.source, pair.mark.at] if pair.mark else None,
    ]


def make_plan(request: MoveRequest, settings: Settings, facts: MoveFacts) -> MovePlan:
    """The plan for `request`, given `facts`."""
    steps = _locally if request.target == LOCAL else _remotely
    return MovePlan(
        request=request,
        apps=tuple(app.name for app in facts.apps),
        steps=tuple(steps(request, settings, facts)),
        facts=facts,
        refusals=refusals(facts),
        busy=busy(facts),
    )


def _remotely(request: MoveRequest, settings: Settings, facts: MoveFacts) -> Iterator[Step]:
    for pair in facts.pairs:
        yield from _source_steps(pair, pair.target.app if pair.target else "")
    for app in facts.apps:
        yield MaintenanceOn(app.name, found=app.page)
    for app in facts.apps:
        yield ScaleDown(app.name, found=app.formation)
    for pair in facts.pairs:
        yield from _target_steps(pair, settings)
    for app in facts.apps:
        yield ScaleBack(app.name, found=app.formation)
    for app in facts.apps:
        yield MaintenanceOff(app.name, found=app.page)


def _source_steps(pair: Pair, target: str) -> Iterator[Step]:
    """What is done at the source, which changes nothing there but adds a backup."""
    source = pair.source.app
    if pair.mark is None:
        yield Remember(source, target=target, personal=_personal(pair))
    yield Capture(source, name=pair.backup.name if pair.backup else None)


def _target_steps(pair: Pair, settings: Settings) -> Iterator[Step]:
    assert pair.target is not None
    source, target = pair.source.app, pair.target.app
    yield Restore(
        target,
        source=source,
        apps=pair.target.apps,
        personal=() if pair.mark else _personal(pair),
    )
    yield RunCommand(target, Option.MIGRATE, settings.commands.migrate)
    yield RunCommand(target, Option.NONE, settings.commands.anonymise)
    if pair.mark:
        yield MarkProven(target, source=pair.mark.source, at=pair.mark.at.isoformat())
    else:
        yield Prove(
            target,
            source=source,
            pii=settings.data.pii,
            pii_ignore=settings.data.pii_ignore,
        )


def _locally(request: MoveRequest, settings: Settings, facts: MoveFacts) -> Iterator[Step]:
    assert facts.local is not None
    pair, name = facts.pairs[0], facts.local.name
    yield from _source_steps(pair, name)
    yield RestoreBeside(name, source=pair.source.app, personal=() if pair.mark else _personal(pair))
    if pair.mark:
        yield MarkLocally(name, source=pair.mark.source, at=pair.mark.at.isoformat())
    else:
        for command in (settings.commands.migrate, settings.commands.anonymise):
            yield RunLocally(name, command=command)
        yield ProveLocally(
            name,
            source=pair.source.app,
            pii=settings.data.pii,
            pii_ignore=settings.data.pii_ignore,
        )
    yield Swap(name, keep=request.keep)


def _personal(pair: Pair) -> tuple[str, ...]:
    return tuple(finding.column.key for finding in pair.judgement.personal)
