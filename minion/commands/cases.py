"""Migrations that were read as something else than they are: a copy to be reported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from minion.analyser.measured.nameless import nameless
from minion.analyser.migrations import Reading
from minion.errors import ArgumentError

if TYPE_CHECKING:
    from minion.git import Repository


def write_case(repository: Repository, commit: str, readings: Sequence[Reading], file: Path) -> str:
    """Write a copy without the project's names into `file`; what was done, as a line.

    It has the migrations whose reading and measurement differ, and the others of their apps.

    Raises:
        ArgumentError: the file cannot be written.
    """
    differ = [one for one in readings if one.measured and one.read not in (None, one.measured.kind)]
    if not differ:
        return "Reading and measurement agree: there is no case to copy."
    folders = {one.path.rpartition("/")[0] for one in differ}
    texts = {
        path: (repository.read(commit, path) or b"").decode("utf-8", "replace")
        for path in repository.paths(commit)
        if path.rpartition("/")[0] in folders and path.endswith(".py") and "__init__" not in path
    }
    lines = [f"# read {one.read}, measured {one.measured.kind}" for one in differ if one.measured]
    try:
        file.write_text("\n".join([*lines, "", nameless(texts)]), encoding="utf-8")
    except OSError as error:
        raise ArgumentError(f"case={file}: {error.strerror}") from None
    return f"{file}: a copy without your names; look through it before you show it."
