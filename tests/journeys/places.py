"""Where an operation can be hit: its requests that change something, its waits, its refs.

A run that nobody disturbs shows them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

from desk_kit import Shop

KILLED_BEFORE = "killed before"
KILLED_AFTER = "killed after"
INTERRUPTED = "interrupted"
REFUSED = "refused"
DROPPED_BEFORE = "dropped before"
DROPPED_AFTER = "dropped after"
HUNG_BEFORE = "hung before"
HUNG_AFTER = "hung after"
EVERY_FAULT = (
    *(KILLED_BEFORE, KILLED_AFTER, INTERRUPTED, REFUSED),
    *(DROPPED_BEFORE, DROPPED_AFTER, HUNG_BEFORE, HUNG_AFTER),
)
#: What only looks has no "after", and whatever is lost on the way is asked for again, by the
#: same few lines for every look.
READ_FAULTS = (KILLED_BEFORE, INTERRUPTED, REFUSED)
#: What a hook can do to a push; git itself gives up after minutes only.
REF_FAULTS = (KILLED_BEFORE, KILLED_AFTER, INTERRUPTED, REFUSED, DROPPED_BEFORE, DROPPED_AFTER)

WRITES = "POST|PUT|PATCH|DELETE"
#: git reads by POST too, and so do those who want to see a log.
CHANGING = r"^(?!.*(git-upload-pack|log-sessions))"


@dataclass(frozen=True)
class Write:
    """The request that changes something after `number` others; it came in `step`."""

    number: int
    method: str
    path: str
    step: str

    faults = EVERY_FAULT

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.step})"


@dataclass(frozen=True)
class Read:
    """The look at `path` with which a waiting step begins: `skip` later ones than `after`."""

    after: Write
    path: str
    skip: int
    step: str

    faults = READ_FAULTS

    def __str__(self) -> str:
        return f"GET {self.path} ({self.step})"


@dataclass(frozen=True)
class Ref:
    """A push to origin; `pattern` is a shell's, for ``yes:REF``, made, or ``gone:REF``."""

    pattern: str
    step: str

    faults = REF_FAULTS

    def __str__(self) -> str:
        return f"{self.step} ({self.pattern})"


LOCK_TAKEN = Ref("yes:refs/minion/locks/*", "the lock is taken")
LOCK_GIVEN_BACK = Ref("gone:refs/minion/locks/*", "the lock is given back")
TAGGED = Ref("yes:refs/tags/*", "the tag is pushed")


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def places_of(shop: Shop, environment: str, titles: list[str]) -> list[Write | Read]:
    """The places of the operation that has just ended well on `environment`.

    Every step is reached: by what it changes, else by its first look at Heroku;
    only what a step does on this machine alone has no place here.
    """
    journal = shop.project / ".git" / "minion" / "journals" / f"{environment}.last"
    events = [json.loads(line) for line in journal.read_text().splitlines()[1:]]
    begun = [seconds(one["at"]) for one in events if one["event"] == "begun"]
    end = seconds(events[-1]["at"])
    assert len(begun) == len(titles)
    found = [
        (one["start"], one["method"], one["path"])
        for one in shop.api("GET", "/_sandbox/requests")
        if begun[0] <= one["start"] <= end + 0.001
    ]
    places: list[Write | Read] = []
    last, reads, unreached = None, [], []
    for number, (title, start) in enumerate(zip(titles, begun)):
        until = begun[number + 1] if number + 1 < len(begun) else end + 1
        mine = [one for one in found if start <= one[0] < until]
        is_reached = False
        for _, method, path in mine:
            if method in WRITES.split("|") and re.search(CHANGING, path):
                count = sum(isinstance(one, Write) for one in places)
                last, reads, is_reached = Write(count, method, path, title), [], True
                places.append(last)
            elif method == "GET":
                if not is_reached and last is not None:
                    places.append(Read(last, loose(path), reads.count(loose(path)), title))
                    is_reached = True
                reads.append(loose(path))
        if not is_reached:
            unreached.append(title)
    # A tag goes to origin, and what comes before the first change is as if nothing had begun.
    missed = [one for one in unreached if ": tag " not in one and one not in titles[:1]]
    assert not missed, f"{missed} changes and looks at nothing, of {begun} to {end}: {found}"
    return places


def loose(path: str) -> str:
    """`path` as a pattern that fits the same look in another run: versions and ids vary."""
    return "^" + re.sub(r"/[0-9a-f-]{36}|/\d+", "/[0-9a-f-]+", path) + "$"
