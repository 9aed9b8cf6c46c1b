"""What the operator asked for, checked against the one rule: data move down."""

from __future__ import annotations

import re
from dataclasses import dataclass

from minion.errors import ArgumentError, Refused
from minion.settings import FILENAME, Environment, Settings
from minion.terminal.typed import command

LOCAL = "local"
_BACKUP = re.compile(r"(?:latest|new|[abo]\d{1,6})\Z")


@dataclass(frozen=True)
class MoveRequest:
    """A move of data from an environment to another, or to "local".

    `backup` is "new", "latest" or a backup's name; `keep` says that the old
    local database is to be kept beside the new one.
    """

    source: str
    target: str
    backup: str = "new"
    keep: bool = False

    @property
    def place(self) -> str:
        return self.target

    @property
    def command(self) -> str:
        return command(
            "migrate_data",
            self.source,
            self.target,
            backup=None if self.backup == "new" else self.backup,
            keep=self.keep or None,
        )


def ends(request: MoveRequest, settings: Settings) -> tuple[Environment, Environment | None]:
    """The two environments; the target is None for the developer's own database.

    Raises:
        ArgumentError: one of the arguments is not what it should be.
        Refused: data would move up, or into the live site.
    """
    if request.source == LOCAL:
        raise Refused("Data move down only: from local there is no further down.")
    above = settings.environment(request.source)
    if not _BACKUP.match(request.backup):
        raise ArgumentError(
            f"backup={request.backup}: say new, latest or a backup's name such as b012"
        )
    if not settings.commands.migrate:
        raise Refused(f"commands.migrate is empty in {FILENAME}: there is no database to move.")
    if request.target == LOCAL:
        return above, None
    below = settings.environment(request.target)
    if request.keep:
        raise ArgumentError("keep=yes: only the local database can be kept beside the new one")
    if below.is_top:
        raise Refused(f"{below.name} is the live site: data never move into it.")
    if not settings.is_above(above, below):
        raise Refused(
            f"Data move down only, and {below.name} does not stand below {above.name} in "
            "minion.toml."
        )
    return above, below
