"""What a project requires, and whether an environment has it already."""

from __future__ import annotations

import shlex
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_INCLUDES = ("-r", "--requirement")
_HARMLESS = ("--hash", "--no-binary", "--only-binary", "--prefer-binary", "--pre")


class Unreadable(Exception):
    """Requirements that only pip itself can judge: URLs, editable installs, indexes."""


def read_requirements(path: Path) -> list[Requirement]:
    """What a requirements file asks for, with the files that it includes.

    Raises:
        Unreadable: a line is more than a name with versions, or a file is missing.
    """
    found: list[Requirement] = []
    for line in _logical_lines(path):
        words = _words(line)
        option, _, value = words[0].partition("=")
        if option in _INCLUDES:
            found += read_requirements(path.parent / (value or " ".join(words[1:])))
        elif option in _HARMLESS:
            continue
        elif option.startswith("-"):
            raise Unreadable(line)
        else:
            found.append(_requirement(" ".join(_without_options(words))))
    return found


def read_pyproject(path: Path) -> list[Requirement]:
    """The ``[project] dependencies`` of a pyproject.toml.

    Raises:
        Unreadable: no TOML, or dependencies that are none.
    """
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return [_requirement(each) for each in table.get("project", {}).get("dependencies", [])]
    except (ValueError, TypeError, AttributeError) as exc:
        raise Unreadable(str(exc)) from exc


def unsatisfied(requirements: list[Requirement]) -> list[Requirement]:
    """Those that the running Python's environment lacks, what they require included."""
    missing: list[Requirement] = []
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [each for each in requirements if _applies(each, {""})]
    while waiting:
        wanted = waiting.pop()
        try:
            found = metadata.distribution(wanted.name)
        except metadata.PackageNotFoundError:
            missing.append(wanted)
            continue
        if not wanted.specifier.contains(found.version, prereleases=True):
            missing.append(wanted)
            continue
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key not in seen:
            seen.add(key)
            needs = (Requirement(text) for text in found.requires or [])
            waiting += [each for each in needs if _applies(each, wanted.extras or {""})]
    return missing


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras})


def _requirement(text: str) -> Requirement:
    try:
        found = Requirement(text)
    except InvalidRequirement as exc:
        raise Unreadable(text) from exc
    if found.url:
        raise Unreadable(text)
    return found


def _logical_lines(path: Path) -> list[str]:
    """Lines without comments, those that end in a backslash joined (pip's file format)."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise Unreadable(str(path)) from exc
    joined = text.replace("\\\r\n", " ").replace("\\\n", " ")
    bare = (f" {line}".partition(" #")[0].strip() for line in joined.splitlines())
    return [line for line in bare if line]


def _words(line: str) -> list[str]:
    # A marker's quotes belong to the requirement; only options are cut into words.
    return shlex.split(line) if line.startswith("-") else line.split()


def _without_options(words: list[str]) -> list[str]:
    kept = [word for word in words if not word.startswith(_HARMLESS)]
    if any(word.startswith("--") for word in kept):
        raise Unreadable(" ".join(words))
    return kept
