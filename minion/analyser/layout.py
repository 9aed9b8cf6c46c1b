"""The layout of a commit: read from its settings files and its lists of packages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from minion.analyser.changes.layout import Layout
from minion.analyser.changes.paths import is_for_tests, is_package_list, suffix
from minion.analyser.migrations.text.settings import NAME, migration_modules, user_models

if TYPE_CHECKING:
    from minion.git import Repository

_INCLUDE = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)[\s=]*(?P<path>[^\s#]+)")
_WITH_INCLUDES = (".txt", ".in")


def read_layout(repository: Repository, commit: str) -> Layout:
    """Where `commit` keeps its migrations and its lists of packages.

    Raises:
        GitError: the commit cannot be read.
    """
    files = repository.paths(commit)
    contents = repository.read_all(commit, _is_telling)
    moved, notes = _migration_folders(contents, files)

    def read(path: str) -> bytes | None:
        if path in contents or path not in files:
            return contents.get(path)
        return repository.read(commit, path)

    lists = frozenset(_included([path for path in files if is_package_list(path)], read))
    return Layout(moved, lists, _user_model(contents), tuple(notes))


def _is_telling(path: str) -> bool:
    """Whether a file may hold settings, or lists packages and may include other lists."""
    if suffix(path) == ".py":
        named = any("setting" in part or "conf" in part for part in path.lower().split("/"))
        return named and not _is_of_tests(path)
    return is_package_list(path) and suffix(path) in _WITH_INCLUDES


def _is_of_tests(path: str) -> bool:
    return is_for_tests(path) or "test" in path.rpartition("/")[2]


def _migration_folders(
    contents: Mapping[str, bytes], files: Sequence[str]
) -> tuple[dict[str, str], list[str]]:
    """Each folder that MIGRATION_MODULES names with its app's label, and what was not read."""
    packages = {path.rpartition("/")[0] for path in files if suffix(path) == ".py"}
    found: dict[str, str] = {}
    notes = []
    for path, content in contents.items():
        modules = migration_modules(content) if suffix(path) == ".py" else {}
        if modules is None:
            notes.append(f"{path}: {NAME} is no plain dict, so the migrations there are not seen")
        for label, module in (modules or {}).items():
            end = module.replace(".", "/")
            found.update((folder, label) for folder in packages if f"/{folder}".endswith(f"/{end}"))
    return found, notes


def _user_model(contents: Mapping[str, bytes]) -> str | None:
    """What AUTH_USER_MODEL names, if all files that set it agree; Django's if none does."""
    texts = (content for path, content in contents.items() if suffix(path) == ".py")
    found = {name for text in texts for name in user_models(text)}
    if not found:
        return "auth.User"
    return found.pop() if len(found) == 1 else None


def _included(lists: Iterable[str], read: Callable[[str], bytes | None]) -> Iterator[str]:
    """What lists of packages include, and what that includes in turn (pip: -r and -c)."""
    pending = [path for path in lists if suffix(path) in _WITH_INCLUDES]
    seen = set(pending)
    while pending:
        path = pending.pop()
        for line in (read(path) or b"").decode("utf-8", "replace").splitlines():
            match = _INCLUDE.match(line)
            if match is None or "://" in match["path"]:
                continue
            other = posixpath.normpath(posixpath.join(posixpath.dirname(path), match["path"]))
            if other not in seen:
                seen.add(other)
                pending.append(other)
                yield other
