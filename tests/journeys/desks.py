"""Somebody's desk: a clone of the project, and ``fab`` as typed there."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from desk_kit import FAB, Shop


@dataclass
class Desk:
    """Somebody's clone; `plan` is one that was shown to him: its identifier and commit."""

    name: str
    shop: Shop
    folder: Path
    environ: dict[str, str]
    plan: tuple[str, str] = ("", "")
    said: list[str] = field(default_factory=list)

    def git(self, *words: str) -> str:
        return self.shop.git(*words, cwd=self.folder)

    def start(self, call: str, out) -> subprocess.Popen:
        return subprocess.Popen(
            [str(FAB), call],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def fab(self, call: str) -> tuple[int, str]:
        """Exit status and words of ``fab CALL``."""
        process = self.start(call, subprocess.PIPE)
        said, _ = process.communicate(timeout=400)
        self.said.append(f"{self.name}$ fab {call}\n{said}")
        assert "Traceback" not in said
        return process.returncode, said

    @property
    def head(self) -> str:
        return self.git("rev-parse", "work")

    @property
    def has_open_journal(self) -> bool:
        return (self.folder / ".git" / "minion" / "journals" / "dev.journal").exists()
