"""``rollback``: gather, plan, report, confirm, run."""

from __future__ import annotations

from datetime import datetime, timezone

from minion.commands.deploy import connect
from minion.engine.carry_out import carry_out, refuse
from minion.engine.exclusive import refuse_if_unfinished
from minion.errors import ArgumentError
from minion.operations.rollback import RollbackPlan, gather_rollback, make_rollback, rollback_report
from minion.settings import load
from minion.steps.world import World
from minion.terminal import confirmation
from minion.terminal.console import Console


def parse_version(text: str) -> int | None:
    """The release in ``v123`` or ``123``; None for nothing.

    Raises:
        ArgumentError: it is no release.
    """
    if not text.strip():
        return None
    digits = text.strip().lower().lstrip("v")
    if not digits.isascii() or not digits.isdigit():
        raise ArgumentError(f"release={text}: say a release such as v123")
    return int(digits)


def rollback(
    name: str, version: int | None, *, keeps_migrations: bool, confirm: str, wait_s: float
) -> None:
    """Bring the apps of an environment back to an earlier release.

    Raises:
        Refused, NotConfirmed: nothing was changed.
        DeployInterrupted: a step failed; says what stands and what to type.
    """
    console = Console()
    settings = load()
    environment = settings.environment(name)
    heroku, repository = connect(settings)
    refuse_if_unfinished(repository, name)

    def planned() -> RollbackPlan:
        facts = gather_rollback(name, version, settings, heroku, repository)
        return make_rollback(name, settings, facts, keeps_migrations=keeps_migrations)

    made = planned()
    console.say(rollback_report(made, datetime.now(timezone.utc)))
    refuse(made.refusals)
    confirmation.confirm(console, apps=environment.confirmation, plan=made.id, given=confirm)
    carry_out(made, planned, World(heroku, repository, console, settings), wait_s=wait_s)
    commit = (made.facts.apps[0].target_commit or "")[:7]
    console.say(f"\n{name} runs {commit} again.")
