"""Dyno sizes. Dev Center: Dyno Types."""

from __future__ import annotations

from minion.sandbox.api.named import named
from minion.sandbox.errors import invalid

SIZES = (
    "Eco",
    "Basic",
    "Standard-1X",
    "Standard-2X",
    "Performance-M",
    "Performance-L",
    "Performance-L-RAM",
    "Performance-XL",
    "Performance-2XL",
)

#: Sizes of which a process type has one dyno at most (Dev Center: Dyno Types).
ONE_OF_A_TYPE = ("Eco", "Basic")


def size_name(given: object) -> str:
    """A dyno size as Heroku writes it, from a name in any case or a ``{"name": …}``.

    Raises:
        ApiError: there is no such size.
    """
    if isinstance(given, dict):
        given = given.get("name") or given.get("id")
    for size in SIZES:
        if str(given).lower() in (size.lower(), named("dyno-size", size)["id"]):
            return size
    raise invalid(f"No such size as {given}. Use one of {', '.join(SIZES)}.")
