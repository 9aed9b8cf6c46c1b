"""What can go wrong with the developer's own database."""

from __future__ import annotations

from minion.errors import MinionError


class LocalError(MinionError):
    """The local PostgreSQL, its programs or a downloaded dump are not as needed."""
