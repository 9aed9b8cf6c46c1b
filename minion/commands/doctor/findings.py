"""What was checked, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: `problem` is None where it is well.

    A `note` is a problem with which it works all the same.
    """

    subject: str
    problem: str | None = None
    is_note: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether it must be mended."""
        return self.problem is not None and not self.is_note

    @property
    def mark(self) -> str:
        """How its line begins."""
        if self.problem is None:
            return "ok   "
        return "NOTE " if self.is_note else "WRONG"
