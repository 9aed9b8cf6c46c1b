"""What the long tests say of how much they have tried, for the end of the run."""

from __future__ import annotations

#: A line each of the test that is running; taken from here when it ends.
LINES: list[str] = []
