"""Waiting for something to be found."""

from __future__ import annotations

import time
from typing import Callable, TypeVar

T = TypeVar("T")


def until(look: Callable[[], T | None], grace_s: float, poll_s: float) -> T | None:
    """What `look` finds, asked again for `grace_s` seconds; None if that is nothing."""
    deadline = time.monotonic() + grace_s
    while True:
        found = look()
        if found is not None or time.monotonic() >= deadline:
            return found
        time.sleep(poll_s)
