"""Databases of the source that have no part in a move: only that of ``DATABASE_URL`` has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from minion.analyser.project import Tree, databases_besides
from minion.errors import GitError
from minion.operations.databases import besides

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.heroku import Heroku

_REST = "only the one of DATABASE_URL is moved and proven, and nobody looks into the other"


def unmoved(
    heroku: Heroku, apps: Sequence[str], repository: Repository, commit: str | None
) -> Iterator[str]:
    """A line for each of `apps` that has others, and for each that the code of `commit` names.

    Raises:
        HerokuError: an app's config vars or add-ons cannot be read.
    """
    for app, variables in besides(heroku, apps).items():
        if variables is None:
            yield f"{app} may not be read with your token: nobody knows of other databases of it"
        if not variables:
            continue
        verb = "leads" if len(variables) == 1 else "lead"
        yield f"{app}: {' and '.join(variables)} {verb} to another database; {_REST}"
    for name, where in _named(repository, commit).items():
        yield f"{where} names the database {name} besides the default one; {_REST}"


def _named(repository: Repository, commit: str | None) -> dict[str, str]:
    if commit is None:
        return {}
    try:
        return databases_besides(Tree.of(repository, commit), {})
    except GitError:
        # Nobody has the commit here.
        return {}
