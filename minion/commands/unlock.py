"""``unlock``: a lock whose holder is dead."""

from __future__ import annotations

from datetime import datetime, timezone

from minion.engine.exclusive import LOCAL, locks_of
from minion.engine.perform import connect
from minion.errors import Refused
from minion.terminal import confirmation
from minion.terminal.console import Console


def unlock(name: str, *, confirm: str) -> None:
    """Break the lock of an environment, once the operator has seen whose it is.

    Raises:
        Refused: there is none.
        NotConfirmed: nothing was changed.
    """
    console, edges = Console(), connect()
    wanted = name if name == LOCAL else edges.settings.environment(name).confirmation
    locks = locks_of(edges.settings, edges.repository, name)
    holder = locks.holder(name)
    if holder is None:
        raise Refused(f"{name} is not locked.")
    console.say(f"{name}: {holder.describe(datetime.now(timezone.utc))}.")
    console.say("Break it only if that operation is surely dead; ask its holder first.")
    confirmation.confirm(console, apps=wanted, plan="", given=confirm)
    locks.break_(holder)
    console.say(f"{name} is not locked any more.")
