"""Drafts: commits that no ref names, for what might be committed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from minion.errors import GitError
from minion.git.command import Git
from minion.git.identity import signature


def commit(git: Git, parent: str, files: Mapping[str, bytes]) -> bytes:
    """The commit object after `parent` with the `files`, by path, as they shall be.

    Neither the index nor the work tree is touched.

    Raises:
        GitError: git refuses a path, or there is no such parent.
    """
    with tempfile.TemporaryDirectory() as folder:
        env = {"GIT_INDEX_FILE": os.fspath(Path(folder) / "index")}
        _must(git, env, "read-tree", parent)
        for path, content in files.items():
            blob = git.must("hash-object", "-w", "--stdin", content=content).line
            _must(git, env, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        tree = _must(git, env, "write-tree")
    who = signature(git)
    return f"tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n\nDraft\n".encode(
        "utf-8", "surrogateescape"
    )


def _must(git: Git, env: Mapping[str, str], *argv: str) -> str:
    answer = git.run(*argv, env=env)
    if answer.status:
        raise GitError(f"git {argv[0]}: {answer.complaint}")
    return answer.line
