"""What follows where a watched release is worse than it may be: nothing, or the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from minion.engine.perform import Edges, perform
from minion.errors import DeployInterrupted, MinionError, ReleaseIsWorse
from minion.operations.rollback import ROLLBACK, RollbackRequest
from minion.operations.rollback.plan import RollbackPlan
from minion.terminal.console import Console


@contextmanager
def going_back(environment: str, console: Console, edges: Edges) -> Iterator[None]:
    """Within, a release that is found worse is taken back as it was asked for.

    By itself only where no migration stands against it, by the plan that was made for it and
    no other; else somebody is asked for the code of ``fab rollback``. The error stays one.

    Raises:
        DeployInterrupted: what was seen, and what came of going back.
    """
    try:
        yield
    except DeployInterrupted as error:
        worse = error.__cause__
        if not isinstance(worse, ReleaseIsWorse) or worse.on_failure == "say":
            raise
        if worse.on_failure == "ask" and not console.is_interactive:
            raise
        console.say(f"{error}\n")
        try:
            words = _back(environment, console, edges, worse)
        except MinionError as failed:
            words = f"Not taken back: {failed}"
        first = str(worse).splitlines()[0]
        raise DeployInterrupted(f"{first}\n{words}") from error


def _back(environment: str, console: Console, edges: Edges, worse: ReleaseIsWorse) -> str:
    """Go back; what came of it. Raises MinionError where it was not gone back."""
    request = RollbackRequest(environment)
    facts = ROLLBACK.gather(request, edges.settings, edges.heroku, edges.repository)
    plan = ROLLBACK.plan(request, edges.settings, facts)
    look = f"To see what it would mean, and to decide: {request.command}"
    theirs = "; ".join(_released_by_others(plan, worse.code))
    if theirs:
        return f"Not taken back, as something else runs: {theirs}. {look}"
    if worse.on_failure == "ask":
        perform(ROLLBACK, request, console, edges)
        return f"{environment} was taken back."
    against = "; ".join(_against(plan))
    if against:
        return f"It does not go back by itself: {against}. {look}"
    console.say(f"Going back, as on_failure says. The plan is {plan.id}:\n")
    perform(ROLLBACK, request, console, edges, confirm=plan.id)
    return f"{environment} was taken back by itself."


def _released_by_others(plan: RollbackPlan, code: Mapping[str, str | None]) -> Iterator[str]:
    """The apps that run other code than that which was worse, `code` by app.

    The way back would lead from theirs: to what was worse, or one further.
    """
    for app in plan.facts.apps:
        if app.running.code is None or app.running.code != code.get(app.name):
            yield f"{app.name}: somebody has released v{app.running.version} meanwhile"


def _against(plan: RollbackPlan) -> Iterator[str]:
    """Why nobody but a person may say yes to this rollback."""
    yield from plan.refusals
    for reversal in plan.reversals if not plan.refusals else ():
        for one in reversal.readings:
            yield f"{one.path} is {one.kind} and would be reversed first"
    yield from plan.questions
    for app in plan.facts.apps:
        if app.config_keys:
            yield f"{app.name}: config vars would go back, too: {', '.join(app.config_keys)}"
