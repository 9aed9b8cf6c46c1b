"""What is remembered of one deployment or rollback, as frozen values. All times are in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: How it ended. FINISHED: every step was taken. WENT_BACK: one failed, and what could be put
#: back was. INTERRUPTED: its process ended, and nobody has resumed it. UNDER_WAY: not over.
FINISHED, WENT_BACK = "finished", "went back"
INTERRUPTED, UNDER_WAY = "interrupted", "under way"


@dataclass(frozen=True)
class StepTime:
    """One step that was begun.

    `seconds` count while a process was at work on it. Of one that was killed, the time after
    its last word is not known and not counted; `stopped` is how often that was so.
    """

    kind: str
    app: str
    seconds: float
    stopped: int = 0


@dataclass(frozen=True)
class PageTime:
    """How long an app showed the maintenance page because of it, whoever was at work or not.

    `stays` says that it was up still when the operation had ended.
    """

    app: str
    seconds: float
    stays: bool = False


@dataclass(frozen=True)
class MigrationTime:
    """A migration, ``shop.0002_more``, with its class as it was read and as it was measured.

    `seconds` and `app`, on which it was seen to run, are known where its lines were seen to
    arrive. `rows` are PostgreSQL's estimate, before it ran, of those of the largest table that
    it locks for as long as that is large. `reverses` one is taken back.
    """

    name: str
    read: str = ""
    measured: str = ""
    seconds: float | None = None
    rows: int | None = None
    app: str = ""
    reverses: bool = False


@dataclass(frozen=True)
class Released:
    """A release that came of it; `status` is Heroku's."""

    app: str
    version: int
    status: str = "succeeded"


@dataclass(frozen=True)
class Record:
    """A deployment, or a rollback, from its first step on.

    `seconds` go from the first step to the last word known, `idle_s` of them while no process
    was at work. `stopped` is how often it was resumed, `failed_at` the kind of the step that
    failed. `begun` has a time zone, UTC. `options` are as they are typed.
    """

    operation: str
    outcome: str
    environment: str
    begun: datetime
    seconds: float
    plan: str = ""
    commit: str = ""
    options: str = ""
    operator: str = ""
    minion: str = ""
    idle_s: float = 0.0
    stopped: int = 0
    failed_at: str = ""
    releases: tuple[Released, ...] = ()
    steps: tuple[StepTime, ...] = ()
    pages: tuple[PageTime, ...] = ()
    migrations: tuple[MigrationTime, ...] = ()

    @property
    def ended(self) -> datetime:
        """When the last was heard of it."""
        return self.begun + timedelta(seconds=self.seconds)

    @property
    def key(self) -> tuple[str, datetime]:
        """What all records of the same operation have in common."""
        return self.plan, self.begun

    @property
    def page_s(self) -> float:
        """How long the page was up, on the app where it was up longest."""
        return max((page.seconds for page in self.pages), default=0.0)
