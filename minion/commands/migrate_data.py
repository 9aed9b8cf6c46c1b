"""``migrate_data``: gather, plan, report, confirm, run."""

from __future__ import annotations

from datetime import datetime, timezone

from minion.commands.deploy import connect
from minion.engine.carry_out import carry_out, refuse
from minion.engine.exclusive import refuse_if_unfinished
from minion.operations.migrate_data import MovePlan, gather_move, make_move, move_report, parse_move
from minion.settings import environ, load
from minion.steps.world import World
from minion.terminal import confirmation
from minion.terminal.console import Console


def migrate_data(
    source: str, target: str, *, backup: str, keep: bool, confirm: str, wait_s: float
) -> None:
    """Move the data of `source` to `target`, anonymised and proven to be.

    Raises:
        Refused, NotConfirmed: nothing was changed.
        DeployInterrupted: a step failed; says what stands and what to type.
    """
    console = Console()
    settings = load()
    request = parse_move(settings, source, target, backup, keep)
    heroku, repository = connect(settings)
    refuse_if_unfinished(repository, request.target_name)
    local = None
    if request.target is None:
        from minion.postgres import local_url

        local = local_url(environ(), settings.data.local)

    def planned() -> MovePlan:
        facts = gather_move(request, settings, heroku, repository, local)
        return make_move(request, settings, facts)

    made = planned()
    console.say(move_report(made, datetime.now(timezone.utc)))
    refuse(made.refusals)
    confirmation.confirm(console, apps="+".join(made.apps) or "local", plan=made.id, given=confirm)
    world = World(heroku, repository, console, settings)
    carry_out(made, planned, world, wait_s=wait_s, moved=_moved)
    console.say(f"\n{made.target} has the data of {made.source}, anonymised.")


def _moved(before: MovePlan, now: MovePlan) -> list[str]:
    return ["the apps or databases are not as they were"] if not now.refusals else []
