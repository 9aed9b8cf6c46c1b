"""Memos: commits without parents and files, for what a ref shall say.

A commit is what every host takes in every ref: git itself wants one in a branch,
and hosts whose hooks look at the author and message of what is pushed (push rules
of GitLab, commit checkers of Bitbucket, Gitea) expect to find one. Without parents
it neither brings nor needs history, so a shallow clone can push and fetch it.
"""

from __future__ import annotations

from minion.git.command import Git
from minion.git.identity import signature


def commit(git: Git, tree: str, message: str) -> bytes:
    """The commit object that says `message`, with the empty `tree` and today's operator."""
    who = signature(git)
    return f"tree {tree}\nauthor {who}\ncommitter {who}\n\n{message}".encode(
        "utf-8", "surrogateescape"
    )


def message(content: bytes) -> str:
    """What a commit object says."""
    return content.partition(b"\n\n")[2].decode("utf-8", "surrogateescape")
