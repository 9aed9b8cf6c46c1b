"""The Python that a project asks for (lib/python_version.sh)."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from datetime import date

from minion.buildpack.source import Refusal, Source, line_of

#: The minor versions of Python 3 that are built, and the one for who asks for none.
OLDEST, NEWEST = 10, 14
DEFAULT = f"3.{NEWEST}"
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
CURE = f'commit a {FILE} with one line such as "3.{NEWEST - 1}"'
#: How the file's name is misspelt, which fails a build that would else not see it.
MISSPELT = (
    *(" .python-version", ". python-version", ".python_version.txt", ".python_version"),
    *(".python-version ", ",python-version", ".python-version.", ".python-version.py"),
    *(".python-version.rtf", ".python-version.txt", ".python-version.TXT", ".Python-version"),
    *(".python.version", ".pythonversion", "'.python-version'", "python_version.txt"),
    *("python_version", "python-version.", "python-version.txt", "python-version"),
)
_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))?")


@dataclass(frozen=True)
class Asked:
    """A `version` of the form 3.13 or 3.13.1, and the file (with its line) that asks for it."""

    version: str
    where: str

    @property
    def minor(self) -> int:
        """13 of 3.13.1."""
        return int(self.version.split(".")[1])


def asked(source: Source, manifest: str) -> Asked | Refusal | None:
    """The Python that the project asks for; None where nothing does; else why the build fails."""
    found = _read(source, manifest)
    if isinstance(found, Asked):
        found = _unbuildable(found) or found
    if isinstance(found, Refusal) or manifest != "uv.lock":
        return found
    if source.text(RUNTIME) is not None:
        return Refusal(RUNTIME, "does not go with uv", f"git rm {RUNTIME}, and uv python pin")
    if found is None:
        return Refusal(FILE, "is missing, and uv needs it", "uv python pin")
    return found


def _read(source: Source, manifest: str) -> Asked | Refusal | None:
    if source.text(RUNTIME) is not None:
        return _of_lines(source, RUNTIME, prefix="python-")
    for name in MISSPELT:
        if source.text(name) is not None:
            return Refusal(name, f"is {FILE} misspelt", f"git mv {shlex.quote(name)} {FILE}")
    if source.text(FILE) is not None:
        return _of_lines(source, FILE)
    return _of_pipenv(source) if manifest == "Pipfile.lock" else None


def _of_lines(source: Source, path: str, prefix: str = "") -> Asked | Refusal:
    lines = [line.strip() for line in (source.text(path) or "").splitlines()]
    versions = [line for line in lines if line and not line.startswith("#")]
    for line in versions:
        bare = line[len(prefix) :] if line.startswith(prefix) else ""
        if not _VERSION.fullmatch(bare):
            where = line_of(source, path, line)
            return Refusal(where, f"{line!r} is no version that Heroku reads", CURE)
    if len(versions) != 1:
        return Refusal(path, f"names {'several versions' if versions else 'no version'}", CURE)
    return Asked(versions[0][len(prefix) :], line_of(source, path, versions[0]))


def _of_pipenv(source: Source) -> Asked | Refusal | None:
    path = "Pipfile.lock"
    try:
        requires = json.loads(source.text(path) or "").get("_meta", {}).get("requires", {})
        found = requires.get("python_full_version") or requires.get("python_version")
    except ValueError as exc:
        line = getattr(exc, "lineno", 1)
        return Refusal(f"{path}:{line}", "is no JSON", "pipenv lock")
    except (AttributeError, RecursionError):
        return Refusal(path, "is no lock file of Pipenv", "pipenv lock")
    if found is None:
        return None
    where = line_of(source, path, '"python_')
    if not _VERSION.fullmatch(str(found)):
        problem = f"{found!r} is no version that Heroku reads"
        return Refusal(where, problem, "correct python_version in Pipfile, then pipenv lock")
    return Asked(str(found), where)


def _unbuildable(wanted: Asked) -> Refusal | None:
    major, minor = (int(part) for part in wanted.version.split(".")[:2])
    cure = f"use Python 3.{NEWEST - 1}, say: Heroku builds 3.{OLDEST} to 3.{NEWEST}"
    if major < 3 or (major == 3 and minor < OLDEST):
        return Refusal(wanted.where, f"Python {major}.{minor} is past its end of life", cure)
    if major > 3 or minor > NEWEST:
        return Refusal(wanted.where, f"Heroku does not know Python {wanted.version}", cure)
    return None


def ended(wanted: Asked, today: date) -> date | None:
    """The day since which that Python gets no fixes, where that has come."""
    end = ENDS[wanted.minor]
    return end if today > end else None
