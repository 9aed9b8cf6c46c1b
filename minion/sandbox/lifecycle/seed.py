"""The note of what a sandbox was filled with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Seed:
    """What a sandbox was filled with; written down when all of it was done.

    `environments` gives for each app the project's name for its environment.
    """

    project: str
    origin: str
    is_demo: bool
    environments: dict[str, str]

    @classmethod
    def read(cls, state_dir: Path) -> Seed | None:
        """The note; None if the sandbox was never filled to the end."""
        try:
            return cls(**json.loads(_path(state_dir).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def write(self, state_dir: Path) -> None:
        """Leave the note, whole or not at all."""
        fresh = _path(state_dir).with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)), encoding="utf-8")
        fresh.replace(_path(state_dir))
        making_marker(state_dir).unlink(missing_ok=True)


def making_marker(state_dir: Path) -> Path:
    """The file that is there while the bookshop is made."""
    return state_dir / "making-the-bookshop"


def _path(state_dir: Path) -> Path:
    return state_dir / "seed.json"
