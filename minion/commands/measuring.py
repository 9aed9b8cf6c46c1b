"""Migrations carried out on a scratch database: each pair of trees once, then remembered."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Callable

from minion.analyser.project import Tree, wishes_of

if TYPE_CHECKING:
    from minion.git import Repository

KEPT_S = 90 * 24 * 3600.0
Document = Mapping[str, Any]


class Measurer:
    """Measures what lies between two commits of a repository.

    What was measured is kept in the user's cache, by the two trees, the version of
    PostgreSQL and how it was measured: CI that keeps ``~/.cache/heroku-minion`` measures once,
    and a deployment finds it. `say` gets a line for what goes on.
    """

    def __init__(self, repository: Repository, say: Callable[[str], None]) -> None:
        self._repository = repository
        self._say = say
        # What failed is not tried again while an operator waits between report and yes.
        self._known: dict[tuple[str, str], Document] = {}

    def __call__(self, old: str, new: str) -> Document:
        """The measurement from commit `old` to `new`; ``{"failed": why}`` where there is none.

        Raises:
            GitError: a commit cannot be read.
        """
        if (old, new) not in self._known:
            self._known[old, new] = self._looked_up(old, new)
        return self._known[old, new]

    def _looked_up(self, old: str, new: str) -> Document:
        try:
            from minion.sandbox.builds.cache import shared_folder
            from minion.sandbox.measuring import NotMeasured, Order, measure, method
            from minion.sandbox.postgres.installs import NoPostgres, choose
        except ImportError as error:
            return _failed(f"{error.name} is missing: pip install 'heroku-minion[sandbox]'")
        try:
            version = choose().version
        except NoPostgres as error:
            return _failed(str(error))
        folder = shared_folder().with_name("measured")
        kept = folder / f"{self._name(old, new, str(version), method())}.json"
        found = _read(kept)
        if found is not None:
            return found
        config_vars = _config_vars(Tree.of(self._repository, new))
        order = Order(self._repository.git_dir, old, new, config_vars)
        try:
            document = asyncio.run(measure(order, self._say))
        except NotMeasured as error:
            return _failed(str(error))
        _keep(kept, document)
        return document

    def _name(self, old: str, new: str, *more: str) -> str:
        trees = [self._repository.tree(commit) for commit in (old, new)]
        return hashlib.sha256("\n".join([*trees, *more]).encode()).hexdigest()[:40]


def split_between(
    repository: Repository, old: str, new: str, paths: Sequence[str], say: Callable[[str], None]
) -> Document:
    """The migrations at `paths`, new at `new`, as two deployments; ``{"failed": why}`` if not.

    Raises:
        GitError: a commit cannot be read.
    """
    try:
        from minion.sandbox.measuring import NotMeasured, Order, split
    except ImportError as error:
        return _failed(f"{error.name} is missing: pip install 'heroku-minion[sandbox]'")
    order = Order(repository.git_dir, old, new, _config_vars(Tree.of(repository, new)))
    try:
        return asyncio.run(split(order, paths, say))
    except NotMeasured as error:
        return _failed(str(error))


def _failed(why: str) -> Document:
    return {"failed": why}


def _config_vars(tree: Tree) -> dict[str, str]:
    """What the project asks for, and no more: none of anybody's own config vars."""
    wishes = wishes_of(tree)
    return {**wishes.values, **{name: token_hex(32) for name in wishes.secrets}}


def _read(kept: Path) -> Document | None:
    with suppress(OSError, ValueError):
        found = json.loads(kept.read_text(encoding="utf-8"))
        if isinstance(found, dict) and "migrations" in found:
            with suppress(OSError):
                os.utime(kept)
            return found
    return None


def _keep(kept: Path, document: Document) -> None:
    """Write it, whole or not at all; without room it is not kept."""
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        for old in _unused(kept.parent):
            old.unlink()
        handle, name = tempfile.mkstemp(dir=kept.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file)
        Path(name).replace(kept)


def _unused(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if time.time() - path.stat().st_mtime > KEPT_S:
            yield path
