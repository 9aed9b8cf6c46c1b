"""What a trial has shown."""

from __future__ import annotations

from dataclasses import dataclass


class NotMigrations(Exception):
    """The files are none that Django could run."""


@dataclass(frozen=True)
class Measured:
    """What PostgreSQL showed. The tuples hold the evidence, one line each; empty means no.

    `old_fails`: legal calls of the old code that fail on the new schema. `new_fails`:
    those of the new code on the old one. `stopped`: the migration itself failed on
    the rows there were. `hazards`: rows that one code could no longer delete, because
    they are referred to from a table or a column that its models do not know.
    `impossible`: plain calls that fail even on the schema that is theirs.
    """

    old_fails: tuple[str, ...]
    new_fails: tuple[str, ...]
    impossible: tuple[str, ...]
    statements: tuple[str, ...]
    locks: tuple[str, ...]
    stopped: str | None
    irreversible: str | None
    hazards: tuple[str, ...]

    @property
    def old_works(self) -> bool:
        return not self.old_fails and self.stopped is None

    @property
    def new_works(self) -> bool:
        return not self.new_fails and self.stopped is None

    @property
    def kind(self) -> str:
        """The class: neutral, expand, contract or breaking; expand* is the order-free one."""
        if self.old_works and self.new_works:
            return "expand*" if self.statements else "neutral"
        if self.old_works:
            return "expand"
        return "contract" if self.new_works else "breaking"
