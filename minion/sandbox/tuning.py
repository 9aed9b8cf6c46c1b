"""How slow the sandbox pretends to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from minion.sandbox.errors import invalid


@dataclass
class Tuning:
    """The settings of ``/_sandbox/settings``; readers look at them when they need them.

    `latency_ms` is added to every API answer, `build_s` to every build and
    `boot_s` to the boot of every dyno. `preboot_s` is the preboot window, which
    lasts about three minutes on Heroku. A backup, restore or copy that succeeds
    takes `transfer_s` or more.
    """

    latency_ms: float = 0
    build_s: float = 0
    boot_s: float = 0
    preboot_s: float = 2
    transfer_s: float = 0

    def update(self, changes: Mapping[str, object]) -> None:
        """Take over `changes`, all or none.

        Raises:
            ApiError: an unknown setting, or a value that is no number from 0 on.
        """
        known = {field.name for field in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise invalid(f"Unknown setting {name!r}; choose from {', '.join(sorted(known))}.")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
                raise invalid(f"{name} must be a number, 0 or more.")
        for name, value in changes.items():
            setattr(self, name, value)

    def values(self) -> dict[str, float]:
        """The settings by name."""
        return asdict(self)
