"""Slips of paper that say who holds a lock, and changing them so that only one can win."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from minion.errors import GitError, PushDeclined, PushLost, RefMoved

#: Attempts at a change that failed although nothing else had changed (two that
#: come at the same moment can disturb each other), and answers that may be lost.
_ATTEMPTS = 5
_LOST_ANSWERS = 2


@dataclass(frozen=True)
class Slip:
    """What is kept for an environment: its `text` (None: unreadable), known by its `mark`."""

    mark: str
    text: str | None


class Place(Protocol):
    """Where slips are kept, one for an environment. Every method may raise `GitError`."""

    def slip(self, text: str) -> Slip:
        """A new slip, not yet kept."""

    def read(self, environment: str) -> Slip | None:
        """The slip that is kept for `environment`."""

    def read_all(self) -> Mapping[str, Slip]:
        """Environment -> slip."""

    def set(self, environment: str, expect: str | None, slip: Slip | None) -> None:
        """Keep `slip` (None: none) if the one that is kept has the mark `expect` (None: none is).

        Raises:
            RefMoved: it has not; nothing was changed.
            PushLost: the answer was lost; it may have been carried out.
        """


@dataclass(frozen=True)
class Outcome:
    """Whether a change was made by us, and what is kept now."""

    is_done: bool
    there: Slip | None


def change(place: Place, environment: str, expect: str | None, slip: Slip | None) -> Outcome:
    """Do `Place.set`; whatever the answer, look at what is there and judge by that.

    A lost answer is settled by it, and a host's refusal in words that we do not
    know is a lost race if somebody else's slip is there.

    Raises:
        GitError: the place refuses, or cannot be asked.
        PushLost: it is not known whether the change was made.
    """
    wanted = slip.mark if slip else None
    lost = 0
    for attempt in count(1):
        try:
            place.set(environment, expect, slip)
            return Outcome(True, slip)
        except (RefMoved, PushLost, PushDeclined) as error:
            lost += isinstance(error, PushLost)
            there = _read_back(place, environment, error)
            mark = there.mark if there else None
            # That a slip is gone may be our doing only if an answer was lost.
            if mark == wanted and (slip or lost):
                return Outcome(True, there)
            if mark != expect:
                return Outcome(False, there)
            if attempt == _ATTEMPTS or lost > _LOST_ANSWERS or isinstance(error, PushDeclined):
                raise
        except GitError as error:
            if lost:  # what was sent before may still be carried out
                raise PushLost(f"an answer was lost; then {error}") from None
            raise
        time.sleep(random.uniform(0.05, 0.2) * attempt)
    raise AssertionError("unreachable")


def _read_back(place: Place, environment: str, cause: GitError) -> Slip | None:
    try:
        return place.read(environment)
    except GitError as error:
        if isinstance(cause, PushLost):
            raise PushLost(f"{cause}; then {error}") from None
        raise
