"""What the operator asked for."""

from __future__ import annotations

from dataclasses import dataclass

from minion.terminal.typed import command


@dataclass(frozen=True)
class ConfigRequest:
    """The config vars of an environment are to be as its env file says.

    With `prune`, what only Heroku has is removed; with `reveal`, values are shown.
    """

    environment: str
    prune: bool = False
    reveal: bool = False

    @property
    def place(self) -> str:
        return self.environment

    @property
    def command(self) -> str:
        return command(
            "config",
            self.environment,
            prune=self.prune or None,
            reveal=self.reveal or None,
        )
