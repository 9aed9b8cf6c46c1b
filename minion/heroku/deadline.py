"""A call that is given up when its time is over, whatever the other side sends meanwhile."""

from __future__ import annotations

import queue
import threading
from typing import Callable, TypeVar

from minion.errors import MinionError

T = TypeVar("T")


class TooLate(MinionError):
    """The call has not come back in time."""


def within(total_s: float, call: Callable[[], T]) -> T:
    """What `call` returns, or the error that it raises, if it does within `total_s` seconds.

    The timeouts of a socket begin anew with each byte; this one does not. A call
    that is given up goes on in a thread of its own, which keeps no process alive, and
    what comes of it is lost. Ctrl-C is heard while it is waited for.

    Raises:
        TooLate: it does not.
    """
    came: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            came.put((call(), None))
        except BaseException as error:  # whoever waits raises it
            came.put((None, error))

    threading.Thread(target=run, daemon=True, name="waits for an answer").start()
    try:
        value, error = came.get(timeout=total_s)
    except queue.Empty:
        raise TooLate(f"no answer within {total_s:g} s") from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]
