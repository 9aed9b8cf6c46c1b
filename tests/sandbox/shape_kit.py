"""A project of tests/projects in a clone of its own, and what somebody does with it at a shell."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import requests

sys.path.insert(0, str(Path(__file__).parents[1] / "journeys"))
from desk_kit import FAB, Operator

PROJECTS = Path(__file__).parents[1] / "projects"
MINION = FAB.with_name("minion")
MIGRATION = """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [({app!r}, "0001_initial")]
    operations = [migrations.AddField({model!r}, {column!r}, {field})]
"""


class Project:
    """A clone of the project, with an origin; its first environment is where it is deployed."""

    def __init__(self, name: str, folder: Path) -> None:
        self.operator = Operator(folder)
        self.root = folder / name
        origin = folder / f"{name}.git"
        shutil.copytree(PROJECTS / name, self.root, ignore=shutil.ignore_patterns("__pycache__"))
        self.git("init", "-q", "-b", "main")
        self.git("init", "-q", "--bare", "-b", "main", str(origin))
        self.git("remote", "add", "origin", str(origin))
        self.commit("Begin")

    def begin(self) -> None:
        """What README says to type in a project that has never heard of minion."""
        self.operator.fab("init", cwd=self.root, program=MINION)
        self.started = self.operator.fab("sandbox", cwd=self.root).stderr
        self.state = self.operator.json("sandbox:status,format=json", cwd=self.root)
        self.app, about = next(iter(self.state["apps"].items()))
        self.environment, self.url = about["environment"], about["web_url"].rstrip("/")

    def end(self) -> None:
        self.operator.fab("sandbox:stop", cwd=self.root)

    def git(self, *words: str) -> str:
        return subprocess.run(
            ["git", *words],
            cwd=self.root,
            env=self.operator.environ,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "-qm", message)
        self.git("push", "-q", "origin", "HEAD:main")

    def add_column(
        self,
        model: str = "notes.note",
        column: str = "pinned",
        field: str = "models.BooleanField(null=True)",
    ) -> None:
        """One more commit: `model` has the column after its text."""
        app, _, name = model.partition(".")
        models = self.root / self.git("ls-files", f"*{app}/models.py")
        lines = models.read_text().splitlines(True)
        at = next(n for n, line in enumerate(lines, 1) if line.startswith("    text ="))
        lines.insert(at, f"    {column} = {field}\n")
        models.write_text("".join(lines))
        text = MIGRATION.format(app=app, model=name, column=column, field=field)
        (models.parent / "migrations" / f"0002_{name}_{column}.py").write_text(text)
        self.commit(f"Add {model}.{column}")

    def fab(self, call: str, **more: Any) -> str:
        """``fab sandbox CALL``; what it says."""
        done = self.operator.fab("sandbox", call, cwd=self.root, **more)
        return done.stdout + done.stderr

    def confirmed(self, task: str) -> str:
        """``fab sandbox TASK`` for the environment, with a yes to what it asks."""
        return self.fab(f"{task}:{self.environment},confirm={self.app}")

    def page(self, path: str = "/") -> requests.Response:
        with warnings.catch_warnings():
            # The sandbox's certificate is known to nobody.
            warnings.simplefilter("ignore")
            return requests.get(self.url + path, timeout=60, verify=False)

    def api(self, method: str, path: str, body: object = None) -> Any:
        """As the Heroku CLI asks, of the app."""
        answer = requests.request(
            method,
            f"{self.state['api_url']}/apps/{self.app}/{path}",
            json=body,
            headers={
                "Accept": "application/vnd.heroku+json; version=3",
                "Authorization": f"Bearer {self.state['environ']['HEROKU_API_KEY']}",
            },
            timeout=60,
        )
        answer.raise_for_status()
        return answer.json()
