"""What lies between the running commit and another one, as a value. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from minion.analyser.changes import Analysis
from minion.analyser.changes.paths import is_for_tests
from minion.analyser.migrations import Reading
from minion.analyser.procfile import Hook, Moment
from minion.git.records import Change, Commit


class RunningApp(Protocol):
    """What must be known of an app to say what a deployment changes for it.

    `running_version` is None if nothing was ever deployed to it, `commit` None if
    what its running release was built from is unknown. `collects_static` tells
    whether a build runs collectstatic.
    """

    @property
    def name(self) -> str: ...
    @property
    def running_version(self) -> int | None: ...
    @property
    def commit(self) -> str | None: ...
    @property
    def collects_static(self) -> bool: ...


@dataclass(frozen=True)
class Lacking:
    """What the database of an app lacks of the migrations that its running code has.

    `paths` are those files; `why` says why that cannot be told, None if it can. `ahead`
    are those of the commit to be deployed that it has run all the same, as after a
    rollback that left them. `unfinished` are indexes whose concurrent build has not ended.
    """

    paths: frozenset[str] = frozenset()
    why: str | None = None
    ahead: frozenset[str] = frozenset()
    unfinished: tuple[str, ...] = ()

    def about_indexes(self, app: str) -> tuple[str, ...]:
        """What is to be said of each unfinished index.

        Source: PostgreSQL, CREATE INDEX, "Building Indexes Concurrently".
        """
        return tuple(
            f"{app}: the index {name} is INVALID: its concurrent build was broken off, or is still "
            "under way. Nothing uses it, and a migration that makes it fails on its name. Where "
            f"nobody is building it: DROP INDEX CONCURRENTLY {name};"
            for name in self.unfinished
        )


@dataclass(frozen=True)
class Code:
    """What lies between the running commit and the one to be deployed.

    `is_descendant` is None where it cannot be told. `dirty` lists tracked
    files with uncommitted changes. `origin_commit` is the branch on origin,
    `origin_known` whether origin could be asked at all.

    `readings` are the migrations that lie between, as they were read; `unread`
    says why there may be more of them than can be seen, None if there are not.
    `has_all_run`: there are some, and the databases have run them all, as after a rollback.
    `hooks` are what else runs ``migrate``, or may; a promotion has none of a build.
    """

    target: str
    branch: str
    changes: tuple[Change, ...]
    commits: tuple[Commit, ...]
    analysis: Analysis
    is_descendant: bool | None
    release_phase: str | None = None
    release_phase_migrates: bool = False
    hooks: tuple[Hook, ...] = ()
    dirty: tuple[str, ...] = ()
    origin_known: bool = False
    origin_commit: str | None = None
    is_on_main: bool = True
    is_shallow: bool = False
    readings: tuple[Reading, ...] = ()
    unread: str | None = None
    has_all_run: bool = False

    @property
    def build_migrates(self) -> bool:
        """Whether the build that a push starts may run ``migrate``."""
        return any(hook.moment is Moment.BUILD for hook in self.hooks)

    @property
    def boot_migrates(self) -> bool:
        """Whether every web dyno surely runs ``migrate`` before it serves."""
        return any(hook.where == "the web command" and hook.is_sure for hook in self.hooks)

    @property
    def failures(self) -> tuple[str, ...]:
        """Why ``migrate`` is known to fail; apps that only tests install do not count."""
        first: dict[str, str] = {}
        for reading in self.readings:
            for why in () if is_for_tests(reading.path) else reading.fails:
                first.setdefault(why, reading.path)
        return tuple(f"{path}: {why}" for why, path in first.items())
