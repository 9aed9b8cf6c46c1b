"""The Python that a project asks for, by the rules of heroku-buildpack-python (August 2026)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date

from minion.analyser.project.concerns import Concern
from minion.analyser.project.tree import Tree

#: The minor versions of Python 3 that are built.
OLDEST, NEWEST = 10, 14
#: From that day on there are no fixes (devguide.python.org/versions).
ENDS = {
    10: date(2026, 10, 31),
    11: date(2027, 10, 31),
    12: date(2028, 10, 31),
    13: date(2029, 10, 31),
    14: date(2030, 10, 31),
}
FILE = ".python-version"
RUNTIME = "runtime.txt"
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.\d+)?")


def concerns(tree: Tree, today: date) -> Iterator[Concern]:
    """What is of concern in the version that is asked for, or in how it is."""
    is_uv = "uv.lock" in tree.paths
    if RUNTIME in tree.paths:
        yield Concern(
            RUNTIME,
            "does not go with uv: the build fails"
            if is_uv
            else f"is deprecated, and hides {FILE}"
            if FILE in tree.paths
            else "is deprecated",
            f"git rm {RUNTIME}"
            if FILE in tree.paths
            else f'git rm {RUNTIME}, and commit a {FILE} such as "3.{NEWEST - 1}"',
            fails=is_uv,
        )
        if not is_uv:
            yield from _of_lines(tree, RUNTIME, today, prefix="python-")
    elif FILE in tree.paths:
        yield from _of_lines(tree, FILE, today)
    elif is_uv:
        yield Concern(FILE, "is missing, and uv needs it: the build fails", "uv python pin")
    elif "Pipfile.lock" in tree.paths:
        yield from _of_pipenv(tree, today)


def _of_lines(tree: Tree, path: str, today: date, prefix: str = "") -> Iterator[Concern]:
    lines = [line.split("#")[0].strip() for line in (tree.text(path) or "").splitlines()]
    versions = [line for line in lines if line]
    cure = f'commit a {FILE} with one line such as "3.{NEWEST - 1}"'
    if len(versions) != 1:
        problem = "names several versions" if versions else "names no version"
        yield Concern(path, f"{problem}: the build fails", cure)
        return
    where = tree.line_of(path, versions[0])
    version = versions[0][len(prefix) :] if versions[0].startswith(prefix) else ""
    if not _VERSION.fullmatch(version):
        yield Concern(where, "is no version that Heroku reads: the build fails", cure)
        return
    yield from _of_version(version, where, today)


def _of_pipenv(tree: Tree, today: date) -> Iterator[Concern]:
    try:
        requires = json.loads(tree.text("Pipfile.lock") or "")["_meta"]["requires"]
        version = str(requires.get("python_full_version") or requires.get("python_version") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return
    if _VERSION.fullmatch(version):
        where = tree.line_of("Pipfile.lock", '"python_')
        yield from _of_version(version, where, today)


def _of_version(version: str, where: str, today: date) -> Iterator[Concern]:
    match = _VERSION.fullmatch(version)
    assert match
    major, minor = int(match[1]), int(match[2])
    cure = f"use Python 3.{NEWEST - 1}, say: Heroku builds 3.{OLDEST} to 3.{NEWEST}"
    if major < 3 or (major == 3 and minor < OLDEST):
        problem = f"Python {major}.{minor} is past its end of life: the build fails"
        yield Concern(where, problem, cure)
    elif major > 3 or minor > NEWEST:
        yield Concern(where, f"Heroku does not know Python {version}: the build fails", cure)
    elif today > ENDS[minor]:
        problem = f"Python 3.{minor} has been at its end of life since {ENDS[minor]}"
        yield Concern(where, f"{problem}; builds will come to fail", cure, fails=False)
