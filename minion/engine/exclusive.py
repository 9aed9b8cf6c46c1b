"""An operation under way: alone, by the environment's lock, and remembered, by its journal."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from minion.engine.encoding import decode, encode
from minion.engine.interrupts import heeded
from minion.engine.journal import Entries, Journal, JournalUnreadable, JournalUnwritable, kept
from minion.engine.lock import Lock, Locks, kept_alive
from minion.engine.lock.locks import version
from minion.engine.operation import Operation, Work
from minion.errors import MinionError, PushLost

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.settings import Settings
    from minion.steps.world import World
    from minion.terminal.console import Console

#: Minutes that a lock is meant to live; one that is overdue is shown as such, not broken.
MINUTES = 120
GIVING_BACK = "Giving back the lock; this takes a moment."
#: The developer's own database, which is no environment of the project.
LOCAL = "local"


def journals(repository: Repository) -> Path:
    """The folder of this repository's journals."""
    return journals_in(repository.git_dir)


def journals_in(git_dir: Path) -> Path:
    """The folder of the journals of the repository whose git folder is `git_dir`."""
    return git_dir / "minion" / "journals"


def locks_of(settings: Settings, repository: Repository, environment: str = "") -> Locks:
    """The locks of the project's environments, kept where the settings say.

    That of `environment` "local" concerns nobody else and is kept here.
    """
    is_shared = environment != LOCAL and repository.knows(settings.origin)
    return Locks(repository, settings.origin if is_shared else None, mode=settings.lock)


def refuse_if_unfinished(repository: Repository, environment: str) -> None:
    """Refuse what would begin while an earlier operation is not ended.

    Raises:
        Refused: there is one; says whether it is at work or was left behind.
    """
    Journal.refuse_if_open(journals(repository), environment)


@dataclass(frozen=True)
class Held:
    """What an operation under way holds: its journal, and the environment's lock."""

    journal: Journal
    lock: Lock


@contextmanager
def under_way(
    work: Work, doing: str, world: World, *, wait_s: float, check: Callable[[], None]
) -> Iterator[Held]:
    """The journal and the lock, while nobody else works on the environment.

    `doing` is what the holder of the lock is said to do. `check` is called when the
    lock is held: it raises if the world is not what was confirmed any more. A
    journal that is closed at the end gives the lock back; one that is not keeps it,
    for ``fab resume``.

    Raises:
        Refused: somebody else is at it, or an earlier operation is not ended.
    """
    token = secrets.token_hex(8)
    header = _header(work, token, world)
    # The journal first: a lock whose holder was killed is then known by its token.
    journal = Journal.create(journals(world.repository), work.environment, header)
    with heeded(world.console.say) as interrupts:
        try:
            lock = _take(work, doing, world, token, wait_s, lambda: interrupts.is_asked)
        except PushLost:
            # The lock may be ours: the journal keeps its token.
            journal.let_go()
            raise
        except BaseException:
            with suppress(JournalUnwritable):
                journal.remove()
            raise
        try:
            check()
            if interrupts.is_asked:
                raise KeyboardInterrupt
        except BaseException:
            with suppress(JournalUnwritable):
                journal.close("not begun")
            _give_back(lock, journal, world.console)
            raise
    with _held(lock, journal, world.console):
        yield Held(journal, lock)


@contextmanager
def resumed(journal: Journal, work: Work, doing: str, world: World) -> Iterator[Held]:
    """The same for a journal that another process has left open.

    Raises:
        Refused: somebody else holds the lock by now.
    """
    try:
        lock = _take(work, doing, world, str(journal.entries.header.get("token")), 0)
    except BaseException:
        journal.let_go()
        raise
    with _held(lock, journal, world.console):
        if not journal.is_closed:
            with suppress(JournalUnwritable):
                journal.resumed()
        yield Held(journal, lock)


def work_in(journal: Journal, operations: Iterable[Operation[Any, Any, Any]]) -> Work:
    """The work that a journal is about, given all operations that there are.

    Raises:
        JournalUnreadable: it has steps that this minion does not know.
    """
    try:
        return _work_of(journal.entries, operations)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise JournalUnreadable(
            f"{journal.path} is of another version of minion ({error}): resume with that one. "
            f"If that is not possible: fab unlock:{journal.entries.header.get('environment')},"
            "journal=drop"
        ) from None


def works_kept(
    repository: Repository,
    environment: str,
    operations: Iterable[Operation[Any, Any, Any]],
    *,
    is_rehearsal: bool,
) -> Iterator[tuple[Work, Entries]]:
    """What was done or begun on `environment` from this clone, the oldest first.

    In a rehearsal only that counts which was rehearsed, else only what was not. What this
    minion does not understand is left out.
    """
    for entries in kept(journals(repository), environment):
        if bool(entries.header.get("is_rehearsal")) != is_rehearsal:
            continue
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            yield _work_of(entries, operations), entries


def _work_of(entries: Entries, operations: Iterable[Operation[Any, Any, Any]]) -> Work:
    requests = [operation.request for operation in operations]
    written = entries.header["work"]
    return Work(**{key: decode(value, requests) for key, value in written.items()})


def _header(work: Work, token: str, world: World) -> Mapping[str, Any]:
    repository = world.repository
    return {
        "work": {f.name: encode(getattr(work, f.name)) for f in fields(work)},
        "summary": work.summary,
        "who": repository.operator(),
        "git_dir": str(repository.git_dir),
        "pid": os.getpid(),
        "token": token,
        "minion": version(),
        "is_rehearsal": world.settings.is_rehearsal,
    }


def _take(
    work: Work,
    doing: str,
    world: World,
    token: str,
    wait_s: float,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Lock:
    return locks_of(world.settings, world.repository, work.environment).take(
        work.environment,
        doing,
        plan=work.plan,
        minutes=MINUTES,
        token=token,
        wait_s=wait_s,
        say=world.console.say,
        is_stopping=is_stopping,
    )


@contextmanager
def _held(lock: Lock, journal: Journal, console: Console) -> Iterator[None]:
    try:
        with kept_alive(lock, MINUTES):
            yield
    finally:
        if journal.is_closed:
            _give_back(lock, journal, console)
        else:
            journal.let_go()


def _give_back(lock: Lock, journal: Journal, console: Console) -> None:
    """First the lock, then the journal, which knows the lock's token and can be resumed.

    That it could not be done is no reason to call the work failed.
    """
    try:
        with heeded(console.say) as interrupts, interrupts.shielded(GIVING_BACK):
            lock.release()
            journal.remove()
    except MinionError as error:
        env = lock.holder.environment
        console.say(f"What is left could not be tidied up: {error}\nType: fab resume:{env}")
    finally:
        journal.let_go()
