"""One app, of which a test makes commits that are built."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from runtime_kit import Output, commit, make_builder, make_repo

from minion.sandbox.builds.builder import BuiltSlug
from minion.sandbox.builds.commands import BuildFailed


class Desk:
    """One app, built again and again."""

    def __init__(self, folder: Path) -> None:
        self.repo = folder / "repo"
        self.builder = make_builder(folder / "state")
        self.output = ""

    def build(self, files: Mapping[str, str | None] = {}, **config_vars: str) -> BuiltSlug:
        """Build a commit that changes `files`; None removes one."""
        if not self.repo.exists():
            make_repo(self.repo, {})
        for name, text in files.items():
            if text is None:
                (self.repo / name).unlink()
        commit(self.repo, {name: text for name, text in files.items() if text is not None}, "Go on")
        output = Output()
        try:
            return asyncio.run(
                self.builder.build(self.repo / ".git", "HEAD", {}, config_vars, output)
            )
        finally:
            self.output = output.text

    def refused(self, files: Mapping[str, str | None], **config_vars: str) -> str:
        """What ends the line "Push rejected, "."""
        with pytest.raises(BuildFailed) as caught:
            self.build(files, **config_vars)
        return str(caught.value)

    def run(self, slug: BuiltSlug, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A command as a dyno of the slug runs it, bare of what dynos are given besides."""
        folder = self.builder.folder(slug.id)
        return subprocess.run(
            ["bash", "-c", " ".join(words)],
            cwd=folder,
            env={**self.builder.environment(slug.id), "HOME": str(folder), **more},
            capture_output=True,
            text=True,
        )
