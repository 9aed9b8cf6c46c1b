"""Where things are in the folder of a sandbox."""

from __future__ import annotations

from pathlib import Path


def state_dir(folder: Path) -> Path:
    """The sandbox's own state; nothing in it is anybody's work."""
    return folder / "sandbox"


def bookshop(folder: Path) -> Path:
    """The bookshop, its work tree among it, in which somebody may have worked."""
    return folder / "bookshop"


def origin(folder: Path) -> Path:
    """What a project has instead of its real origin."""
    return state_dir(folder) / "origin.git"


def making_marker(folder: Path) -> Path:
    """The file that is there while the bookshop is made."""
    return state_dir(folder) / "making-the-bookshop"
