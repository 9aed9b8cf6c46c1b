"""What the operator asked for, checked against the one rule: data move down."""

from __future__ import annotations

import re
from dataclasses import dataclass

from minion.errors import ArgumentError, Refused
from minion.settings import Environment, Settings

LOCAL = "local"
_BACKUP = re.compile(r"(?:latest|new|[abo]\d{1,6})\Z")


@dataclass(frozen=True)
class MoveRequest:
    """A move of data; `target` is None for the developer's own database.

    `backup` is "new", "latest" or a backup's name; `keep` says that the old
    local database is to be kept beside the new one.
    """

    source: Environment
    target: Environment | None
    backup: str
    keep: bool

    @property
    def target_name(self) -> str:
        return self.target.name if self.target else LOCAL


def parse_move(
    settings: Settings, source: str, target: str, backup: str, keep: bool
) -> MoveRequest:
    """The request in a task's arguments.

    Raises:
        ArgumentError: one of them is not what it should be.
        Refused: data would move up, or into the live site.
    """
    if source == LOCAL:
        raise Refused("Data move down only: from local there is no further down.")
    above = settings.environment(source)
    if backup and not _BACKUP.match(backup):
        raise ArgumentError(f"backup={backup}: say new, latest or a backup's name such as b012")
    if target == LOCAL:
        return MoveRequest(above, None, backup or "new", keep)
    below = settings.environment(target)
    if keep:
        raise ArgumentError("keep=yes: only the local database can be kept beside the new one")
    if below.is_top:
        raise Refused(f"{below.name} is the live site: data never move into it.")
    if not settings.is_above(above, below):
        raise Refused(
            f"Data move down only, and {below.name} does not stand below {above.name} in "
            "minion.toml."
        )
    return MoveRequest(above, below, backup or "new", False)
