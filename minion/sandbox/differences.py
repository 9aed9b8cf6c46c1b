"""How the sandbox behaves beside Heroku, from the one file that says so."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

STATES = ("same", "differs", "absent")
_FILE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True)
class Behaviour:
    """One behaviour: what Heroku does and what the sandbox does.

    `state` is same, differs or absent. `test` names the test that holds it, in
    ``tests/sandbox``; empty where there is none.
    """

    area: str
    what: str
    heroku: str
    sandbox: str
    state: str
    test: str = ""


def behaviours() -> list[Behaviour]:
    """All that are known, by area."""
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return [Behaviour(**row) for row in table["behaviour"]]


def counts(rows: Sequence[Behaviour]) -> str:
    """How many of them are in which state, in words."""
    found = Counter(row.state for row in rows)
    return (
        f"{len(rows)} behaviours: {found['same']} are the same, {found['differs']} differ, "
        f"{found['absent']} are absent."
    )


def markdown(rows: Sequence[Behaviour]) -> str:
    """A table of those that are not the same."""
    lines = ["| behaviour | Heroku | the sandbox |", "|---|---|---|"]
    for row in rows:
        if row.state != "same":
            lines.append(f"| {row.area}: {row.what} | {row.heroku} | {row.sandbox} |")
    return "\n".join(lines)


def text(rows: Sequence[Behaviour]) -> str:
    """All of them for a terminal."""
    lines = [counts(rows)]
    area = ""
    for row in rows:
        if row.area != area:
            area = row.area
            lines += ["", area]
        lines += [
            f"  {row.state:<8} {row.what}",
            f"           Heroku: {row.heroku}",
            f"           here:   {row.sandbox}",
        ]
    return "\n".join(lines)
