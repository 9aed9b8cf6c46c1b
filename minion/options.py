"""The option bitmask: what a deployment does, and what each bit is called."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntFlag

from minion.errors import ArgumentError


class Option(IntFlag):
    """One action of a deployment; the numbers are those that operators type."""

    NONE = 0
    PUSH = 1
    SYNCDB = 2
    MIGRATE = 4
    FIXTURES = 8
    COLLECTSTATIC = 16


#: In the order in which the report shows them and the deployment runs them.
LABELS = {
    Option.PUSH: "Git push",
    Option.SYNCDB: "Syncdb",
    Option.MIGRATE: "Migrations",
    Option.FIXTURES: "Load fixtures",
    Option.COLLECTSTATIC: "Collect static",
}
ALL = Option.PUSH | Option.SYNCDB | Option.MIGRATE | Option.FIXTURES | Option.COLLECTSTATIC


def each(options: Option) -> Iterator[Option]:
    """The single options in `options`, in the order in which they run."""
    return (option for option in LABELS if option in options)


def names(options: Option) -> str:
    """`options` as an operator would type them: ``push+migrate``, or ``0``."""
    return "+".join(option.name.lower() for option in each(options) if option.name) or "0"


def parse_options(text: str) -> Option:
    """The options meant by ``"5"``, ``"push+migrate"`` or ``"push"``.

    Raises:
        ArgumentError: a number outside the bitmask, or a name that is no option.
    """
    text = text.strip()
    if text.isdecimal():
        number = int(text)
        if number > int(ALL):
            raise ArgumentError(f"options={text}: the largest value is {int(ALL)} (everything)")
        return Option(number)
    result = Option.NONE
    known = {option.name.lower(): option for option in LABELS if option.name}
    for word in text.lower().split("+"):
        if word.strip() not in known:
            raise ArgumentError(
                f"options={text}: {word.strip()!r} is no option; "
                f"choose from {', '.join(known)}, joined with +, or give their sum"
            )
        result |= known[word.strip()]
    return result
