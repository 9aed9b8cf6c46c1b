"""How many API requests are left in this hour."""

from __future__ import annotations

import time

PER_HOUR = 4500
FREE = "/account/rate-limits"


class RateLimit:
    """Counts as Heroku does (Dev Center: Limits): 4500 an hour, refilled evenly.

    Unlike Heroku it refuses nothing at 0: a rehearsal is not to fail because the
    one before it was long. A fault with status 429 shows what a refusal does.
    """

    def __init__(self) -> None:
        self._left = float(PER_HOUR)
        self._counted_at = time.monotonic()

    def remaining(self) -> int:
        """What is left now."""
        moment = time.monotonic()
        refilled = (moment - self._counted_at) * PER_HOUR / 3600
        self._left = min(float(PER_HOUR), self._left + refilled)
        self._counted_at = moment
        return int(self._left)

    def take(self, path: str) -> int:
        """Count one request, if its path costs anything; what is left after it."""
        if path != FREE:
            self._left = max(0.0, self._left - 1)
        return self.remaining()
