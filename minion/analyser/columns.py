"""Columns that a branch adds: what has to be known of each before data are moved again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from minion.analyser.between import module_of
from minion.analyser.layout import read_layout
from minion.analyser.migrations.columns import MadeColumn, columns_of

if TYPE_CHECKING:
    from minion.git import Repository


def columns_between(repository: Repository, base: str, target: str) -> tuple[MadeColumn, ...]:
    """The columns that the migrations at `target` make and those at `base` do not.

    One that became of another type counts, too.

    Raises:
        GitError: a commit cannot be read.
    """
    before, after = _columns(repository, base), _columns(repository, target)
    return tuple(
        one for key, one in after.items() if key not in before or before[key].type != one.type
    )


def _columns(repository: Repository, commit: str) -> dict[tuple[str, str], MadeColumn]:
    layout = read_layout(repository, commit)
    paths = repository.paths(commit)
    return columns_of(
        repository.read_all(commit, layout.is_migration),
        packages={path.rpartition("/")[0] for path in paths if path.endswith("/__init__.py")},
        folders=layout.migration_folders,
        user_model=layout.user_model,
        modules=partial(module_of, repository, commit, paths),
    )
