"""``resume``: what a killed process left behind is finished or undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from minion.commands.going_back import going_back
from minion.engine.exclusive import LOCAL, journals, journals_in, locks_of, resumed, work_in
from minion.engine.journal import Journal
from minion.engine.operation import Ways, Work
from minion.engine.perform import connect
from minion.engine.progress import Progress
from minion.engine.run import Run
from minion.errors import NotConfirmed, Refused
from minion.operations import all_operations
from minion.settings import Settings
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
    console, edges = Console(), connect()
    settings, repository = edges.settings, edges.repository
    apps = () if name == LOCAL else settings.environment(name).apps
    journal = Journal.open(journals(repository), name)
    if journal is None:
        _refuse_nothing(name, settings, repository)
    try:
        operations = all_operations()
        work = work_in(journal, operations.values())
        operation = operations[work.operation]
        _refuse_foreign(work, apps)
        _refuse_copied(journal)
    except BaseException:
        journal.let_go()
        raise
    header = journal.entries.header
    console.say(
        f'"{work.summary}" by {header.get("who")}, begun {header.get("since")}, was not ended:'
    )
    world = World(edges.heroku, repository, console, settings)
    # Outside of the lock, which the way back takes for itself.
    back = going_back(name, console, edges)
    with back, resumed(journal, work, operation.doing, world) as held:
        if journal.entries.outcome is not None:
            # Killed between its last word and giving back the lock, which happens now.
            console.say(f'"{work.summary}" had come to its end; it only held the lock still.')
            return
        progress = Progress.read(work.steps, journal.entries)
        ways = operation.outcome.ways(work, progress, world)
        console.say("\n".join(f"  {line}" for line in (*_fates(work, journal), *ways.lines)))
        run = Run(work, operation.outcome, world, journal, held.lock)
        if _choose(console, ways, how) == "finish":
            run.finish()
            console.say(f'"{work.summary}" is finished.')
        else:
            console.say("\n".join(["Going back.", *run.go_back()]))


def _fates(work: Work, journal: Journal) -> Iterator[str]:
    for number, step in enumerate(work.steps, 1):
        state = journal.entries.state(number)
        if state is not None:
            yield f"[{number}/{len(work.steps)}] {step.title}: {state}"


def _refuse_nothing(name: str, settings: Settings, repository: Repository) -> NoReturn:
    holder = locks_of(settings, repository, name).holder(name)
    if holder is None:
        raise Refused(f"There is nothing to resume on {name}.")
    raise Refused(
        f"There is nothing to resume on {name} in this repository, but it is locked: "
        f"{holder.describe(datetime.now(timezone.utc))}. Resume it where it was begun; "
        f"if that is not possible: fab unlock:{name}"
    )


def _refuse_foreign(work: Work, apps: tuple[str, ...]) -> None:
    if work.apps != apps:
        raise Refused(
            f"The journal is about {', '.join(work.apps)}, while {work.environment} "
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


def _choose(console: Console, found: Ways, how: str) -> str:
    """ "finish" or "back".

    Raises:
        Refused: the wish cannot be fulfilled.
        NotConfirmed: there is a choice, and nobody to ask.
    """
    ways = [
        way
        for way, is_open in (("finish", found.can_finish), ("back", found.can_go_back))
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
