"""Records that say who holds a lock, and changing them so that only one can win."""

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
class LockRecord:
    """What is kept for an environment: its `text` (None: unreadable), known by its `mark`."""

    mark: str
    text: str | None


class Place(Protocol):
    """Where records are kept, one for an environment. Every method may raise `GitError`."""

    def record(self, text: str) -> LockRecord:
        """A new record, not yet kept."""

    def read(self, environment: str) -> LockRecord | None:
        """The record that is kept for `environment`."""

    def read_all(self) -> Mapping[str, LockRecord]:
        """Environment -> record."""

    def set(self, environment: str, expect: str | None, record: LockRecord | None) -> None:
        """Keep `record` (None: none) if the one that is kept has the mark `expect` (None: none is).

        Raises:
            RefMoved: it has not; nothing was changed.
            PushLost: the answer was lost; it may have been carried out.
        """


@dataclass(frozen=True)
class Written:
    """Whether a change was made by us, and what is kept now."""

    is_done: bool
    there: LockRecord | None


def write(place: Place, environment: str, expect: str | None, record: LockRecord | None) -> Written:
    """Do `Place.set`; whatever the answer, look at what is there and judge by that.

    A lost answer is settled by it, and a host's refusal in words that we do not
    know is a lost race if somebody else's record is there.

    Raises:
        GitError: the place refuses, or cannot be asked.
        PushLost: it is not known whether the change was made.
    """
    wanted = record.mark if record else None
    lost = 0
    for attempt in count(1):
        try:
            place.set(environment, expect, record)
            return Written(True, record)
        except (RefMoved, PushLost, PushDeclined) as error:
            lost += isinstance(error, PushLost)
            there = _read_back(place, environment, error)
            mark = there.mark if there else None
            # That a record is gone may be our doing only if an answer was lost.
            if mark == wanted and (record or lost):
                return Written(True, there)
            if mark != expect:
                return Written(False, there)
            if attempt == _ATTEMPTS or lost > _LOST_ANSWERS or isinstance(error, PushDeclined):
                raise
        except GitError as error:
            if lost:  # what was sent before may still be carried out
                raise PushLost(f"an answer was lost; then {error}") from None
            raise
        time.sleep(random.uniform(0.05, 0.2) * attempt)
    raise AssertionError("unreachable")


def _read_back(place: Place, environment: str, cause: GitError) -> LockRecord | None:
    try:
        return place.read(environment)
    except GitError as error:
        if isinstance(cause, PushLost):
            raise PushLost(f"{cause}; then {error}") from None
        raise
