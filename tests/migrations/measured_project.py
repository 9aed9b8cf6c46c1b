"""A project of many small apps, one for each trial case, whose last migrations are new."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from trial_cases import Case

#: What the bookshop asks for, so that its environment serves.
REQUIREMENTS = """\
Django>=4.2
dj-database-url>=2.1
gunicorn>=21
psycopg[binary]>=3.1
whitenoise>=6.5
"""
MANAGE = """\
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
SETTINGS = """\
import dj_database_url
SECRET_KEY = "x"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = {apps!r}
DATABASES = {{"default": dj_database_url.config()}}
"""


class Project:
    """A git repository in `folder`; `old` and `new` are its two commits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
        self.old = self.new = ""

    @property
    def repo(self) -> Path:
        return self.folder / ".git"

    def commit(self, files: Mapping[str, str | None]) -> str:
        """Change the files, None removes one; the commit."""
        for path, text in files.items():
            place = self.folder / path
            if text is None:
                place.unlink()
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        self._git("add", "--all")
        who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
        self._git(*who, "commit", "-qm", "Go on", "--allow-empty")
        return self._git("rev-parse", "HEAD")

    def _git(self, *argv: str) -> str:
        done = subprocess.run(
            ["git", *argv], cwd=self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()


def plain_project(folder: Path, apps: Sequence[str]) -> dict[str, str]:
    """The files of a project that holds `apps`, but for theirs."""
    return {
        "requirements.txt": REQUIREMENTS,
        "manage.py": MANAGE,
        "settings.py": SETTINGS.format(apps=["django.contrib.contenttypes", *apps]),
        "Procfile": "web: python manage.py runserver\n",
        ".python-version": "3.13\n",
    }


def project_of(cases: Sequence[Case], folder: Path) -> tuple[Project, dict[str, Case]]:
    """The project, and by app label the case that it is."""
    labels = {f"c{number:03}": case for number, case in enumerate(cases)}
    project = Project(folder)
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for label, case in labels.items():
        files = {
            re.sub(r"^shop\b", label, path): re.sub(r"shop(?=_|\b)", label, text)
            for path, text in case.files.items()
        }
        *earlier, last = files
        before.update({f"{label}/__init__.py": "", f"{label}/migrations/__init__.py": ""})
        before.update({path: files[path] for path in earlier})
        after[last] = files[last]
    project.old = project.commit({**plain_project(folder, list(labels)), **before})
    project.new = project.commit(after)
    return project, labels


def groups_of(cases: Sequence[Case]) -> list[list[Case]]:
    """The cases in groups, so that within one no two give anything the same name."""
    groups: list[tuple[set[str], list[Case]]] = []
    for case in cases:
        names = set(_given_names("\n".join(case.files.values())))
        for taken, group in groups:
            if not taken & names:
                taken |= names
                group.append(case)
                break
        else:
            groups.append((names, [case]))
    return [group for _, group in groups]


_MADE = (
    r"(?i)\b(?:index|constraint|to|collation|function|type|trigger|policy|view|table|statistics)"
    r"[ (]+(?:concurrently +)?(?:if not exists +)?[\"']?(\w+)"
)


def _given_names(text: str) -> list[str]:
    """Names of tables, indexes, functions and the like that do not begin with the app's label."""
    named = re.findall(r"""(?:name|db_table)["']?\s*[=:]\s*["'](\w+)["']""", text)
    made = [*re.findall(_MADE, text), *re.findall(r"""Collation\(\s*["'](\w+)["']""", text)]
    tables = re.findall(r"""AlterModelTable\(\s*["']\w+["'],\s*["'](\w+)["']""", text)
    return [name for name in (*named, *made, *tables) if not name.startswith("shop_")]
