"""A project's migrations carried out between two of its commits, on a scratch database."""

from __future__ import annotations

import hashlib
from pathlib import Path

from minion.sandbox.measuring.codes import Order
from minion.sandbox.measuring.measuring import measure
from minion.sandbox.measuring.process import NotMeasured
from minion.sandbox.measuring.splitting import split

__all__ = ["NotMeasured", "Order", "measure", "method", "split"]


def method() -> str:
    """A mark of how it is measured: another one for each version of this code."""
    mark = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        mark.update(path.read_bytes())
    return mark.hexdigest()
