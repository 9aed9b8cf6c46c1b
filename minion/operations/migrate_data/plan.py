"""What a move of data will do: facts in, a :class:`MovePlan` out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from minion.engine.encoding import identifier
from minion.engine.operation import Before, Work
from minion.operations.migrate_data.facts import MoveFacts, Pair
from minion.operations.migrate_data.policy import busy, refusals
from minion.operations.migrate_data.request import LOCAL, MoveRequest
from minion.operations.migrate_data.steps import steps_of
from minion.settings import Settings
from minion.steps import Step


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
            self.facts.unmoved,
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
    return MovePlan(
        request=request,
        apps=tuple(app.name for app in facts.apps),
        steps=tuple(steps_of(request, settings, facts)),
        facts=facts,
        refusals=refusals(facts),
        busy=busy(facts),
    )
