"""``deploy`` and ``plan``: the deployment, and the report of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from functools import partial

from minion.commands.going_back import going_back
from minion.commands.measuring import Measurer
from minion.commands.summary import add_to_summary
from minion.engine.operation import Operation
from minion.engine.perform import Edges, connect, perform
from minion.errors import Refused
from minion.operations.deploy import DEPLOY, DeployRequest
from minion.operations.deploy.facts import Facts
from minion.operations.deploy.gather import gather
from minion.operations.deploy.plan import DeployPlan
from minion.operations.deploy.report import document, markdown
from minion.terminal.console import Console


def deploy(request: DeployRequest, *, confirm: str, wait_s: float) -> None:
    """Make the deployment, once it has been confirmed.

    For another operation on the environment, or a build, to end it waits `wait_s` seconds.

    Raises:
        Refused, NotConfirmed: nothing was changed.
        DeployInterrupted: a step failed; says what stands and what to type.
    """
    console, edges = Console(), connect()
    operation = _measuring(edges, console)
    with going_back(request.environment, console, edges):
        perform(operation, request, console, edges, confirm=confirm, wait_s=wait_s)


def plan(request: DeployRequest, *, style: str) -> None:
    """Show what a deployment would do, as text, json, or markdown for a comment.

    Raises:
        Refused: it would be refused; the report was shown all the same.
    """
    console, edges = Console(as_json=style != "text"), connect()
    facts = _measuring(edges, console).gather(
        request, edges.settings, edges.heroku, edges.repository
    )
    made = DEPLOY.plan(request, edges.settings, facts)
    nothing = DEPLOY.nothing_to_do(made)
    if style == "json":
        console.document(document(made))
    elif style == "markdown":
        add_to_summary(markdown(made), console)
        console.verbatim(markdown(made))
    elif nothing is not None and not made.refusals:
        console.say(nothing)
    else:
        console.say(DEPLOY.report(made, datetime.now(timezone.utc)))
    if made.refusals:
        raise Refused("; ".join(made.refusals))


def _measuring(edges: Edges, console: Console) -> Operation[DeployRequest, Facts, DeployPlan]:
    """The deployment that can carry migrations out on a scratch database before it is planned."""
    measure = Measurer(edges.repository, console.say)
    return replace(DEPLOY, gather=partial(gather, measure=measure))
