"""What is about to be done to an environment: the steps, and what they were planned upon."""

from __future__ import annotations

from dataclasses import dataclass

from minion.options import Option
from minion.steps import Step


@dataclass(frozen=True)
class Operation:
    """A confirmed piece of work, small enough to be written into a journal.

    `purpose` is the task's name, `plan` the identifier that was confirmed,
    `again` what to type for the same once more. A deployment fills the rest:
    the release and commit that it started from, the commit that it goes to,
    and its options.
    """

    purpose: str
    environment: str
    apps: tuple[str, ...]
    plan: str
    again: str
    steps: tuple[Step, ...]
    from_release: int | None = None
    to_commit: str | None = None
    options: Option = Option.NONE

    @property
    def summary(self) -> str:
        """The operation in words: ``deploy 286ea45 to uat``."""
        what = f"{self.purpose} {self.to_commit[:7]}" if self.to_commit else self.purpose
        return f"{what} to {self.environment}"
