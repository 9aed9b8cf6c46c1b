"""The files of a commit, as a build gets them. Dev Center: Slug Compiler; Git Submodules."""

from __future__ import annotations

import asyncio
import io
import os
import tarfile
import tempfile
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Callable

from minion.sandbox.git.program import GitFailed, run_git

Write = Callable[[str], Awaitable[None]]

_SUBMODULE = b"160000"
"""The mode of a tree's entry that is a commit of another repository."""


async def describe(repo: Path, commit: str, git_env: Mapping[str, str]) -> tuple[str, str]:
    """The full name of a commit, and its subject.

    Raises:
        GitFailed: there is no such commit.
    """
    show = ("log", "-1", "--format=%H%n%s", "--end-of-options", commit)
    told = await run_git(f"--git-dir={repo}", *show, cwd=repo, env=git_env)
    full, _, subject = told.decode("utf-8", "replace").rstrip("\n").partition("\n")
    return full, subject


async def extract(
    repo: Path, commit: str, git_env: Mapping[str, str], folder: Path, write: Write
) -> None:
    """Put the commit's files into `folder`, those of submodules too, but for .slugignore's.

    Raises:
        GitFailed: there is no such commit, or a submodule could not be fetched.
    """
    await _unpack_commit(repo, commit, git_env, folder)
    if (folder / ".gitmodules").is_file():
        await write("-----> Git submodules detected, installing\n")
        await _add_submodules(repo, commit, git_env, folder)
    await _drop_ignored(folder)


async def _unpack_commit(repo: Path, commit: str, git_env: Mapping[str, str], folder: Path) -> None:
    at = f"--git-dir={repo}"
    archive = await run_git(at, "archive", "--format=tar", commit, cwd=repo, env=git_env)
    await asyncio.to_thread(_unpack, archive, folder)


async def _add_submodules(
    repo: Path, commit: str, git_env: Mapping[str, str], folder: Path
) -> None:
    """Fetch what the commit's submodules are at, and what theirs are at."""
    at = f"--git-dir={repo}"
    told = await run_git(at, "ls-tree", "-r", "-z", commit, cwd=repo, env=git_env)
    entries = (entry.partition(b"\t") for entry in told.split(b"\0")[:-1])
    pins = {os.fsdecode(path): head.split() for head, _, path in entries}
    urls = await _submodule_urls(folder) if (folder / ".gitmodules").is_file() else {}
    for path, (mode, _, pin) in pins.items():
        if mode != _SUBMODULE:
            continue
        if path not in urls:
            raise GitFailed(f"no url found for submodule path '{path}' in .gitmodules")
        with tempfile.TemporaryDirectory() as scratch:
            fetched = Path(scratch) / "repo.git"
            clone = ("clone", "--quiet", "--bare", "--", urls[path], str(fetched))
            await run_git(*clone, cwd=Path(scratch))
            await _unpack_commit(fetched, pin.decode("ascii"), {}, folder / path)
            await _add_submodules(fetched, pin.decode("ascii"), {}, folder / path)


async def _submodule_urls(folder: Path) -> dict[str, str]:
    """The url of each submodule by its path."""
    told = await run_git(
        *("config", "--file", ".gitmodules", "--null", "--get-regexp", r"^submodule\."),
        cwd=folder,
    )
    values: dict[str, dict[str, str]] = {}
    for entry in told.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        key, _, value = entry.partition("\n")
        name, _, setting = key.rpartition(".")
        values.setdefault(name, {})[setting] = value
    return {each["path"]: each["url"] for each in values.values() if {"path", "url"} <= set(each)}


async def _drop_ignored(folder: Path) -> None:
    """Remove what .slugignore names (Dev Center: Slug Compiler)."""
    rules = folder / ".slugignore"
    if not rules.is_file():
        return
    with tempfile.TemporaryDirectory() as scratch:
        # To an empty repository every file is one that it does not know, and may ignore.
        await run_git("init", "--quiet", "--bare", "--template=", scratch, cwd=folder)
        told = await run_git(
            f"--git-dir={scratch}",
            f"--work-tree={folder}",
            *("ls-files", "-z", "--others", "--ignored", f"--exclude-from={rules}"),
            cwd=folder,
        )
    for name in told.split(b"\0")[:-1]:
        (folder / os.fsdecode(name)).unlink()


def _unpack(archive: bytes, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        # git archives no path outside the tree; where the app's links lead is its own affair.
        tar.extraction_filter = _as_it_is
        tar.extractall(folder)


def _as_it_is(member: tarfile.TarInfo, _path: str) -> tarfile.TarInfo:
    return member
