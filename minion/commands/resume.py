"""``resume`` and ``unlock``: what a killed process left behind."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from minion.commands.deploy import connect
from minion.engine.exclusive import journals, journals_in, locks_of, operation_in, taken_up
from minion.engine.journal import Journal
from minion.engine.operation import Operation
from minion.engine.recovery import Standing, look
from minion.engine.run import Run
from minion.errors import NotConfirmed, Refused
from minion.settings import Settings, load
from minion.steps.world import World
from minion.terminal import confirmation
from minion.terminal.console import Console

if TYPE_CHECKING:
    from minion.git import Repository


def resume(name: str, *, how: str) -> None:
    """Bring an interrupted operation to its end, or back to where it began.

    `how` is "finish" or "back", or "ask" where both are possible.

    Raises:
        Refused: there is nothing to resume, or it cannot be gone on with like that.
        DeployInterrupted: a step failed again.
    """
    console = Console()
    settings = load()
    apps = () if name == "local" else settings.environment(name).apps
    heroku, repository = connect(settings)
    journal = Journal.open(journals(repository), name)
    if journal is None:
        _refuse_nothing(name, settings, repository)
    try:
        operation = operation_in(journal)
        _refuse_foreign(operation, apps)
        _refuse_copied(journal)
    except BaseException:
        journal.let_go()
        raise
    header = journal.entries.header
    console.say(
        f'"{operation.summary}" by {header.get("who")}, begun {header.get("since")}, was not ended:'
    )
    world = World(heroku, repository, console, settings)
    with taken_up(journal, operation, world):
        if journal.entries.outcome is not None:
            # Killed between its last word and giving back the lock, which happens now.
            console.say(f'"{operation.summary}" had come to its end; it only held the lock still.')
            return
        standing = look(operation, journal.entries, world)
        console.say("\n".join(f"  {line}" for line in standing.lines))
        run = Run(operation, world, journal)
        if _choose(console, standing, how) == "finish":
            run.finish()
            console.say(f'"{operation.summary}" is finished.')
        else:
            console.say("\n".join(["Going back.", *run.go_back()]))


def unlock(name: str, *, confirm: str) -> None:
    """Break the lock of an environment, once the operator has seen whose it is.

    Raises:
        Refused: there is none.
        NotConfirmed: nothing was changed.
    """
    console = Console()
    settings = load()
    wanted = name if name == "local" else settings.environment(name).confirmation
    _, repository = connect(settings)
    locks = locks_of(settings, repository, name)
    holder = locks.holder(name)
    if holder is None:
        raise Refused(f"{name} is not locked.")
    console.say(f"{name}: {holder.describe(datetime.now(timezone.utc))}.")
    console.say("Break it only if that operation is surely dead; ask its holder first.")
    confirmation.confirm(console, apps=wanted, plan="", given=confirm)
    locks.break_(holder)
    console.say(f"{name} is not locked any more.")


def _refuse_nothing(name: str, settings: Settings, repository: Repository) -> NoReturn:
    holder = locks_of(settings, repository, name).holder(name)
    if holder is None:
        raise Refused(f"There is nothing to resume on {name}.")
    raise Refused(
        f"There is nothing to resume on {name} in this repository, but it is locked: "
        f"{holder.describe(datetime.now(timezone.utc))}. Resume it where it was begun; "
        f"if that is not possible: fab unlock:{name}"
    )


def _refuse_foreign(operation: Operation, apps: tuple[str, ...]) -> None:
    if operation.apps != apps:
        raise Refused(
            f"The journal is about {', '.join(operation.apps)}, while {operation.environment} "
            f"is {', '.join(apps)} in minion.toml: put that back first, then resume."
        )


def _refuse_copied(journal: Journal) -> None:
    """Two people must not resume the same operation, each from a copy of the repository."""
    written = journal.entries.header.get("git_dir")
    original = journals_in(Path(written)) / journal.path.name if written else journal.path
    if original.exists() and not original.samefile(journal.path):
        raise Refused(
            f"The journal here is a copy of {original}: resume there, "
            f"or remove the one of the two that is not to be resumed."
        )


def _choose(console: Console, standing: Standing, how: str) -> str:
    """ "finish" or "back".

    Raises:
        Refused: the wish cannot be fulfilled.
        NotConfirmed: there is a choice, and nobody to ask.
    """
    ways = [
        way
        for way, is_open in (("finish", standing.can_finish), ("back", standing.can_go_back))
        if is_open
    ]
    if how != "ask":
        if how not in ways:
            raise Refused(f"how={how} is not possible here, only how={ways[0]}.")
        return how
    if len(ways) == 1:
        return ways[0]
    if not console.is_interactive:
        raise NotConfirmed("It can be finished or undone: say how=finish or how=back.")
    chosen = confirmation.choose(console, "Finish it, or go back?", ways)
    return "finish" if chosen == "finish" else "back"
