"""What the operator asked for."""

from __future__ import annotations

from dataclasses import dataclass

from minion.terminal.typed import command


@dataclass(frozen=True)
class MaintenanceRequest:
    """The maintenance page of an environment, up or down."""

    environment: str
    up: bool

    @property
    def place(self) -> str:
        return self.environment

    @property
    def command(self) -> str:
        return command("maintenance", self.environment, "on" if self.up else "off")
