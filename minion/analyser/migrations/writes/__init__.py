"""What the Python of a RunPython writes, where that is the ORM on models alone."""

from __future__ import annotations

from minion.analyser.migrations.writes.calls import Write
from minion.analyser.migrations.writes.functions import Functions

__all__ = ["Functions", "Write"]
