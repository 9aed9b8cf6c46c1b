"""A project's files as the rules need them, and what the rules say of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Source(Protocol):
    """Files of a project, by their paths from its root."""

    def has(self, path: str) -> bool:
        """Whether there is a file or a folder."""

    def text(self, path: str) -> str | None:
        """A file's text; None where there is no such file."""


class Folder:
    """The files below a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def has(self, path: str) -> bool:
        """Whether there is a file or a folder."""
        return (self._root / path).exists()

    def text(self, path: str) -> str | None:
        """A file's text; None where there is no such file."""
        file = self._root / path
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None


@dataclass(frozen=True)
class Refusal:
    """Why a build fails: `where` (a path, with ``:line`` where one is meant) and the cure."""

    where: str
    problem: str
    cure: str


def line_of(source: Source, path: str, words: str) -> str:
    """``path:line`` of the first line that has `words` in it; the path alone without one."""
    for number, line in enumerate((source.text(path) or "").splitlines(), 1):
        if words in line:
            return f"{path}:{number}"
    return path


def first_present(source: Source, paths: Iterable[str]) -> str | None:
    """The first of `paths` that there is."""
    return next((path for path in paths if source.has(path)), None)
