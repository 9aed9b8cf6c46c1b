"""Dyno sizes, and other things that Heroku knows by a name and a fixed id.

Dev Center: Dyno Types.
"""

from __future__ import annotations

import uuid

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


def named(kind: str, name: str) -> dict[str, str]:
    """The id and name of a stack, region, size or plan: the same id in every sandbox."""
    return {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.{kind}.heroku")), "name": name}


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
