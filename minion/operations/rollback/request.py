"""What the operator asked for."""

from __future__ import annotations

from dataclasses import dataclass

from minion.terminal.typed import command


@dataclass(frozen=True)
class RollbackRequest:
    """The way back to release `version`; None for the newest with other code.

    With `keeps_migrations` the schema stays as it is, whatever it does to the older code.
    """

    environment: str
    version: int | None = None
    keeps_migrations: bool = False

    @property
    def place(self) -> str:
        return self.environment

    @property
    def command(self) -> str:
        version = () if self.version is None else (f"v{self.version}",)
        return command(
            "rollback",
            self.environment,
            *version,
            migrations="keep" if self.keeps_migrations else None,
        )
