"""What an app's log tells of its requests and its dynos, counted. No I/O.

Only lines that Heroku itself has written count, and of these nothing but numbers, Heroku's
codes and the types of processes is kept: a path or a value in a line may be a secret.
Source: Dev Center, "HTTP Routing", "Heroku Error Codes", "Dyno Manager".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

_AT = re.compile(
    r"(?P<second>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<digits>\d+))?(?P<zone>Z|[+-]\d\d:\d\d)"
)
_LINE = re.compile(r"(?P<at>\S+) heroku\[(?P<dyno>[\w.-]+)\]: (?P<text>.*)", re.S)
#: Of the path, the host and who was forwarded for, others decide what stands in the quotes.
_QUOTED = re.compile(r'"[^"]*"')
_REQUEST = re.compile(r"(?:sock=\w+ )?at=\w+ (?:code=(?P<code>H\d\d) )?")
_STATUS = re.compile(r"(?:^|\s)status=(\d{3})(?=\s|$)")
_SERVICE = re.compile(r"(?:^|\s)service=(\d{1,9})ms(?=\s|$)")
_ERROR = re.compile(r"Error (?P<code>[RL]\d\d)\b")
_CRASHED = re.compile(r"State changed from \S+ to crashed$")
#: The maintenance page, which is no error.
_PAGE = "H80"
#: Dynos that run one command.
_ONE_OFF = ("run", "release", "scheduler")
#: The latest of what an app has logged is compared with.
BEFORE = timedelta(minutes=10)


@dataclass(frozen=True)
class Seen:
    """The numbers of some traffic: times in milliseconds, None where there was no request.

    `codes` are Heroku's with how often, `crashed` the types of processes with how often.
    """

    requests: int = 0
    errors: int = 0
    median_ms: int | None = None
    p95_ms: int | None = None
    codes: tuple[tuple[str, int], ...] = ()
    crashed: tuple[tuple[str, int], ...] = ()

    @property
    def share(self) -> float | None:
        """The part of the requests that was answered with 5xx; None where there was none."""
        return self.errors / self.requests if self.requests else None

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Seen:
        """The value of which `facts` are the fields, as JSON brings them back."""
        pairs = {
            name: tuple((str(key), int(count)) for key, count in facts[name])
            for name in ("codes", "crashed")
        }
        return cls(**{**facts, **pairs})


@dataclass
class Traffic:
    """Counts lines as they come."""

    requests: int = 0
    errors: int = 0
    _service_ms: Counter[int] = field(default_factory=Counter)
    _codes: Counter[str] = field(default_factory=Counter)
    _crashed: Counter[str] = field(default_factory=Counter)

    def take(self, line: str) -> None:
        """Count a line of the log; one that the app itself has written counts for nothing."""
        found = _LINE.match(line)
        if found is None:
            return
        if found["dyno"] == "router":
            self._take_request(found["text"])
            return
        kind = found["dyno"].partition(".")[0]
        if kind in _ONE_OFF:
            return
        error = _ERROR.match(found["text"])
        if error is not None:
            self._codes[error["code"]] += 1
        elif _CRASHED.match(found["text"].rstrip()):
            self._crashed[kind] += 1

    def seen(self) -> Seen:
        """The numbers up to now."""
        return Seen(
            self.requests,
            self.errors,
            self._within_ms(0.5),
            self._within_ms(0.95),
            tuple(sorted(self._codes.items())),
            tuple(sorted(self._crashed.items())),
        )

    def _take_request(self, text: str) -> None:
        text = _QUOTED.sub("", text)
        begun, statuses = _REQUEST.match(text), _STATUS.findall(text)
        if begun is None or not statuses or begun["code"] == _PAGE:
            return
        self.requests += 1
        # What others have said stands before it.
        self.errors += statuses[-1] >= "500"
        if begun["code"]:
            self._codes[begun["code"]] += 1
        for service in _SERVICE.findall(text)[-1:]:
            self._service_ms[int(service)] += 1

    def _within_ms(self, share: float) -> int | None:
        """In how many milliseconds that share of the requests was served."""
        left = share * sum(self._service_ms.values())
        for service_ms, count in sorted(self._service_ms.items()):
            left -= count
            if left <= 0:
                return service_ms
        return None


def seen_lately(lines: Iterable[str]) -> Seen:
    """The numbers of those lines that are at most ten minutes older than the last."""
    timed = [(at, line) for line in lines if (at := time_of(line)) is not None]
    traffic = Traffic()
    for at, line in timed:
        if at >= timed[-1][0] - BEFORE:
            traffic.take(line)
    return traffic.seen()


def time_of(line: str) -> datetime | None:
    """When the line was logged; None where it does not say so."""
    found = _AT.match(line)
    if found is None:
        return None
    zone = "+00:00" if found["zone"] == "Z" else found["zone"]
    try:
        # Python 3.9 reads three or six digits of a second, and no Z.
        return datetime.fromisoformat(f"{found['second']}.{found['digits'] or '':0<6.6}{zone}")
    except ValueError:
        return None
