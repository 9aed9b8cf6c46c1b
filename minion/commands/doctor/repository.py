"""The repository, and the branches and scripts that the settings name."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from minion.commands.doctor.findings import Finding
from minion.errors import GitError
from minion.settings import Settings

if TYPE_CHECKING:
    from minion.git import Repository


def check(settings: Settings, repository: Repository) -> Iterator[Finding]:
    """Branches, scripts, history and origin."""
    refs, trouble = _of_origin(settings, repository)
    yield from _branches(settings, repository, refs)
    if has_branch(repository, settings.main_branch, settings.remote):
        yield from _scripts(settings, repository)
    if repository.is_shallow():
        yield Finding("the clone's history", "is cut off: git fetch --unshallow")
    if trouble is None:
        yield Finding(f"{settings.origin_name} answers")
    else:
        yield Finding(settings.origin_name, trouble)


def has_branch(repository: Repository, branch: str, remote: str) -> bool:
    """Whether the clone has the branch, its own or as `remote` had it at the last fetch."""
    try:
        repository.branch_commit(branch, remote)
    except GitError:
        return False
    return True


def _of_origin(settings: Settings, repository: Repository) -> tuple[dict[str, str], str | None]:
    """Origin's branches as they are now, and why they cannot be had."""
    try:
        return repository.remote_refs(settings.origin, "refs/heads/*"), None
    except GitError as error:
        return {}, str(error)


def _branches(
    settings: Settings, repository: Repository, on_origin: dict[str, str]
) -> Iterator[Finding]:
    keys = {settings.main_branch: "project.main_branch"}
    for environment in settings.environments:
        keys.setdefault(environment.branch, f"environments.{environment.name}.branch")
    for branch, key in keys.items():
        if has_branch(repository, branch, settings.remote):
            yield Finding(f"branch {branch}")
        elif f"refs/heads/{branch}" in on_origin:
            yield Finding(
                f"branch {branch}",
                f"is on {settings.origin_name} and not in this clone yet: git fetch",
                is_note=branch != settings.main_branch,
            )
        else:
            yield Finding(f"branch {branch}", f"does not exist; see {key}")


def _scripts(settings: Settings, repository: Repository) -> Iterator[Finding]:
    """Whether the scripts that the commands name are in the main branch."""
    commit = repository.branch_commit(settings.main_branch, settings.remote)
    commands = settings.commands
    scripts = {
        posixpath.normpath(word)
        for command in (
            commands.migrate,
            commands.syncdb,
            commands.fixtures,
            commands.collectstatic,
            commands.anonymise,
        )
        for word in command.split()
        if word.endswith((".py", ".sh"))
    }
    for script in sorted(scripts):
        missing = repository.read(commit, script) is None
        yield Finding(
            f"{script}, which commands run",
            f"is not in {settings.main_branch}; see [commands]" if missing else None,
        )
