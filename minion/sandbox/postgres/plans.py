"""What the plans of Heroku Postgres allow.

Dev Center: Choosing the Right Heroku Postgres Plan.
"""

from __future__ import annotations

_SMALL = {"mini": 20, "basic": 20, "essential-0": 20, "essential-1": 20, "essential-2": 40}
_SMALLEST_OF_A_TIER, _SECOND, _LARGER = 120, 400, 500


def most_connections(plan: str) -> int:
    """How many connections a database of a plan such as heroku-postgresql:essential-0 takes."""
    name = plan.rpartition(":")[2]
    if name in _SMALL:
        return _SMALL[name]
    number = name.rpartition("-")[2]
    if number == "0":
        return _SMALLEST_OF_A_TIER
    return _SECOND if number == "2" else _LARGER
