"""The files by which others find a daemon: its lock, and its card when it is ready."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

#: The daemon's exit status when a port was taken; EX_TEMPFAIL in sysexits.h.
TRY_AGAIN = 75


@dataclass(frozen=True)
class Card:
    """Where a daemon that is ready can be reached, and by which token.

    `local_database_url` has the password; `postgres_programs` is a folder;
    `extensions` are those that PostgreSQL has.
    """

    pid: int
    api_url: str
    git_host: str
    token: str
    ca: str
    bundle: str
    local_database_url: str
    postgres_programs: str
    extensions: list[str]

    @classmethod
    def read(cls, state_dir: Path) -> Card | None:
        """The card in a folder, of a daemon that may have died since; None if there is none."""
        try:
            return cls(**json.loads(card_path(state_dir).read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, state_dir: Path) -> None:
        """Leave the card, whole or not at all. It has the token, so it is private."""
        fresh = card_path(state_dir).with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(self), file)
        fresh.replace(card_path(state_dir))


def lock_path(state_dir: Path) -> Path:
    """The file that a daemon holds locked for as long as it lives; its pid is in it."""
    return state_dir / "daemon.lock"


def card_path(state_dir: Path) -> Path:
    """The file with the card, which the daemon removes when it stops."""
    return state_dir / "ready.json"
