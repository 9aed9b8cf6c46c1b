"""A project with a real origin, and its Heroku."""

from __future__ import annotations

from pathlib import Path

from gits import Project, git
from scripted_heroku import ScriptedHeroku

#: The settings of a project whose live site is of two apps.
ENVIRONMENTS = """
[environments.dev]
app = "shop-dev"
[environments.uat]
app = "shop-uat"
[environments.live]
apps = ["shop-a", "shop-b"]
tag = "{app}-v{version}"
"""


class Site:
    """The project, which is the current folder, and its Heroku.

    `first` is the commit that every app runs; the settings stand in it.
    """

    def __init__(self, folder: Path, heroku: ScriptedHeroku) -> None:
        self.folder = folder
        self.heroku = heroku
        self.root = folder / "project"
        self.first = git(self.root, "rev-parse", "HEAD")
        for app in heroku.apps.values():
            app.deploy(self.first)

    def commit(self, files: dict[str, str | None], subject: str = "Change.") -> str:
        """A new commit with `files`, which is on origin too."""
        commit = self.commit_here(files, subject)
        git(self.root, "push", "-q", "origin", "HEAD:master")
        return commit

    def commit_here(self, files: dict[str, str | None], subject: str = "Change.") -> str:
        """The same, not pushed to origin."""
        return Project.at(self.root).commit_files(subject, files)

    def tags(self) -> list[str]:
        """Those on origin."""
        return git(self.folder / "origin.git", "tag").split()
