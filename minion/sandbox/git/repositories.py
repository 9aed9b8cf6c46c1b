"""The bare repositories of the git host, one for each app."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from minion.sandbox.git import hook
from minion.sandbox.git.program import run_git

BUILDING_REFS = ("refs/heads/main", "refs/heads/master")
"""Only these are built and released; others are stored."""

_SETTINGS = {
    "http.receivepack": "true",
    # Housekeeping would go on in the background, out of our sight.
    "receive.autogc": "false",
    "gc.auto": "0",
}


class Repositories:
    """The repositories in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, app: str) -> Path:
        """The bare repository of an app."""
        return self.folder / f"{app}.git"

    def rename(self, app: str, name: str) -> None:
        """Give the app's repository the name that the app has now."""
        self.path(app).rename(self.path(name))

    def remove(self, app: str) -> None:
        """Remove the app's repository."""
        shutil.rmtree(self.path(app), ignore_errors=True)

    async def create(self, app: str) -> None:
        """Make the app's repository; of one that exists, renew the hook and the settings."""
        repo = self.path(app)
        if not (repo / "HEAD").exists():
            repo.parent.mkdir(parents=True, exist_ok=True)
            await run_git("init", "--quiet", "--bare", "--template=", str(repo), cwd=repo.parent)
            await run_git("symbolic-ref", "HEAD", BUILDING_REFS[0], cwd=repo)
        for key, value in _SETTINGS.items():
            await run_git("config", key, value, cwd=repo)
        installed = repo / "hooks" / "pre-receive"
        installed.parent.mkdir(exist_ok=True)
        command = shlex.join([sys.executable, "-I", "-S", str(Path(hook.__file__).resolve())])
        installed.write_text(f"#!/bin/sh\nexec {command}\n", encoding="utf-8")
        installed.chmod(0o755)
