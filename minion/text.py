"""Text from outside, made fit for a terminal."""

from __future__ import annotations

import re
from datetime import timedelta

#: Escape sequences, and which of them only set colours (ECMA-48: CSI ... m).
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m\Z")


def plain(text: str) -> str:
    r"""`text` on one line and without control characters: a newline becomes ``\n``.

    Paths, subjects and Heroku's messages may hold anything; an escape sequence
    in a commit's subject must not be able to repaint the report above it.
    """
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def without_controls(line: str) -> str:
    """`line` with its tabs and colours, but without anything that moves the cursor.

    For the output of builds and commands, which is meant to be seen as it is.
    """
    line = _SEQUENCE.sub(lambda m: m.group() if _COLOUR.match(m.group()) else "", line)
    return "".join(c for c in line if c in "\t\x1b" or c.isprintable())


def size(count: float) -> str:
    """A number of bytes for people: ``812 B``, ``3.4 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def age(span: timedelta) -> str:
    """A span of time for people, in its largest unit: ``3 d``, ``5 h``, ``12 min``."""
    minutes = max(int(span.total_seconds() // 60), 0)
    for length, unit in ((24 * 60, "d"), (60, "h")):
        if minutes >= length:
            return f"{minutes // length} {unit}"
    return f"{minutes} min"
