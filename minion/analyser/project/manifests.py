"""What a project's manifest is, by the buildpack's rules, and which packages it declares."""

from __future__ import annotations

import json
import posixpath
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from minion.analyser.project.concerns import Concern
from minion.analyser.project.tree import Tree
from minion.buildpack import pipenv, projects
from minion.buildpack.managers import MANAGERS, manifest_of

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:[=<>!~;@,]|$|\s#)")
_INCLUDE = re.compile(r"\s*(?:-r|--requirement)[\s=]*(\S+)")
_EGG = re.compile(r"#egg=([A-Za-z0-9._-]+)")


@dataclass(frozen=True)
class Declared:
    """The `names` (normalised) that `path` declares.

    `is_complete` says that all that is installed is among them, as in a lock file;
    not `is_known` that there may be others of which nothing can be told.
    """

    path: str
    names: frozenset[str]
    is_complete: bool = False
    is_known: bool = True


def concerns(tree: Tree) -> Iterator[Concern]:
    """Why Heroku's build would not take the project's manifest."""
    for wrong in (projects.python_in_the_way(tree), projects.committed_environment(tree)):
        if wrong:
            yield Concern(wrong.where, f"{wrong.problem}: the build fails", wrong.cure)
    found = manifest_of(tree)
    if isinstance(found, str):
        stale = pipenv.out_of_date(tree) if found == pipenv.LOCK else None
        if stale:
            yield Concern(stale.where, f"{stale.problem}: the build fails", stale.cure)
        return
    below = min(
        (path for path in tree.paths if posixpath.basename(path) in MANAGERS and "/" in path),
        key=lambda path: (path.count("/"), path),
        default=None,
    )
    hint = f" ({below} is not at the top)" if below and found.where == "requirements.txt" else ""
    yield Concern(found.where, f"{found.problem}{hint}: the build fails", found.cure)


def normalised(name: str) -> str:
    """A package's name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(tree: Tree) -> Declared | None:
    """What Heroku installs; None where no one manifest says so, or it cannot be read."""
    found = [path for path in MANAGERS if path in tree.paths]
    if len(found) != 1:
        return None
    path = found[0]
    try:
        if path == "requirements.txt":
            return _of_pip(tree, path)
        if path == "Pipfile.lock":
            return _lock(path, json.loads(tree.text(path) or "{}").get("default", {}))
        packages = toml_of(tree.text(path) or "")["package"]
        if path == "uv.lock":
            return _lock(path, _reached(packages))
        return _lock(path, (one["name"] for one in packages if _is_for_main(one)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _lock(path: str, names: Iterable[str]) -> Declared:
    return Declared(path, frozenset(map(normalised, names)), is_complete=True)


def toml_of(text: str) -> dict[str, Any]:
    """`text` as TOML.

    Raises:
        ValueError: it is none.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    found: dict[str, Any] = tomllib.loads(text)
    return found


def _is_for_main(package: dict[str, Any]) -> bool:
    """Older files of Poetry do not say to which groups a package belongs."""
    return "main" in package.get("groups", ["main"])


def _reached(packages: list[dict[str, Any]]) -> set[str]:
    """The packages of uv.lock that the project itself needs, without its groups for developers."""
    by_name = {one["name"]: one for one in packages}
    local = [
        one["name"] for one in packages if {"virtual", "editable"} & set(one.get("source", {}))
    ]
    seen: set[str] = set()
    pending = local or list(by_name)
    while pending:
        name = pending.pop()
        if name in seen or name not in by_name:
            continue
        seen.add(name)
        one = by_name[name]
        needed = [*one.get("dependencies", ())]
        for extra in one.get("optional-dependencies", {}).values():
            needed += extra if name not in local else ()
        pending += [dependency["name"] for dependency in needed]
    return seen


def _of_pip(tree: Tree, path: str) -> Declared:
    names: set[str] = set()
    is_known, is_complete = True, False
    pending, seen = [path], {path}
    while pending:
        here = pending.pop()
        text = tree.text(here)
        if text is None:
            is_known = False
            continue
        # pip-compile, uv and Poetry's export write what else is installed, too.
        is_complete = is_complete or "--hash=sha256:" in text or "# via" in text
        for line in text.splitlines():
            include = _INCLUDE.match(line)
            if include:
                other = posixpath.normpath(posixpath.join(posixpath.dirname(here), include[1]))
                pending += [other] if other not in seen else []
                seen.add(other)
            elif line.strip() and not line.lstrip().startswith(("#", "--", "-c", "-i", "-f")):
                match = _EGG.search(line) or _NAME.match(line)
                is_known = is_known and match is not None
                names |= {normalised(match[1])} if match else set()
    return Declared(path, frozenset(names), is_complete, is_known)
