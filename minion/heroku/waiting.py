"""Waiting for something: with a deadline, and patient with passing errors."""

from __future__ import annotations

import time
from typing import Callable, TypeVar

from minion.errors import HerokuError, MinionError
from minion.heroku.api import Api

T = TypeVar("T")

#: Each failed look has been retried for half a minute already.
MOST_FAILED_LOOKS = 4


class Stopped(MinionError):
    """The operator wants to stop, and what was waited for can be given up."""


def clock() -> float:
    """Seconds on a clock that is never set and goes on while this machine sleeps."""
    # Linux stops its CLOCK_MONOTONIC for a sleep, macOS only that of time.monotonic.
    counting = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
    return time.monotonic() if counting is None else time.clock_gettime(counting)


def until(
    look: Callable[[], T],
    *,
    timeout_s: float,
    poll_s: float,
    is_stopping: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = clock,
    pause: Callable[[float], None] = time.sleep,
) -> T:
    """What `look` finds, asked again for up to `timeout_s` seconds while that is false.

    It is asked once at least. `pause` is called with the seconds until the next look.

    Raises:
        Stopped: `is_stopping` says that the operator does not want to wait.
    """
    deadline = clock() + timeout_s
    while True:
        found = look()
        left_s = deadline - clock()
        if found or left_s <= 0:
            return found
        if is_stopping():
            raise Stopped("This was not waited for any longer.")
        pause(min(poll_s, left_s))


def wait_for(
    api: Api,
    look: Callable[[], T],
    is_over: Callable[[T], bool],
    *,
    timeout_s: float,
    poll_s: float,
    what: str,
    pause: Callable[[float], None] | None = None,
) -> T:
    """What `look` returns once `is_over` says yes to it.

    `what` completes "is still waiting for ...". `pause` is called with the
    seconds until the next look, instead of sleeping.

    Raises:
        HerokuError: the time is up, Heroku refuses (a 4xx), or it did not
            answer several times in a row.
    """
    failed_looks = 0

    def patiently() -> tuple[T] | None:
        nonlocal failed_looks
        try:
            found = look()
        except HerokuError as error:
            failed_looks += 1
            is_passing = error.status is None or error.status >= 500
            if not is_passing or failed_looks >= MOST_FAILED_LOOKS:
                raise
            return None
        failed_looks = 0
        return (found,) if is_over(found) else None

    over = until(
        patiently,
        timeout_s=timeout_s,
        poll_s=poll_s,
        clock=api.clock,
        pause=pause or api.sleep,
    )
    if over is None:
        raise HerokuError(
            f"{what} has not ended within {_duration(timeout_s)}; it may yet go on by itself"
        )
    return over[0]


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
