"""How visitors of the bookshop fared: what they were answered, and what became of their writes."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg

OK, PAGE, ERROR, REFUSED, BROKEN = "ok", "page", "error", "refused", "broken"
"""Answered; the maintenance page; another 5xx; the shop said no; no whole answer came."""

MAINTENANCE = "Offline for Maintenance"

#: How many unexplained failures a report tells of.
EXAMPLES = 5


@dataclass(frozen=True)
class Answer:
    """One request and what became of it; times in seconds of `time.monotonic`."""

    what: str
    outcome: str
    began: float
    ended: float
    detail: str = ""


@dataclass(frozen=True)
class Edit:
    """A note that a visitor wanted on a customer, and whether the shop took it."""

    customer: int
    mark: str
    accepted: bool


@dataclass(frozen=True)
class Kept:
    """What the shop's database holds: the orders' addresses, the notes by customer."""

    addresses: frozenset[str]
    notes: Mapping[int, str]


def kept_in(database_url: str) -> Kept:
    """What visitors have left in the database of the shop."""
    with psycopg.connect(database_url) as connection:
        orders = connection.execute(
            "SELECT delivery_address FROM shop_order WHERE delivery_address LIKE 'load-%'"
        ).fetchall()
        notes = connection.execute(
            "SELECT id, notes FROM customers_customer WHERE notes LIKE 'load-%'"
        ).fetchall()
    return Kept(frozenset(address for (address,) in orders), dict(notes))


@dataclass(frozen=True)
class Report:
    """How the visitors fared. Latencies are in seconds, of the requests that were answered.

    `page_s` is how long the maintenance page was seen, over all `pages` times
    that it was: from the first of its answers in a row to the last.
    """

    seconds: float
    outcomes: Mapping[str, int]
    page_s: float
    pages: int
    writes: int
    lost: tuple[str, ...]
    median_s: float
    p99_s: float
    examples: tuple[str, ...] = ()

    @property
    def requests(self) -> int:
        return sum(self.outcomes.values())

    @property
    def failed(self) -> int:
        """Requests that were not served, for whatever reason."""
        return self.requests - self.outcomes.get(OK, 0)

    @property
    def broken(self) -> int:
        """Requests that failed without the page's being up: nobody was told why."""
        return self.failed - self.outcomes.get(PAGE, 0)

    def lines(self) -> list[str]:
        """The report as text."""
        counted = self.outcomes
        return [
            f"{self.requests} requests in {self.seconds:.1f} s, "
            f"{self.median_s * 1000:.0f} ms median, {self.p99_s * 1000:.0f} ms p99",
            f"{counted.get(PAGE, 0)} saw the maintenance page, for {self.page_s:.1f} s",
            f"{counted.get(ERROR, 0)} other 5xx, {counted.get(REFUSED, 0)} refused, "
            f"{counted.get(BROKEN, 0)} connection errors",
            f"{len(self.lost)} of {self.writes} accepted writes lost",
            *self.examples,
        ]


def make_report(
    answers: Sequence[Answer],
    orders: Sequence[str],
    edits: Sequence[Edit],
    kept: Kept,
    *,
    began: float,
    ended: float,
) -> Report:
    """The report on `answers`, given in the order in which they were asked.

    `orders` are the marks of those that were accepted, `edits` all that were tried.
    """
    pages = list(stretches(answers))
    times = sorted(each.ended - each.began for each in answers if each.outcome == OK) or [0.0]
    unexplained = [each for each in answers if each.outcome not in (OK, PAGE)]
    return Report(
        seconds=ended - began,
        outcomes=Counter(each.outcome for each in answers),
        page_s=sum(last - first for first, last in pages),
        pages=len(pages),
        writes=len(orders) + sum(each.accepted for each in edits),
        lost=(*(mark for mark in orders if mark not in kept.addresses), *lost(edits, kept)),
        median_s=statistics.median(times),
        p99_s=times[int(len(times) * 0.99)],
        examples=tuple(
            f"after {each.began - began:.2f} s, {each.what}: {each.outcome} {each.detail}"
            for each in unexplained[:EXAMPLES]
        ),
    )


def stretches(answers: Iterable[Answer]) -> Iterator[tuple[float, float]]:
    """When the page was up: the beginning and end of each row of answers that were the page.

    `answers` are in the order in which they were asked. A row ends only where some
    other answer was asked for and came between two pages: of requests that were under
    way together nobody can say which the router took first.
    """
    first = last = down = None
    for answer in answers:
        if answer.outcome != PAGE:
            if last is not None and answer.began >= last:
                down = min(answer.ended, down or answer.ended)
            continue
        if first is not None and last is not None and down is not None and down <= answer.began:
            yield first, last
            first = last = None
        first = answer.began if first is None else first
        last, down = max(answer.ended, last or answer.ended), None
    if first is not None and last is not None:
        yield first, last


def lost(edits: Iterable[Edit], kept: Kept) -> Iterator[str]:
    """The marks of edits that were accepted and are gone.

    An edit may have been replaced by a later one of the same customer, also by one
    whose answer never came.
    """
    allowed: dict[int, set[str]] = {}
    newest: dict[int, str] = {}
    for edit in edits:
        if edit.accepted:
            allowed[edit.customer], newest[edit.customer] = {edit.mark}, edit.mark
        else:
            allowed.setdefault(edit.customer, set()).add(edit.mark)
    for customer, mark in newest.items():
        if kept.notes.get(customer) not in allowed[customer]:
            yield mark


def judge(status: int, text: str, success: int) -> str:
    """The outcome of an answer with this status and text."""
    if status == success:
        return OK
    if status == 503 and MAINTENANCE in text:
        return PAGE
    return ERROR if status >= 500 else REFUSED
