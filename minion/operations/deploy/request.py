"""What the operator asked for."""

from __future__ import annotations

from dataclasses import dataclass

from minion.options import Option, names
from minion.terminal.typed import command


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
    #: Which migrations are carried out on a scratch database first: "no", "unknown" or "all".
    measure: str | None = None
    #: For how many seconds the release is watched; 0 for not at all.
    watch_s: float | None = None

    @property
    def place(self) -> str:
        return self.environment

    @property
    def command(self) -> str:
        return command(
            "deploy",
            self.environment,
            branch=self.branch,
            options=None if self.options is None else names(self.options) or "0",
            force=self.force or None,
            preboot=self.preboot,
            pipeline=self.pipeline,
            maintenance=self.maintenance,
            measure=self.measure,
            watch=self._watch,
        )

    @property
    def _watch(self) -> str | None:
        if self.watch_s is None:
            return None
        ms = round(self.watch_s * 1000)
        return f"{ms}ms" if ms % 1000 else f"{ms // 1000}s"
