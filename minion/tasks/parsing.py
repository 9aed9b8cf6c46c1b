"""A task's arguments: strings in, checked values out."""

from __future__ import annotations

from minion.errors import ArgumentError

TRUE = ("yes", "true", "1", "on")
FALSE = ("no", "false", "0", "off")


def parse_bool(name: str, text: str | bool) -> bool:
    """The boolean in `text`; Fabric hands every argument over as a string.

    Raises:
        ArgumentError: it is none of the accepted words.
    """
    word = str(text).strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ArgumentError(f"{name}={text}: say yes or no (true, false, 1 and 0 do as well)")


def parse_choice(name: str, text: str, choices: tuple[str, ...]) -> str:
    """`text`, if it is one of `choices`.

    Raises:
        ArgumentError: it is not.
    """
    word = text.strip().lower()
    if word not in choices:
        raise ArgumentError(f"{name}={text}: choose from {', '.join(choices)}")
    return word


def parse_seconds(name: str, text: str) -> float:
    """The number of seconds in `text`.

    Raises:
        ArgumentError: it is no number, or none that can be waited.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 24 * 60 * 60:
        raise ArgumentError(f"{name}={text}: say how many seconds, 86400 at most")
    return seconds
