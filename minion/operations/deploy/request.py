"""What the operator asked for, parsed and checked at the door."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from minion.options import Option


@dataclass(frozen=True)
class DeployRequest:
    """A deployment as it was asked for; None means "not said, decide"."""

    environment: str
    branch: str | None = None
    options: Option | None = None
    force: bool = False
    preboot: bool | None = None
    pipeline: bool | None = None
    maintenance: bool | None = None

    @property
    def again(self) -> str:
        """What to type for the same once more, without the options, which may change."""
        said = {
            "branch": self.branch,
            "force": self.force or None,
            "preboot": self.preboot,
            "pipeline": self.pipeline,
            "maintenance": self.maintenance,
        }
        words = [f"deploy:{self.environment}"]
        for name, value in said.items():
            if value is not None:
                text = value if isinstance(value, str) else "yes" if value else "no"
                # Fabric takes a comma for the end of an argument otherwise.
                words.append(f"{name}={text}".replace(",", "\\,"))
        return f"fab {shlex.quote(','.join(words))}"
