"""An operation from its request to its last word: gathered, planned, confirmed, carried out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Callable, Generic, TypeVar

from minion.engine.exclusive import locks_of, refuse_if_unfinished, under_way
from minion.engine.operation import Operation, Plan, Request
from minion.engine.run import Run
from minion.errors import MinionError, PlanOutdated, Refused
from minion.heroku.records import Release
from minion.settings import Settings, environ, load
from minion.steps.world import World
from minion.terminal import confirmation

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.heroku import Heroku
    from minion.terminal.console import Console

R = TypeVar("R", bound=Request)
F = TypeVar("F")
P = TypeVar("P", bound=Plan)

#: How often what is under way is looked at while ``wait=`` lasts.
POLL_S = 2.0


@dataclass(frozen=True)
class Edges:
    """The project's settings, and what they speak of."""

    settings: Settings
    heroku: Heroku
    repository: Repository


@dataclass(frozen=True)
class Performed(Generic[P]):
    """The plan that was carried out, and the release that it made on each app."""

    plan: P
    released: Mapping[str, Release]


def connect() -> Edges:
    """The edges of the project in the current folder.

    Raises:
        SettingsError, GitError, HerokuError: one of them cannot be had.
    """
    from minion.git import Repository
    from minion.heroku import Heroku

    settings = load()
    return Edges(settings, Heroku.connect(environ()), Repository.open(settings.root))


def perform(
    operation: Operation[R, F, P],
    request: R,
    console: Console,
    edges: Edges,
    *,
    confirm: str = "",
    wait_s: float = 0.0,
) -> Performed[P]:
    """Carry out what was asked, once it has been shown and confirmed.

    For `wait_s` seconds it waits for what ends by itself: a build, a release phase,
    another operation. What has moved meanwhile is shown and confirmed anew.

    Raises:
        Refused, NotConfirmed: nothing was changed.
        DeployInterrupted: a step failed; says what stands and what to type.
    """
    refuse_if_unfinished(edges.repository, request.place)
    world = World(edges.heroku, edges.repository, console, edges.settings)
    deadline = time.monotonic() + wait_s

    def planned() -> P:
        facts = operation.gather(request, edges.settings, edges.heroku, edges.repository)
        return operation.plan(request, edges.settings, facts)

    plan = _when_idle(planned, console, deadline)
    while True:
        nothing = operation.nothing_to_do(plan)
        if nothing is not None and not plan.refusals:
            console.say(nothing)
            return Performed(plan, {})
        report = operation.report(plan, datetime.now(timezone.utc))
        if report:
            console.say(report)
        _refuse(plan.refusals, edges, request.place)
        if operation.asks:
            confirmation.confirm(
                console,
                apps=plan.confirmed_by,
                plan=plan.id,
                given=confirm,
                questions=plan.questions,
                removal=plan.removal,
            )
        operation.prepare(plan, world)
        try:
            _carry_out(operation, plan, planned, world, deadline)
        except _Moved as moved:
            if time.monotonic() >= deadline:
                raise PlanOutdated(str(moved)) from None
            console.say(f"{moved}\nThis is the plan now:\n")
            plan = _when_idle(planned, console, deadline)
            continue
        words = operation.done(plan, world)
        if words:
            console.say(words)
        return Performed(plan, world.released)


class _Moved(PlanOutdated):
    """What was confirmed is not what would be done now."""


def _carry_out(
    operation: Operation[R, F, P],
    confirmed: P,
    planned: Callable[[], P],
    world: World,
    deadline: float,
) -> None:
    def check() -> None:
        now = planned()
        if now.id == confirmed.id and not now.refusals:
            return
        reasons = [*now.refusals, *operation.moved(confirmed, now)]
        reasons = reasons or ["the facts or the steps are others now"]
        raise _Moved(
            f"Something moved since the report: {'; '.join(reasons)}. "
            "Nothing was changed; look again and confirm again."
        )

    work = confirmed.work
    wait_s = max(0.0, deadline - time.monotonic())
    with under_way(work, operation.doing, world, wait_s=wait_s, check=check) as held:
        Run(work, operation.outcome, world, held.journal, held.lock).finish()


def _when_idle(planned: Callable[[], P], console: Console, deadline: float) -> P:
    """The plan, made when nothing is under way any more or time is up."""
    told: Sequence[str] = ()
    while True:
        plan = planned()
        if not plan.busy or time.monotonic() >= deadline:
            return plan
        if tuple(plan.busy) != tuple(told):
            told = plan.busy
            console.say(f"Waiting: {'; '.join(told)}.")
        time.sleep(min(POLL_S, max(0.0, deadline - time.monotonic())))


def _refuse(refusals: Sequence[str], edges: Edges, environment: str) -> None:
    if refusals:
        who = _who_is_at_it(edges, environment)
        raise Refused("; ".join(refusals) + f". Nothing was changed.{who}")


def _who_is_at_it(edges: Edges, environment: str) -> str:
    """Whose work may be the reason of a refusal, as one more sentence; "" if nobody's."""
    try:
        holder = locks_of(edges.settings, edges.repository, environment).holder(environment)
    except MinionError:
        return ""
    if holder is None:
        return ""
    return f" {environment} is locked: {holder.describe(datetime.now(timezone.utc))}."
