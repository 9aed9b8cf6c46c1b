"""Annotated tags: made, looked up and pushed."""

from __future__ import annotations

from minion.errors import GitError, RefMoved
from minion.git import remotes
from minion.git.addresses import Address
from minion.git.command import REMOTE_TIMEOUT_S, Git
from minion.git.identity import NOBODY, signature
from minion.git.lines import Lines


def commit_of(git: Git, name: str) -> str | None:
    """The commit that the local tag is at; None if there is no such tag."""
    argv = ("rev-parse", "--verify", "--quiet", "--end-of-options")
    answer = git.run(*argv, f"refs/tags/{name}^{{commit}}")
    return answer.line if answer.status == 0 else None


def create(git: Git, name: str, commit: str, message: str) -> None:
    """Make the annotated tag, unsigned: a signature might ask for a passphrase.

    Raises:
        GitError: no valid name, no such commit, or the tag is at another commit.
    """
    present = commit_of(git, name)
    if present == commit:
        return
    if present is not None:
        raise GitError(f"the tag {name} is at {present:.7} already, not at {commit:.7}")
    knows_operator = git.run("var", "GIT_COMMITTER_IDENT").status == 0
    answer = git.run(
        *("tag", "--annotate", "--no-sign", "--cleanup=whitespace", "--file=-"),
        *("--", name, commit),
        content=message.encode("utf-8", "surrogateescape"),
        env={} if knows_operator else NOBODY,
    )
    if answer.status:
        raise GitError(f"the tag {name} cannot be made: {answer.complaint}")


def push(git: Git, address: Address, name: str) -> None:
    """Push the tag; fine if there is the same commit under this name.

    Raises:
        RefMoved: the remote's tag of this name is at another commit.
    """
    _push(git, address, name, f"refs/tags/{name}", commit_of(git, name))


def make_on_remote(git: Git, address: Address, name: str, commit: str, message: str) -> None:
    """Give the remote the annotated tag, without one of this name here.

    Raises:
        GitError: no valid name, or no such commit.
        RefMoved: the remote's tag of this name is at another commit.
    """
    if git.run("check-ref-format", f"refs/tags/{name}").status:
        raise GitError(f"{name!r} is no name for a tag")
    head = f"object {commit}\ntype commit\ntag {name}\ntagger {signature(git)}\n\n"
    content = (head + message.strip() + "\n").encode("utf-8", "surrogateescape")
    tag = git.must("hash-object", "-t", "tag", "-w", "--stdin", content=content).line
    _push(git, address, name, tag, commit)


def _push(git: Git, address: Address, name: str, source: str, commit: str | None) -> None:
    ref = f"refs/tags/{name}"
    try:
        order = remotes.Push(address, refspec=f"{source}:{ref}", ref=ref)
        remotes.push(git, order, Lines(lambda line: None), REMOTE_TIMEOUT_S)
    except RefMoved:
        there = remotes.refs(git, address, [ref])
        if there.get(f"{ref}^{{}}", there.get(ref)) != commit:
            raise
