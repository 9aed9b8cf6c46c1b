"""What Heroku knows by a name and a fixed id: stacks, regions, sizes, plans."""

from __future__ import annotations

import uuid


def named(kind: str, name: str) -> dict[str, str]:
    """The id and name of a stack, region, size or plan: the same id in every sandbox."""
    return {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.{kind}.heroku")), "name": name}
