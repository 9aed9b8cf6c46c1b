"""The lock of an environment: a ref on origin that keeps two operators apart."""

from __future__ import annotations

from minion.engine.lock.held import Lock, Locked, LockLost, kept_alive
from minion.engine.lock.holder import Holder
from minion.engine.lock.locks import Locks

__all__ = ["Holder", "Lock", "LockLost", "Locked", "Locks", "kept_alive"]
