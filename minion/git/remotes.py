"""Speaking to a remote: fetch, list, push, and what a failed push means."""

from __future__ import annotations

import os
import re
import selectors
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import IO, Callable

from minion.errors import AccessDenied, GitError, NonFastForward, PushDeclined, PushLost, RefMoved
from minion.git.addresses import ALIAS, Address
from minion.git.command import REMOTE_TIMEOUT_S, Answer, Git, TimedOut, kill
from minion.git.lines import Lines
from minion.text import plain

#: Seconds. A build may take long, and a release phase of an hour (Dev Center:
#: Release Phase) is streamed through the same connection.
PUSH_TIMEOUT_S = 5400.0

#: Neither configuration nor hooks of this machine add to what was confirmed: no
#: other tags, no submodules, no signature that would ask for a passphrase, no
#: pre-push script (it would also see the password).
_PUSH = (
    *("push", "--porcelain", "--progress", "--no-verify", "--no-follow-tags", "--no-signed"),
    "--recurse-submodules=no",
)
#: The same for what has no such option. Heroku takes no push options at all.
_PUSH_SETTINGS = (("push.pushOption", ""), ("push.negotiate", "false"))
#: Only objects come here: no ref of the operator's is moved or pruned.
_FETCH = (
    *("fetch", "--quiet", "--no-tags", "--no-prune", "--refmap=", "--no-write-fetch-head"),
    "--recurse-submodules=no",
)

_LOST = re.compile(r"hung up|RPC failed|unexpected disconnect|early EOF|failed to report status")
_DENIED = re.compile(
    r"Authentication failed|could not read (Username|Password)|error: 40[13]\b|publickey"
)
_NOT_REACHED = re.compile(
    r"unable to access|Could not resolve|not found|does not appear to be|src refspec"
    r"|Could not read from remote|strange pathname|nvalid refspec|remote helper|bad config|No such"
)
#: Names of commits are of 64 digits here and of 40 there, or the other way round.
_OTHER_NAMES = re.compile(r"hash algorithm|mismatched algorithms|unexpected capabilities")
_RACED = re.compile(r"cannot lock ref|already exists|incorrect old value|failed to update ref")


@dataclass(frozen=True)
class Push:
    """One ref to be pushed."""

    address: Address
    refspec: str
    ref: str
    force: bool = False
    lease: str | None = None

    def argv(self) -> list[str]:
        """The arguments of git: nothing in them is secret."""
        return [
            *_PUSH,
            *(["--force"] if self.force else []),
            *([] if self.lease is None else [f"--force-with-lease={self.ref}:{self.lease}"]),
            *("--", ALIAS, self.refspec),
        ]


def fetch(git: Git, address: Address, wanted: Sequence[str] = ()) -> None:
    """Bring the objects of `wanted` (refs, SHAs; default: all branches) here.

    Raises:
        GitError: or its kind `AccessDenied`.
    """
    wanted = wanted or sorted(set(refs(git, address, ["refs/heads/*"]).values()))
    if not wanted:
        return
    content = "".join(f"{one}\n" for one in wanted).encode("utf-8", "surrogateescape")
    answer = _ask(git, address, *_FETCH, "--stdin", "--", ALIAS, content=content)
    if answer.status:
        raise _refusal(answer, address)


def refs(git: Git, address: Address, patterns: Sequence[str]) -> dict[str, str]:
    """Ref -> SHA at `address`, those that match one of `patterns` (default: all)."""
    asked = [name for pattern in patterns for name in (pattern, pattern + "^{}")]
    answer = _ask(git, address, "ls-remote", "--", ALIAS, *asked)
    if answer.status:
        raise _refusal(answer, address)
    pairs = (line.split("\t", 1) for line in answer.line.split("\n") if line)
    # git's own patterns match at the end of a name too: "a" finds refs/heads/x/a.
    return {
        ref: sha
        for sha, ref in pairs
        if not patterns or any(fnmatchcase(_bare(ref), pattern) for pattern in patterns)
    }


def _ask(git: Git, address: Address, *argv: str, content: bytes | None = None) -> Answer:
    return git.run(
        *argv,
        content=content,
        settings=(*_PUSH_SETTINGS, *address.settings),
        env=address.env,
        timeout_s=REMOTE_TIMEOUT_S,
    )


