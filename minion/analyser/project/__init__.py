"""What of a commit will not work on Heroku, read from its files alone. Nothing of it is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from minion.analyser.project import manifests, packages, processes, pythons, static_files
from minion.analyser.project.app_json import Wishes, needs_postgres, wishes_of
from minion.analyser.project.concerns import Concern
from minion.analyser.project.databases import databases_besides, is_migrated, migrating_all
from minion.analyser.project.tree import Tree

__all__ = [
    "Concern",
    "Tree",
    "Wishes",
    "concerns_of",
    "databases_besides",
    "is_migrated",
    "migrating_all",
    "needs_postgres",
    "wishes_of",
]


def concerns_of(
    tree: Tree, config_vars: Mapping[str, str] | None = None, today: date | None = None
) -> tuple[Concern, ...]:
    """What is of concern in `tree` for an app with these `config_vars`.

    A project that Heroku does not build with the Python buildpack has no such concerns.
    """
    return tuple(_concerns(tree, config_vars or {}, today or date.today()))


def _concerns(tree: Tree, config_vars: Mapping[str, str], today: date) -> Iterator[Concern]:
    if "heroku.yml" in tree.paths:
        # A container is built from it, with whatever its Dockerfile says.
        return
    yield from manifests.concerns(tree)
    yield from pythons.concerns(tree, today)
    yield from static_files.concerns(tree, config_vars)
    yield from packages.concerns(tree, config_vars)
    yield from processes.concerns(tree)
