"""Which steps a move of data takes, in their order. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from minion.operations.migrate_data.facts import MoveFacts, Pair
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


def steps_of(request: MoveRequest, settings: Settings, facts: MoveFacts) -> Iterator[Step]:
    """The steps to the target's databases, or to the one on this machine."""
    to_target = _locally if request.target == LOCAL else _remotely
    return to_target(request, settings, facts)


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