def push(
    git: Git,
    order: Push,
    lines: Lines,
    timeout_s: float = PUSH_TIMEOUT_S,
    silence_s: float | None = None,
    is_lost: Callable[[], bool] = lambda: False,
) -> bool:
    """Carry out `order` while `lines` receives what git and the remote say.

    Returns whether there was anything to send. After each `silence_s` seconds without a
    word, `is_lost` is asked whether to give up.

    Raises:
        GitError: or the kind of it that tells what became of the push.
    """
    address = order.address
    settings = (*_PUSH_SETTINGS, *address.settings)
    process = git.start(*order.argv(), settings=settings, env=address.env)
    assert process.stderr
    out_of_time = threading.Event()

    def give_up() -> None:
        out_of_time.set()
        kill(process, wait=False)

    timer = threading.Timer(timeout_s, give_up)
    timer.daemon = True
    timer.start()
    try:
        for raw in _heard(process.stderr, silence_s):
            if raw:
                lines.feed(raw)
            elif is_lost():
                kill(process)
                raise PushLost(f"{address.name}: nothing was heard of the push any more")
        lines.finish()
        stdout, _ = process.communicate()
    except BaseException:
        kill(process)
        raise
    finally:
        timer.cancel()
    if out_of_time.is_set():
        raise PushLost(f"{address.name}: the push was given up after {timeout_s:g} seconds")
    return _judge(order, Answer(process.returncode, stdout, "\n".join(lines.recent))) != "="


def _heard(stream: IO[bytes], silence_s: float | None) -> Iterator[bytes]:
    """What comes out of `stream`, until it ends; nothing for each `silence_s` without a word."""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            if not selector.select(silence_s):
                yield b""
                continue
            raw = os.read(stream.fileno(), 65536)
            if not raw:
                return
            yield raw


def set_ref(git: Git, address: Address, ref: str, sha: str, expect: str | None) -> None:
    """Move `ref` at `address` from `expect` (None: absent) to `sha` ("": delete it).

    Raises:
        RefMoved: it is not at `expect`.
        PushLost: not known what became of it.
    """
    order = Push(address, refspec=f"{sha}:{ref}", ref=ref, lease=expect or "")
    try:
        answer = _ask(git, address, *order.argv())
    except TimedOut as error:
        raise PushLost(f"{address.name}: {error}") from None
    flag = _judge(order, answer)
    # git finds a ref that is there already in order, whatever the lease says.
    if flag == "=" and expect != sha:
        raise RefMoved(f"{address.name}: {ref} is set already")


def _judge(order: Push, answer: Answer) -> str:
    """The flag that git gave the pushed ref (``*``, ``+``, ``=``, ``-`` or blank)."""
    flag, summary = _report(answer.line.split("\n"))
    if answer.status == 0 and flag not in ("", "!"):
        return flag
    where = f"{order.address.name}: {order.ref}"
    summary = plain(order.address.hide(summary))
    reason = summary.partition("(")[2].rstrip(")") or summary
    if summary.startswith("[remote rejected]"):
        if order.lease is not None and _RACED.search(reason):
            raise RefMoved(f"{where} was changed by somebody else just now ({reason})")
        raise PushDeclined(f"{where} was refused by the remote: {reason}")
    if summary.startswith("[rejected]"):
        if order.lease is not None or "already exists" in reason:
            raise RefMoved(f"{where} is not where it was expected to be ({reason})")
        raise NonFastForward(
            f"{where} has commits that {order.refspec[:7]} does not contain ({reason})"
        )
    if "remote ref does not exist" in answer.stderr:
        raise RefMoved(f"{where} is gone already")
    raise _refusal(answer, order.address, is_push=True)


def _report(lines: Iterable[str]) -> tuple[str, str]:
    """Flag and summary of the one ref in ``push --porcelain``'s output; empty if missing."""
    for line in lines:
        fields = line.split("\t")
        if len(fields) == 3:
            return fields[0], fields[2]
    return "", ""


def _refusal(answer: Answer, address: Address, *, is_push: bool = False) -> GitError:
    """What git's complaints about the connection mean, as the error to raise."""
    what = f"{address.name}: {address.hide(answer.complaint)}"
    if _OTHER_NAMES.search(answer.stderr):
        return GitError(f"{what} (one of the repositories is of SHA-256, the other of SHA-1)")
    if not (is_push and _LOST.search(answer.stderr)):
        if _DENIED.search(answer.stderr):
            return AccessDenied(f"{what} (the credentials were not accepted)")
        if not is_push or _NOT_REACHED.search(answer.stderr):
            return GitError(what)
    return PushLost(f"{what} (the connection broke; the push may have been carried out)")


def _bare(ref: str) -> str:
    return ref[: -len("^{}")] if ref.endswith("^{}") else ref
