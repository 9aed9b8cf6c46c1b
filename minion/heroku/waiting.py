"""Waiting for something on Heroku: with a deadline, and patient with passing errors."""

from __future__ import annotations

from typing import Callable, TypeVar

from minion.errors import HerokuError
from minion.heroku.api import Api

T = TypeVar("T")

#: Each failed look has been retried for half a minute already.
MOST_FAILED_LOOKS = 4


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
    deadline = api.clock() + timeout_s
    failed_looks = 0
    while True:
        try:
            found = look()
        except HerokuError as error:
            failed_looks += 1
            is_passing = error.status is None or error.status >= 500
            if not is_passing or failed_looks >= MOST_FAILED_LOOKS:
                raise
        else:
            failed_looks = 0
            if is_over(found):
                return found
        left_s = deadline - api.clock()
        if left_s <= 0:
            raise HerokuError(
                f"{what} has not ended within {_duration(timeout_s)}; it may yet go on by itself"
            )
        (pause or api.sleep)(min(poll_s, left_s))


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
