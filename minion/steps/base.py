"""What a step is: a value that can be shown, done, and undone."""

from __future__ import annotations

import time
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
    def exposes_data(self) -> bool:
        """Whether data may be open to view once this step has begun, until it is undone.

        Nothing that was put in front of them is taken away before.
        """
        return False

    @property
    def proves_data(self) -> bool:
        """Whether, once it is done, the data of its app are proven fit to be seen."""
        return False

    @property
    def acts_on(self) -> tuple[str, ...]:
        """The apps that it changes, or in whose code it runs something."""
        return (self.app,)

    @property
    def puts_page_up(self) -> bool:
        """Whether undoing it takes down a page that may have to stay."""
        return False

    @property
    def needs_release(self) -> bool:
        """Whether it is right only as long as the app's newest release is the one we know."""
        return True

    @property
    def makes_release(self) -> bool:
        """Whether Heroku makes a release of it."""
        return False

    @property
    def by_hand(self) -> str | None:
        """What to type where it could not be undone; None where nothing helps."""
        return None

    def do(self, world: World) -> None:
        """Take the step. Raises MinionError if it was not, or not surely, done."""
        raise TypeError(f"{type(self).__name__} does nothing")

    def undo(self, world: World) -> None:
        """Bring back what was found. Most steps leave nothing to bring back."""

    def recall(self, world: World) -> None:
        """Find out again what later steps need of this one, which another process has taken."""

    def taken_back(self, world: World) -> str | None:
        """What somebody else has undone of it since, in words; None where it stands.

        Asked when every step is taken. Raises HerokuError where it cannot be found out.
        """
        return None


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
