"""What the operator asked for, parsed and checked at the door."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from minion.errors import ArgumentError
from minion.options import Option

TRUE = ("yes", "true", "1", "on")
FALSE = ("no", "false", "0", "off")


@dataclass(frozen=True)
class DeployRequest:
    """A deployment as it was asked for; None means "not said, decide"."""

    environment: str
    branch: str | None = None
    options: Option | None = None
    force: bool = False
    preboot: bool | None = None
    pipeline: bool | None = None
    maintenance: bool | None = None

    @property
    def again(self) -> str:
        """What to type for the same once more, without the options, which may change."""
        said = {
            "branch": self.branch,
            "force": self.force or None,
            "preboot": self.preboot,
            "pipeline": self.pipeline,
            "maintenance": self.maintenance,
        }
        words = [f"deploy:{self.environment}"]
        for name, value in said.items():
            if value is not None:
                text = value if isinstance(value, str) else "yes" if value else "no"
                # Fabric takes a comma for the end of an argument otherwise.
                words.append(f"{name}={text}".replace(",", "\\,"))
        return f"fab {shlex.quote(','.join(words))}"


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
