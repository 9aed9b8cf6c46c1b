"""The note of what a sandbox was filled with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from minion.sandbox.lifecycle.places import making_marker, state_dir


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
    def read(cls, folder: Path) -> Seed | None:
        """The note; None if the sandbox was never filled to the end."""
        try:
            return cls(**json.loads(_path(folder).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def write(self, folder: Path) -> None:
        """Leave the note, whole or not at all."""
        fresh = _path(folder).with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)), encoding="utf-8")
        fresh.replace(_path(folder))
        making_marker(folder).unlink(missing_ok=True)


def _path(folder: Path) -> Path:
    return state_dir(folder) / "seed.json"
