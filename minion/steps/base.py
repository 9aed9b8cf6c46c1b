"""What a step is: a value that can be shown, done, and undone."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Callable, TypeVar

from minion.errors import AnswerLost, HerokuError
from minion.steps.world import World

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """One thing that a deployment does to one app.

    `do` may be interrupted at any point, by a kill too, and is then called
    again by another process: it looks at Heroku first where repeating would do
    harm. `undo` brings back what was found, whether or not `do` got anywhere,
    and may be called more than once.

    A step is written into the journal as it is, so no field may hold a secret.
    """

    app: str

    @property
    def title(self) -> str:
        """The step in words, as the plan lists it and the run announces it."""
        raise TypeError(f"{type(self).__name__} has no title")

    @property
    def touches_database(self) -> bool:
        """Whether the database may be half changed once this step has begun."""
        return False

    @property
    def is_closing(self) -> bool:
        """Whether it only tidies up: an operation that got here is better ended than undone."""
        return False

    @property
    def lays_bare(self) -> bool:
        """Whether data may be open to view once this step has begun, until it is undone.

        Nothing that was put in front of them is taken away before.
        """
        return False

    @property
    def makes_safe(self) -> bool:
        """Whether, once it is done, nothing of its app is open to view any more."""
        return False

    def do(self, world: World) -> None:
        """Take the step. Raises MinionError if it was not, or not surely, done."""
        raise TypeError(f"{type(self).__name__} does nothing")

    def undo(self, world: World) -> None:
        """Bring back what was found. Most steps leave nothing to bring back."""

    def recall(self, world: World) -> None:
        """Find out again what later steps need of this one, which another process has taken."""


def laid_bare(begun: Iterable[Step], done: Iterable[Step]) -> set[str]:
    """Apps whose data may be open to view after the steps in `begun`, of which `done` ended."""
    return {step.app for step in begun if step.lays_bare} - made_safe(done)


def made_safe(done: Iterable[Step]) -> set[str]:
    """Apps whose data were laid bare once and are not any more, after the steps in `done`."""
    return {step.app for step in done if step.makes_safe}


def insist(write: Callable[[], T], *, tries: int = 4, pause_s: float = 0.5) -> T:
    """What the idempotent request `write` answers, sent again if the answer was lost.

    Only for requests whose repetition changes nothing, such as "maintenance: on".

    Raises:
        HerokuError: Heroku refused, or no answer came to any of the tries.
    """
    for attempt in range(1, tries + 1):
        try:
            return write()
        except HerokuError as error:
            passing = isinstance(error, AnswerLost) or error.status is None or error.status >= 500
            if not passing or attempt == tries:
                raise
            time.sleep(pause_s * attempt)
    raise AssertionError("unreachable")
