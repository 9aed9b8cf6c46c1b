"""How often and after what pauses a request is sent again. No I/O."""

from __future__ import annotations

import random

#: An API that has never answered is probably not there: say so soon.
FIRST_CONTACT_S = 4.0
#: One that has answered before will be back: a deployment is worth waiting for.
OUTAGE_S = 30.0
#: Heroku's rate limit refills by about 75 requests a minute.
RATE_LIMIT_S = 90.0

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 8.0


class Pauses:
    """The pauses between the attempts of one request, doubling and jittered."""

    def __init__(self, started_at: float) -> None:
        self._started_at = started_at
        self._count = 0

    def next_s(self, now: float, limit_s: float, asked_s: float | None = None) -> float | None:
        """Seconds to wait before the next attempt, or None to give up.

        `limit_s` bounds the time since the first attempt. `asked_s` is what the
        server asked for by ``Retry-After``; to come back earlier would be rude
        and useless, so a longer one than is left means giving up at once.
        """
        doubled = min(FIRST_PAUSE_S * 2**self._count, LONGEST_PAUSE_S)
        pause_s = doubled * random.uniform(0.5, 1.0)
        if asked_s is not None:
            pause_s = max(pause_s, asked_s)
        self._count += 1
        return pause_s if now + pause_s - self._started_at <= limit_s else None


def retry_after_s(header: str | None, wall_clock: float) -> float | None:
    """The seconds that a ``Retry-After`` header asks for (RFC 9110, 10.2.3)."""
    if not header:
        return None
    text = header.strip()
    if text.isdecimal():
        return float(text)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - wall_clock)
    except (TypeError, ValueError, OverflowError):
        return None
