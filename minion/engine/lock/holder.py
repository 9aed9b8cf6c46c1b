"""Who holds a lock, as it is written down and as it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from minion.engine.lock.record import LockRecord
from minion.text import age, plain

#: Of what is written down. One that is newer than this is shown, not interpreted.
FORMAT = 1
#: Seconds between two signs of life of a holder; after two that are missing it is said.
HEARD_EVERY_S = 300.0


@dataclass(frozen=True)
class Holder:
    """Who holds the lock of an environment, since when, until when at the latest, and why.

    `heard` is the last sign of life, None where the holder gives none. `mark` is what
    this very lock is known by where it is kept. Where what is kept there cannot be
    understood, `problem` says why, the times are None and the texts empty: it is a
    lock all the same.
    """

    environment: str
    mark: str
    who: str = ""
    machine: str = ""
    pid: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    purpose: str = ""
    plan: str | None = None
    token: str = ""
    version: str = ""
    heard: datetime | None = None
    problem: str | None = None

    def describe(self, now: datetime) -> str:
        """Who has held it for how long, why, and until when, in half a sentence.

        The times are what the clock of the holder's machine said, so they are
        told and nothing is concluded from them.
        """
        if self.problem is not None or self.since is None or self.until is None:
            return f"somebody holds it, but what is written there cannot be read: {self.problem}"
        process = f" (process {self.pid})" if self.pid is not None else ""
        plan = f" (plan {self.plan})" if self.plan else ""
        late = now - self.until
        overdue = f"; it is overdue by {_span(late)}" if late > timedelta(0) else ""
        silence = now - (self.heard or now)
        is_silent = silence > timedelta(seconds=2 * HEARD_EVERY_S)
        silent = f"; has not been heard of for {_span(silence)}" if is_silent else ""
        return plain(
            f"{self.who} on {self.machine}{process} has held it for {_span(now - self.since)} "
            f"{self.purpose}{plan}, meant to end by {_clock(self.until, now)}{overdue}{silent}"
        )

    def written(self) -> str:
        """The holder as JSON, for `read`."""
        assert self.since is not None and self.until is not None
        return json.dumps(
            {
                "format": FORMAT,
                "environment": self.environment,
                "who": self.who,
                "machine": self.machine,
                "pid": self.pid,
                "since": self.since.isoformat(),
                "until": self.until.isoformat(),
                "heard": self.heard.isoformat() if self.heard else None,
                "purpose": self.purpose,
                "plan": self.plan,
                "token": self.token,
                "minion": self.version,
            },
            indent=2,
        )


def read(environment: str, record: LockRecord) -> Holder:
    """The holder whom `record` tells of; never fails, see `Holder.problem`."""
    try:
        return _read(environment, record)
    except (ValueError, RecursionError) as error:
        problem = plain(str(error)) or type(error).__name__
        return Holder(environment, record.mark, problem=problem)


def _read(environment: str, record: LockRecord) -> Holder:
    if record.text is None:
        raise ValueError("it was not written by minion")
    try:
        entry = json.loads(record.text)
    except ValueError:
        raise ValueError("it is no JSON") from None
    if not isinstance(entry, dict) or not isinstance(entry.get("format"), int):
        raise ValueError("it was not written by minion")
    if entry["format"] != FORMAT:
        raise ValueError(
            f"format {entry['format']} is not {FORMAT}; it is of minion {entry.get('minion')}"
        )
    holder = Holder(
        environment=_text(entry, "environment"),
        mark=record.mark,
        who=_text(entry, "who"),
        machine=_text(entry, "machine"),
        pid=_optional(entry, "pid", int),
        since=_time(entry, "since"),
        until=_time(entry, "until"),
        heard=None if entry.get("heard") is None else _time(entry, "heard"),
        purpose=_text(entry, "purpose"),
        plan=_optional(entry, "plan", str),
        token=_text(entry, "token"),
        version=_text(entry, "minion"),
    )
    if holder.environment != environment:
        raise ValueError(f"it is about {holder.environment}, not {environment}")
    return holder


def _text(entry: dict[str, Any], key: str) -> str:
    if not isinstance(entry.get(key), str):
        raise ValueError(f"its {key} is missing or no text")
    return str(entry[key])


def _optional(entry: dict[str, Any], key: str, kind: type) -> Any:
    if entry.get(key) is not None and not isinstance(entry[key], kind):
        raise ValueError(f"its {key} is of the wrong type")
    return entry.get(key)


def _time(entry: dict[str, Any], key: str) -> datetime:
    try:
        time = datetime.fromisoformat(_text(entry, key))
    except ValueError:
        raise ValueError(f"its {key} is missing or no time") from None
    if time.tzinfo is None:
        raise ValueError(f"its {key} has no time zone")
    return time


def _span(span: timedelta) -> str:
    return age(span) if span >= timedelta(minutes=1) else "less than a minute"


def _clock(time: datetime, now: datetime) -> str:
    """The time of day, with the date unless that is today, in UTC: the reader may be elsewhere."""
    time, now = time.astimezone(timezone.utc), now.astimezone(timezone.utc)
    return f"{time:%H:%M} UTC" if time.date() == now.date() else f"{time:%Y-%m-%d %H:%M} UTC"
