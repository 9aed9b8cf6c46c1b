"""What the engine knows of an operation, whichever it is.

An operation is a package in `operations/`: its request, how facts are gathered for
it, the plan that follows from them, the report that is confirmed, and its outcome:
what stands when it could not be finished. The engine carries any of them out and
knows none by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Callable, Generic, Protocol, TypeVar

from minion.engine.progress import Progress
from minion.steps import Step

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.heroku import Heroku
    from minion.settings import Settings
    from minion.steps.world import World


class Request(Protocol):
    """What was asked for, as a frozen dataclass of plain values: the journal keeps it."""

    @property
    def place(self) -> str:
        """The environment that is changed, or "local"."""
        ...

    @property
    def command(self) -> str:
        """What to type to ask for the very same once more."""
        ...


@dataclass(frozen=True)
class Before:
    """What an app ran when the operation was planned; None for nothing, or nothing known.

    `newest` is the version of its newest release, whatever became of that one.
    """

    app: str
    release: int | None
    commit: str | None
    newest: int


@dataclass(frozen=True)
class Work:
    """A confirmed operation, as it is carried out and as the journal keeps it.

    `operation` is the operation's name, `plan` the identifier that was confirmed,
    `commit` what the apps are to run afterwards, None where that stays as it is.
    `before` has an entry for each app that it changes. `options` are as they are typed,
    `migrations` those that it is to run or to take back: the name, the class as it was read
    and as it was measured, and over how many rows it works.
    """

    operation: str
    request: Request
    plan: str
    before: tuple[Before, ...]
    steps: tuple[Step, ...]
    commit: str | None = None
    options: str = ""
    migrations: tuple[tuple[str, str, str, int | None], ...] = ()

    @property
    def environment(self) -> str:
        return self.request.place

    @property
    def apps(self) -> tuple[str, ...]:
        return tuple(one.app for one in self.before)

    @property
    def summary(self) -> str:
        """The work in words: ``deploy 286ea45 to uat``."""
        what = f"{self.operation} {self.commit[:7]}" if self.commit else self.operation
        return f"{what} to {self.environment}"


class Plan(Protocol):
    """What an operation will do, as a value.

    `refusals` say why it must not be done, most important first; `busy` are those of
    them that end by themselves, such as a build that is under way.
    """

    @property
    def id(self) -> str:
        """The plan's identifier: other facts, arguments or steps give another one."""
        ...

    @property
    def refusals(self) -> Sequence[str]: ...
    @property
    def busy(self) -> Sequence[str]: ...
    @property
    def confirmed_by(self) -> str:
        """What ``confirm=`` may be besides the identifier: the apps' names."""
        ...

    @property
    def questions(self) -> Sequence[str]:
        """Statements, to each of which a yes is needed besides the code."""
        ...

    @property
    def removal(self) -> str | None:
        """What will be gone from Heroku, which needs a code of its own; None for nothing."""
        ...

    @property
    def work(self) -> Work: ...


@dataclass(frozen=True)
class Ways:
    """How an interrupted operation can be ended, and what was found, a line each."""

    can_finish: bool
    can_go_back: bool
    lines: tuple[str, ...]


R = TypeVar("R", bound=Request)
F = TypeVar("F")
P = TypeVar("P", bound=Plan)


class Outcome(Protocol):
    """What an operation that was not finished leaves behind."""

    def keeps_page(self, work: Work, progress: Progress, world: World) -> bool:
        """Whether the maintenance page must stay up after what was begun."""
        ...

    def lines(self, work: Work, progress: Progress, world: World) -> Sequence[str]:
        """What stands on each app, and what to type next; a line each."""
        ...

    def ways(self, work: Work, progress: Progress, world: World) -> Ways:
        """How it can be ended, as Heroku shows it now.

        Raises:
            HerokuError: Heroku cannot be asked.
        """
        ...


@dataclass(frozen=True)
class Operation(Generic[R, F, P]):
    """One of the operations, as its package in `operations/` puts it together.

    `name` is the task's, `doing` what the lock's holder is said to do ("to deploy"),
    `request` the type that is read back from a journal. `gather` only reads; `plan`
    and `report` are pure. `prepare` hands the steps what no journal may hold, such as
    values of config vars. `nothing_to_do` says so of a plan that changes nothing,
    `moved` what differs between the confirmed plan and the one made now, a phrase
    each, `done` the last words. With `asks`, the operator is asked before anything
    is changed.
    """

    name: str
    doing: str
    request: type[R]
    outcome: Outcome
    gather: Callable[[R, Settings, Heroku, Repository], F]
    plan: Callable[[R, Settings, F], P]
    report: Callable[[P, datetime], str]
    nothing_to_do: Callable[[P], str | None] = lambda plan: None
    moved: Callable[[P, P], Sequence[str]] = lambda before, now: ()
    prepare: Callable[[P, World], None] = lambda plan, world: None
    done: Callable[[P, World], str] = lambda plan, world: ""
    asks: bool = True
