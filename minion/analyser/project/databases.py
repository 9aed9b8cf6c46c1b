"""Databases besides the default one that have tables of the project's own.

Django migrates one database at a time, the default one unless ``--database`` names another
(Django: Multiple databases). A second name for the same rows, as a follower has, is not
migrated; nor is one for which no router says which tables lie there.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping

from minion.analyser.project.settings import SettingsFiles, settings_files
from minion.analyser.project.tree import Tree

_SETTING = "DATABASES"
_ROUTERS = "DATABASE_ROUTERS"
_COPY = re.compile(r"replica|follower|read|slave|secondary|mirror", re.I)


def databases_besides(tree: Tree, config_vars: Mapping[str, str]) -> dict[str, str]:
    """Each such database's name and where the settings say it, as ``path:line``."""
    files = settings_files(tree, config_vars)
    if files is None or not _has_router(tree, files):
        return {}
    found: dict[str, str] = {}
    for path, module in files.trees.items():
        for name, value, line in _named(module):
            if name != "default" and not _COPY.search(name) and not _is_mirror(value):
                found.setdefault(name, f"{path}:{line}")
    return found


def is_migrated(name: str, *commands: str) -> bool:
    """Whether one of `commands` speaks of migrating the database `name`."""
    option = re.compile(rf"--database[= ][\"']?{re.escape(name)}(?![\w-])")
    return any(option.search(command) for command in commands)


def migrating_all(migrate: str, names: Iterable[str]) -> str:
    """`migrate` with a command for each of `names` before it.

    The default database stays the last one: it is the one that is asked what has run.
    """
    last = migrate.rpartition("&&")[2].strip()
    return " && ".join([*(f"{last} --database={shlex.quote(name)}" for name in names), migrate])


def _has_router(tree: Tree, files: SettingsFiles) -> bool:
    """Whether one of the project's own routers decides about migrations."""
    for module in files.trees.values():
        for node in ast.walk(module):
            if isinstance(node, ast.Assign) and _is_named(node.targets[0], _ROUTERS):
                for each in ast.walk(node.value):
                    if isinstance(each, ast.Constant) and isinstance(each.value, str):
                        path = tree.module(each.value.rpartition(".")[0])
                        if path and "def allow_migrate" in (tree.text(path) or ""):
                            return True
    return False


def _named(module: ast.Module) -> Iterator[tuple[str, ast.expr, int]]:
    """(name, value, line) of each database: in the dictionary, or added to it."""
    for node in ast.walk(module):
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if _is_named(target, _SETTING) and isinstance(node.value, ast.Dict):
            for key, value in zip(node.value.keys, node.value.values):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value, key.lineno
        elif isinstance(target, ast.Subscript) and _is_named(target.value, _SETTING):
            key = target.slice
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, node.value, node.lineno


def _is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_mirror(value: ast.expr) -> bool:
    """Whether tests take it for another name of a database (Django: TEST, "MIRROR")."""
    return any(
        isinstance(each, ast.Constant) and each.value == "MIRROR" for each in ast.walk(value)
    )
