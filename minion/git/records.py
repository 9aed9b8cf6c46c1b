"""What a repository holds, as frozen values. No I/O, no rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Commit:
    """One commit: its full SHA and the first line of its message."""

    sha: str
    subject: str


@dataclass(frozen=True)
class Change:
    """One path that differs between two commits.

    `status` is git's letter without renames: A, M, D or T (type changed).
    Paths are the repository's own, as text; bytes that are no UTF-8 are kept
    by ``surrogateescape``.
    """

    path: str
    status: str


@dataclass(frozen=True)
class Tag:
    """A tag and its commit; a lightweight one has neither message, `tagger` nor time.

    `message` is without a signature. `tagger` is ``Ada <ada@example.com>``.
    """

    name: str
    commit: str
    message: str = ""
    tagger: str | None = None
    at: datetime | None = None
