"""What the clone says of its project: branches, remotes, where manage.py and settings lie."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from minion.analyser.project import Tree, databases_besides, is_migrated, needs_postgres
from minion.errors import GitError

if TYPE_CHECKING:
    from minion.git import Repository

#: https://git.heroku.com/APP.git and, of accounts that still have it, git@heroku.com:APP.git
HEROKU = re.compile(r"(?:^|//|@)([^/@:]+(?::\d+)?)[:/]+([a-z][a-z0-9-]+)\.git/?$")
MAIN = ("main", "master", "trunk", "default")
#: Folders in which projects keep one file of settings for each environment.
CONFIG = ("config", "env", "envs", ".envs", "deploy")


@dataclass(frozen=True)
class Clone:
    """`heroku` are pairs of a remote's name and the app to which it leads.

    `databases` are those besides the default one that have to be migrated, and where
    the settings say so.
    """

    main: str
    why_main: str
    origin: str
    why_origin: str
    branches: frozenset[str]
    heroku: Sequence[tuple[str, str]]
    name: str
    manage: str | None
    config: str | None
    has_database: bool
    databases: Mapping[str, str] = field(default_factory=dict)


def look_at(repository: Repository, git_hosts: Sequence[str]) -> Clone:
    """Read the clone; nothing is fetched. Apps are looked for on `git_hosts`."""
    remotes = repository.remote_urls()
    heroku = list(_apps(remotes, git_hosts))
    others = [name for name in remotes if name not in dict(heroku)]
    origin, why_origin = _origin(others)
    branches = _branches(repository, origin)
    main, why_main = _main(repository, origin, branches)
    tree = _tree(repository, main, origin)
    return Clone(
        main,
        why_main,
        origin,
        why_origin,
        frozenset(branches),
        heroku,
        app_name(_project(remotes.get(origin), repository.root.name)),
        tree.manage if tree else None,
        _config(tree),
        tree is None or needs_postgres(tree),
        _databases(tree),
    )


def app_name(text: str) -> str:
    """`text` as the beginning of an app's name can be: letters, digits, dashes, 26 at most."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower())[:26].strip("-") or "my-app"
    return name if name[0].isalpha() and len(name) > 2 else f"app-{name}"[:26].rstrip("-")


def _apps(remotes: Mapping[str, str], git_hosts: Sequence[str]) -> Iterator[tuple[str, str]]:
    hosts = {host.removeprefix("git.") for host in git_hosts}
    for name, url in remotes.items():
        match = HEROKU.search(url)
        if match and match[1].removeprefix("git.") in hosts:
            yield name, match[2]


def _origin(others: Sequence[str]) -> tuple[str, str]:
    if "origin" in others:
        return "origin", ""
    if others:
        return others[0], f"there is no remote origin; {len(others)} other: this is the first"
    return "origin", "no such remote yet: git remote add origin URL"


def _branches(repository: Repository, origin: str) -> list[str]:
    theirs = f"refs/remotes/{origin}/"
    there = [ref[len(theirs) :] for ref in repository.local_refs(theirs)]
    return [name for name in (*repository.branches(), *there) if name != "HEAD"]


def _main(repository: Repository, origin: str, branches: Sequence[str]) -> tuple[str, str]:
    default = repository.default_branch(origin)
    if default:
        return default, f"the default branch of {origin}"
    for name in MAIN:
        if name in branches:
            return name, ""
    current = repository.current_branch()
    return current or MAIN[0], "the branch that is checked out" if current else "a guess"


def _tree(repository: Repository, main: str, origin: str) -> Tree | None:
    try:
        return Tree.of(repository, repository.branch_commit(main, origin))
    except GitError:  # nothing is committed yet
        return None


def _databases(tree: Tree | None) -> dict[str, str]:
    """Those besides the default one that the release phase does not migrate, and where they are."""
    found = databases_besides(tree, {}) if tree else {}
    procfile = (tree.text("Procfile") if tree else None) or ""
    return {name: found[name] for name in found if not is_migrated(name, procfile)}


def _config(tree: Tree | None) -> str | None:
    """The folder with files such as ``live.env``."""
    for folder in CONFIG:
        files = re.compile(rf"{re.escape(folder)}/\w+\.env")
        if tree and any(files.fullmatch(path) for path in tree.paths):
            return folder
    return None


def _project(url: str | None, folder: str) -> str:
    """The name that origin gives the project, else that of its folder."""
    match = re.search(r"([^/:]+?)(?:\.git)?/*$", url or "")
    return match[1] if match else folder
