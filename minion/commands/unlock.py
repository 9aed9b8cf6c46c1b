"""``unlock``: a lock whose holder is dead."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

from minion.engine.exclusive import LOCAL, journals, locks_of
from minion.engine.journal import Journal
from minion.engine.lock import Locks
from minion.engine.perform import Edges, connect
from minion.errors import Refused
from minion.terminal import confirmation
from minion.terminal.console import Console

#: What nobody can know once a journal is gone.
UNKNOWN = (
    "What that operation has done, and what it was to put back, is not known any more then: look "
    "at the maintenance page, preboot, the dynos and the newest release of {apps} yourself."
)


def unlock(name: str, *, confirm: str, drops_journal: bool = False) -> None:
    """Break the lock of an environment, once the operator has seen whose it is.

    With `drops_journal`, the journal of an operation that cannot be resumed is put
    aside first, and of locks only that of the same operation is broken.

    Raises:
        Refused: there is none.
        NotConfirmed: nothing was changed.
    """
    console, edges = Console(), connect()
    apps = () if name == LOCAL else edges.settings.environment(name).apps
    wanted = "+".join(apps) or name
    locks = locks_of(edges.settings, edges.repository, name)
    if drops_journal:
        _drop_journal(console, edges, locks, name, wanted, confirm)
        return
    holder = locks.holder(name)
    if holder is None:
        raise Refused(f"{name} is not locked.{_hint(edges, name)}")
    console.say(f"{name}: {holder.describe(datetime.now(timezone.utc))}.")
    console.say("Break it only if that operation is surely dead; ask its holder first.")
    confirmation.confirm(console, apps=wanted, plan="", given=confirm)
    locks.break_(holder)
    console.say(f"{name} is not locked any more.{_hint(edges, name)}")


def _hint(edges: Edges, name: str) -> str:
    """That there is a journal as well, as one more sentence; "" if there is none."""
    path = Journal.find(journals(edges.repository), name)
    if path is None:
        return ""
    return f" An operation that was not ended is in {path}: fab resume:{name}"


def _drop_journal(
    console: Console, edges: Edges, locks: Locks, name: str, wanted: str, confirm: str
) -> None:
    path = Journal.find(journals(edges.repository), name)
    if path is None:
        raise Refused(f"There is no journal of {name} in this repository.")
    token = _token(path)
    holder = locks.holder(name)
    console.say(f"The journal is {path}. If it can be read, rather: fab resume:{name}")
    if holder is not None:
        console.say(f"{name}: {holder.describe(datetime.now(timezone.utc))}.")
    console.say(UNKNOWN.format(apps=wanted.replace("+", ", ")))
    confirmation.confirm(console, apps=wanted, plan="", given=confirm)
    aside = Journal.drop(path)
    console.say(f"The journal is {aside} now and in nobody's way.")
    if holder is not None and holder.token == token:
        locks.break_(holder)
        console.say(f"{name} is not locked any more.")
    elif holder is not None:
        console.say(f"The lock may be another's and stays. If that is dead: fab unlock:{name}")


def _token(path: Path) -> str | None:
    """The token of the lock that the operation held; None where that cannot be read."""
    try:
        with path.open("rb") as file:
            header = json.loads(file.readline())
        return str(header["token"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
