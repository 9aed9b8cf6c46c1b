"""How far the steps of an operation got."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from minion.engine.journal import DONE, Entries
from minion.steps import Step


@dataclass
class Progress:
    """The steps that were begun, in their order, and those that came to their end."""

    begun: list[Step] = field(default_factory=list)
    done: list[Step] = field(default_factory=list)

    @classmethod
    def read(cls, steps: tuple[Step, ...], entries: Entries) -> Progress:
        """As a journal shows it."""
        numbered = list(enumerate(steps, 1))
        return cls(
            begun=[step for number, step in numbered if entries.state(number) is not None],
            done=[step for number, step in numbered if entries.state(number) == DONE],
        )

    @property
    def proven(self) -> set[str]:
        """Apps whose data were exposed and are proven to be fit to be seen."""
        return {step.app for step in self.done if step.proves_data}

    @property
    def exposed(self) -> set[str]:
        """Apps whose data may be open to view though nobody may see them."""
        return {step.app for step in self.begun if step.exposes_data} - self.proven

    @property
    def has_touched_database(self) -> bool:
        """Whether a database may be half changed."""
        return any(step.touches_database for step in self.begun)

    def left(self, steps: tuple[Step, ...]) -> Iterator[Step]:
        """Those of `steps` that did not come to their end."""
        return (step for step in steps if step not in self.done)
