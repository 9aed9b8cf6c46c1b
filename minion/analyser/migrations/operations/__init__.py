"""The rules, one family a module: from an operation and its scene to an Effect."""

from __future__ import annotations

from minion.analyser.migrations.operations.rules import judge

__all__ = ["judge"]
