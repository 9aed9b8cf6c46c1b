"""What tags and Heroku tell of deployments, and the entries that become of it, as frozen values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from minion.deployments.record import FINISHED, Record

#: Outcomes besides those of a record. RELEASED: Heroku has it, and no tag tells that it came to
#: its end. TAGGED: somebody's tag says so, without a record.
RELEASED, TAGGED, FAILED = "released", "tagged", "failed"
#: Where an entry is from.
TAG, HEROKU, HERE = "tag", "Heroku", "this machine"
DEPLOY, ROLLBACK = "deploy", "rollback"

Release = tuple[str, int]


@dataclass(frozen=True)
class TagFound:
    """A release tag; `at` and `by` are None where it is a lightweight one."""

    name: str
    app: str
    version: int
    commit: str
    at: datetime | None = None
    by: str | None = None
    record: Record | None = None
    commits: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReleaseFound:
    """A release of other code than ran before; `commit` is None where Heroku has it no more."""

    app: str
    version: int
    status: str
    at: datetime
    by: str
    commit: str | None = None
    goes_back: bool = False


@dataclass(frozen=True)
class BuildFound:
    """A build that failed."""

    app: str
    at: datetime
    commit: str | None = None
    by: str | None = None


@dataclass(frozen=True)
class Entry:
    """One deployment or rollback, as far as it is known; `at` is when it was over.

    `failed_at` is the kind of step that failed, ``build`` or ``release phase``. `commits` are
    the lines of the tag's message, `sources` the places that know of it.
    """

    operation: str
    outcome: str
    at: datetime | None
    releases: tuple[Release, ...] = ()
    apps: tuple[str, ...] = ()
    commit: str | None = None
    by: str | None = None
    failed_at: str = ""
    record: Record | None = None
    tags: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def is_success(self) -> bool:
        """Whether its code runs, or ran, and nothing is known against it."""
        return self.outcome in (FINISHED, RELEASED, TAGGED)

    @property
    def is_deployment(self) -> bool:
        return self.operation == DEPLOY


class HerokuRelease(Protocol):
    """The part of a release by which code that is new is told from a changed config var."""

    @property
    def version(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def slug_id(self) -> str | None: ...
    @property
    def oci_image_id(self) -> str | None: ...


def goes_back(release: HerokuRelease) -> bool:
    """Whether Heroku made it by a rollback: it describes it so (Dev Center: Releases)."""
    return release.description.startswith("Rollback to v")


def changing_code(newest_first: Sequence[HerokuRelease]) -> list[HerokuRelease]:
    """Those that have other code than what ran, or go back; config vars make releases, too.

    Of the oldest it is not known what ran before, unless it is the app's first.
    """
    running: tuple[str | None, str | None] | None = None
    found = []
    for release in reversed(newest_first):
        code = (release.slug_id, release.oci_image_id)
        if code == (None, None):
            running = running or code
            continue
        is_known = running is not None or release.version == 1
        if is_known and (code != running or goes_back(release)):
            found.append(release)
        if release.status == "succeeded" or running is None:
            running = code
    return found[::-1]
