"""What a transfer at work tells of itself, and how fast it may go."""

from __future__ import annotations

import time

from minion.sandbox.state.records import Transfer, now
from minion.sandbox.tuning import Tuning

#: The newest lines are kept.
MOST_LINES = 300


class TransferFailed(Exception):
    """The transfer did not succeed; the text is the last line of its log."""


class Progress:
    """Keeps a transfer's log and counts its bytes.

    With the sandbox's `transfer_s`, the bytes pass evenly over that time.
    """

    def __init__(self, transfer: Transfer, tuning: Tuning) -> None:
        self._transfer = transfer
        self._tuning = tuning
        self._began = time.monotonic()

    def say(self, message: str) -> None:
        """Add a line to the log."""
        note(self._transfer, message)

    def expect(self, size_bytes: int) -> None:
        """Say how large the source is."""
        self._transfer.source_bytes = size_bytes

    def passed(self, size_bytes: int) -> None:
        """Say how much has been moved until now, in all; less than before is not heard."""
        self._transfer.processed_bytes = max(self._transfer.processed_bytes, size_bytes)

    def allowed(self, size_bytes: int) -> int:
        """How much of `size_bytes` may have been moved by now."""
        whole_s = self._tuning.transfer_s
        elapsed_s = time.monotonic() - self._began
        return size_bytes if elapsed_s >= whole_s else int(size_bytes * elapsed_s / whole_s)


def note(transfer: Transfer, message: str) -> None:
    """Add a line to a transfer's log."""
    transfer.logs.append({"created_at": now(), "message": message})
    del transfer.logs[:-MOST_LINES]
