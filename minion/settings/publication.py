"""Whether the file with the settings is what the team has committed and pushed."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from minion.errors import GitError

if TYPE_CHECKING:
    from minion.git import Repository


@dataclass(frozen=True)
class Publication:
    """`problems` keep the file from the live site; `remarks` are only told."""

    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def look_at(path: Path, open_repository: Callable[[Path], Repository]) -> Publication:
    """How the env file `path` stands to its repository, asked over the network too."""
    remarks = []
    mode = path.stat().st_mode
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        remarks.append(f"{path.name} can be read by other users of this machine: chmod 600")
    try:
        repository = open_repository(path.parent)
    except GitError:
        remarks.append(f"{path.parent} is in no git repository: nobody can tell who changed what")
        return Publication(remarks=tuple(remarks))
    return Publication(tuple(_problems(path, repository)), tuple(remarks))


def _problems(path: Path, repository: Repository) -> list[str]:
    folder = path.parent.relative_to(repository.root).as_posix()
    changed = [
        name
        for name in (*repository.dirty_paths(), *repository.untracked_paths())
        if folder == "." or name == f"{folder}/" or name.startswith(f"{folder}/")
    ]
    if changed:
        return [f"uncommitted changes in {repository.root.name}: {', '.join(changed[:3])}"]
    upstream = repository.upstream()
    if upstream is None:
        return [f"the branch of {repository.root.name} has no upstream: git push -u origin HEAD"]
    remote, ref = upstream
    try:
        there = repository.remote_refs(remote, ref).get(ref)
    except GitError as error:
        return [f"{repository.root.name}: {remote} cannot be asked: {error}"]
    if there != repository.resolve("HEAD"):
        return [f"{repository.root.name} is not in step with {remote}: pull or push until it is"]
    return []
