"""What is under way: the step that is being taken, and what it waits for."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Callable

from minion.text import duration


@dataclass
class StepShown:
    """A step from its announcement to its end; as a context it tells `on_end` whether it was done.

    `is_announced` says whether it has a line of its own already.
    """

    number: int
    count: int
    title: str
    on_end: Callable[[bool], None]
    is_announced: bool = False
    begun: float = field(default_factory=time.monotonic)

    @property
    def label(self) -> str:
        return f"[{self.number}/{self.count}]"

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self.begun

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.on_end(kind is None)


@dataclass(frozen=True)
class Wait:
    """A wait for `text` that ends at `until` on the monotonic clock; None: nobody knows."""

    text: str
    until: float | None

    @property
    def left(self) -> str:
        """``: 2 min 12 s left``."""
        if self.until is None:
            return " ..."
        return f": {duration(self.until - time.monotonic())} left"
