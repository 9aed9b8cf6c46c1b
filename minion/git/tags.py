"""Annotated tags: made, looked up and pushed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Callable

from minion.errors import GitError, RefMoved
from minion.git import remotes
from minion.git.addresses import Address
from minion.git.command import REMOTE_TIMEOUT_S, Git, text
from minion.git.identity import NOBODY, signature
from minion.git.lines import Lines
from minion.git.records import Tag

PREFIX = "refs/tags/"
#: Where a signature begins (git: Documentation/gitformat-signature, gpg-interface.c).
_SIGNATURE = re.compile(
    r"^-----BEGIN (PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----", re.M
)
_TAGGER = re.compile(r"tagger (.*) (-?\d{1,12}) [+-]\d{4}")


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


def known(
    git: Git, address: Address | None, wanted: Callable[[str], bool], *, only_there: bool
) -> list[Tag]:
    """The tags here and at `address` whose names are `wanted`; those there win.

    What is only there is brought here, without a ref of its own.

    Raises:
        GitError: there is no answer.
    """
    listed = git.must("for-each-ref", "--format=%(objectname) %(refname)", PREFIX)
    here = (line.split(" ", 1) for line in listed.line.split("\n") if line)
    objects = {} if only_there else {name[len(PREFIX) :]: sha for sha, name in here}
    there = remotes.refs(git, address, [f"{PREFIX}*"]) if address is not None else {}
    for ref, sha in there.items():
        if not ref.endswith("^{}"):
            objects[ref[len(PREFIX) :]] = sha
    objects = {name: sha for name, sha in objects.items() if wanted(name)}
    lacking = [name for name in _lacking(git, objects) if PREFIX + name in there]
    if lacking and address is not None:
        remotes.fetch(git, address, [PREFIX + name for name in lacking])
    return read(git, objects)


def _lacking(git: Git, objects: Mapping[str, str]) -> list[str]:
    """Those of which the object is not here."""
    asked = "".join(f"{sha}\n" for sha in objects.values()).encode()
    answer = git.must("cat-file", "--batch-check", content=asked).line if objects else ""
    return [name for name, line in zip(objects, answer.split("\n")) if line.endswith(" missing")]


def read(git: Git, objects: Mapping[str, str]) -> list[Tag]:
    """The tags that are in `objects`, name -> SHA; those whose objects are not here are left out.

    One git for all of them: a project has a thousand releases.
    """
    asked = "".join(f"{sha}\n" for sha in objects.values()).encode()
    answer = git.must("cat-file", "--batch", content=asked).stdout if objects else b""
    found, start = [], 0
    for name in objects:
        header, _, _ = answer[start : start + 200].partition(b"\n")
        words = header.split(b" ")
        start += len(header) + 1
        if len(words) != 3:
            continue
        size = int(words[2])
        tag = _tag(git, name, words, text(answer[start : start + size]))
        found += [] if tag is None else [tag]
        start += size + 1
    return found


def _tag(git: Git, name: str, words: list[bytes], content: str) -> Tag | None:
    kind = words[1]
    if kind == b"commit":
        return Tag(name, words[0].decode())
    if kind != b"tag":
        return None
    head, _, message = content.partition("\n\n")
    fields = dict(_fields(head))
    commit = fields.get("object", "")
    if fields.get("type") != "commit":
        # A tag of a tag.
        peeled = git.run("rev-parse", "--verify", "--quiet", f"{words[0].decode()}^{{commit}}")
        commit = peeled.line
    if not commit:
        return None
    signature = _SIGNATURE.search(message)
    message = message[: signature.start()] if signature else message
    tagger = _TAGGER.fullmatch(f"tagger {fields.get('tagger', '')}")
    if tagger is None:
        return Tag(name, commit, message)
    return Tag(name, commit, message, tagger[1], _moment(int(tagger[2])))


def _fields(head: str) -> Iterator[tuple[str, str]]:
    for line in head.split("\n"):
        key, _, value = line.partition(" ")
        yield key, value


def _moment(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
