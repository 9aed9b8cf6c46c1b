"""How long a migration will take over other rows than those it was seen to run over. Pure."""

from __future__ import annotations

from dataclasses import dataclass

#: What a migration takes whatever the rows are: to start, to ask for locks, to commit.
FIXED_S = 0.002


@dataclass(frozen=True)
class Seen:
    """A run that was recorded: how long, over how many rows, and where ("uat v423")."""

    seconds: float
    rows: int
    where: str


def seconds_over(seen: Seen, rows: int) -> float:
    """The seconds that the same migration will take over `rows`.

    What scans, rewrites or updates a table takes as long as the table is large; sorting for an
    index adds a logarithm, which between 0.1 and 10 million rows is less than a third.
    `benchmarks/bench_prediction.py` holds it against the truth.
    """
    if seen.rows <= 0 or rows <= 0 or seen.seconds <= FIXED_S:
        return seen.seconds
    return FIXED_S + (seen.seconds - FIXED_S) * rows / seen.rows
