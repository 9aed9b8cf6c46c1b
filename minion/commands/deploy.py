"""``deploy`` and ``plan``: the deployment, and the report of one."""

from __future__ import annotations

from datetime import datetime, timezone

from minion.engine.perform import connect, perform
from minion.errors import Refused
from minion.operations.deploy import DEPLOY, DeployRequest
from minion.operations.deploy.report import document
from minion.terminal.console import Console


def deploy(request: DeployRequest, *, confirm: str, wait_s: float) -> None:
    """Make the deployment, once it has been confirmed.

    For another operation on the environment, or a build, to end it waits `wait_s` seconds.

    Raises:
        Refused, NotConfirmed: nothing was changed.
        DeployInterrupted: a step failed; says what stands and what to type.
    """
    perform(DEPLOY, request, Console(), connect(), confirm=confirm, wait_s=wait_s)


def plan(request: DeployRequest, *, as_json: bool) -> None:
    """Show what a deployment would do.

    Raises:
        Refused: it would be refused; the report was shown all the same.
    """
    console, edges = Console(as_json=as_json), connect()
    facts = DEPLOY.gather(request, edges.settings, edges.heroku, edges.repository)
    made = DEPLOY.plan(request, edges.settings, facts)
    nothing = DEPLOY.nothing_to_do(made)
    if as_json:
        console.document(document(made))
    elif nothing is not None and not made.refusals:
        console.say(nothing)
    else:
        console.say(DEPLOY.report(made, datetime.now(timezone.utc)))
    if made.refusals:
        raise Refused("; ".join(made.refusals))
