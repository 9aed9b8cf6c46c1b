"""Text from outside, made fit for a terminal."""

from __future__ import annotations

import re

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
