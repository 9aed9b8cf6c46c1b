"""A confirmed plan carried out: alone, and only if it is still the same plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable, Protocol, TypeVar

from minion.engine.exclusive import under_way
from minion.engine.operation import Operation
from minion.engine.run import Run
from minion.errors import PlanOutdated, Refused
from minion.steps.world import World


class Confirmable(Protocol):
    """What the plans of all tasks have in common."""

    @property
    def id(self) -> str: ...
    @property
    def refusals(self) -> Sequence[str]: ...
    @property
    def operation(self) -> Operation: ...


P = TypeVar("P", bound=Confirmable)


def refuse(refusals: Sequence[str], more: str = "") -> None:
    """Raise Refused with all reasons, if there are any."""
    if refusals:
        raise Refused("; ".join(refusals) + f". Nothing was changed.{more}")


def carry_out(
    confirmed: P,
    planned: Callable[[], P],
    world: World,
    *,
    wait_s: float,
    moved: Callable[[P, P], Sequence[str]] = lambda before, now: (),
) -> None:
    """Take the steps of the plan that was `confirmed`.

    When the environment's lock is held, what `planned` makes now must be the
    same; `moved` tells how it differs, for the operator.

    Raises:
        PlanOutdated, Refused: nothing was changed.
        DeployInterrupted: a step failed; says what stands and what to type.
    """

    def check() -> None:
        now = planned()
        if now.id == confirmed.id and not now.refusals:
            return
        reasons = [*now.refusals, *moved(confirmed, now)] or ["the steps are others now"]
        raise PlanOutdated(
            f"Something moved since the report: {'; '.join(reasons)}. "
            "Nothing was changed; look again and confirm again."
        )

    operation = confirmed.operation
    with under_way(operation, world, wait_s=wait_s, check=check) as journal:
        Run(operation, world, journal).finish()
