"""What the lines of a journal say. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: The format of what is written; one that is newer is not guessed at.
FORMAT = 2

BEGUN, DONE = "begun", "done"
#: What only the record of the operation is made of: it changes nothing when it is resumed.
FAILED, RESUMED, RECORD = "failed", "resumed", "record"


@dataclass
class Entries:
    """A journal as read: its header, how far each step got and what it noted.

    Steps are counted from 1. `outcome` is None while the operation is open. `events`
    are all lines but the header, each with its time as ``at``.
    """

    header: Mapping[str, Any]
    states: dict[int, str] = field(default_factory=dict)
    notes: dict[int, dict[str, Any]] = field(default_factory=dict)
    outcome: str | None = None
    events: list[Mapping[str, Any]] = field(default_factory=list)

    def take(self, entry: Mapping[str, Any]) -> None:
        """Add what one line says."""
        self.events.append(entry)
        number = int(entry.get("step", 0))
        what = entry.get("event")
        if what in (BEGUN, DONE):
            self.states[number] = str(what)
        elif what == "note":
            self.notes.setdefault(number, {}).update(entry.get("facts", {}))
        elif what == "closed":
            self.outcome = str(entry.get("outcome", ""))

    def state(self, number: int) -> str | None:
        """BEGUN, DONE, or None for a step that was not reached."""
        return self.states.get(number)


def read_lines(lines: Iterable[bytes]) -> Entries | None:
    """What the lines say; None if there is not even a header.

    The last line may be half a line: whoever wrote it was killed, and what it
    would have said did not happen as far as anybody can rely on it.

    Raises:
        ValueError: a line in the middle is no JSON, or the format is another one.
    """
    whole = [line for line in lines if line.endswith(b"\n")]
    if not whole:
        return None
    header = json.loads(whole[0])
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        found = header.get("format") if isinstance(header, dict) else None
        raise ValueError(f"its format is {found}, this minion reads {FORMAT}")
    entries = Entries(header)
    for line in whole[1:]:
        entries.take(json.loads(line))
    return entries
