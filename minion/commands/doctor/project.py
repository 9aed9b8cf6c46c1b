"""What of the project's main branch will not work on Heroku; nothing of it is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from minion.analyser.project import (
    Tree,
    concerns_of,
    databases_besides,
    is_migrated,
    migrating_all,
)
from minion.commands.doctor.findings import Finding
from minion.errors import GitError, MinionError
from minion.heroku.hosts import is_local
from minion.settings import Settings

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.heroku import Heroku


def check(settings: Settings, repository: Repository, heroku: Heroku | None) -> Iterator[Finding]:
    """The concerns, judged with the live app's config vars where they can be read."""
    try:
        commit = repository.branch_commit(settings.main_branch, settings.remote)
        tree = Tree.of(repository, commit)
    except GitError:
        # That there is no such branch has been said.
        return
    is_sandbox = heroku is not None and is_local(heroku.api.base_url)
    config_vars = _config_vars(settings, heroku)
    found = concerns_of(tree, config_vars)
    for one in found:
        # The sandbox's router is on the machine that its dynos are on.
        is_note = not one.fails or (one.is_of_router and is_sandbox)
        yield Finding(one.where, f"{one.problem}. Cure: {one.cure}", is_note)
    yield from _databases(settings, tree, config_vars)
    if not found:
        yield Finding(f"nothing in {settings.main_branch} is known to fail on Heroku")


def _databases(settings: Settings, tree: Tree, config_vars: Mapping[str, str]) -> Iterator[Finding]:
    """Databases that neither minion nor the release phase migrates."""
    migrate, procfile = settings.commands.migrate, tree.text("Procfile") or ""
    others = databases_besides(tree, config_vars)
    left = {one: others[one] for one in others if not is_migrated(one, migrate, procfile)}
    for name, where in left.items():
        yield Finding(
            where,
            f"nothing migrates the database {name}. Cure: [commands] migrate = "
            f'"{migrating_all(migrate, left)}", or the same in the release phase',
            is_note=True,
        )


def _config_vars(settings: Settings, heroku: Heroku | None) -> Mapping[str, str]:
    if heroku is None:
        return {}
    try:
        return heroku.apps.config_vars(settings.environments[-1].apps[0])
    except MinionError:
        return {}
