"""The settings that a project has on Heroku: which files they are, read without running them."""

from __future__ import annotations

import ast
import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from minion.analyser.procfile import parse
from minion.analyser.project.tree import Tree

MODULE = "DJANGO_SETTINGS_MODULE"
_DEFAULT = re.compile(rf"[\"']{MODULE}[\"']\s*,\s*[\"']([\w.]+)[\"']")
_ASSIGNED = re.compile(rf"\b{MODULE}=[\"']?([\w.]+)")
_APPLICATION = re.compile(r"\b([A-Za-z_][\w.]*\.(?:wsgi|asgi))\b")
#: Of these only a list is made whose every element is sure to be in it.
_PLAIN = (
    *(ast.List, ast.Tuple, ast.Constant, ast.BinOp, ast.Name),
    *(ast.operator, ast.expr_context),
)


@dataclass(frozen=True)
class SettingsFiles:
    """The files of one settings module, its own first, then what it takes in by ``import *``."""

    name: str
    trees: Mapping[str, ast.Module]

    @property
    def imports(self) -> Iterator[tuple[str, int, str]]:
        """(path, line, module) of each absolute import that is surely carried out."""
        for path, tree in self.trees.items():
            for node in tree.body:
                if isinstance(node, ast.Import):
                    for alias in node.names:
                        yield path, node.lineno, alias.name
                elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                    yield path, node.lineno, node.module

    @property
    def installed(self) -> Iterator[tuple[str, int, str]]:
        """(path, line, text) of each plain text in a list of apps or middleware, surely set."""
        for path, tree in self.trees.items():
            for node in tree.body:
                for value in _lists(node):
                    for each in ast.walk(value):
                        if isinstance(each, ast.Constant) and isinstance(each.value, str):
                            yield path, each.lineno, each.value

    def names(self, word: str) -> bool:
        """Whether `word` is a name or text anywhere in them."""
        return any(
            (isinstance(node, ast.Name) and node.id == word)
            or (isinstance(node, ast.Attribute) and node.attr == word)
            or (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and word in node.value
            )
            for tree in self.trees.values()
            for node in ast.walk(tree)
        )


def _lists(node: ast.stmt) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        names, value = [ast.unparse(one) for one in node.targets], node.value
    elif isinstance(node, (ast.AugAssign, ast.AnnAssign)) and node.value is not None:
        names, value = [ast.unparse(node.target)], node.value
    else:
        return
    if any(name.endswith(("_APPS", "MIDDLEWARE", "MIDDLEWARE_CLASSES")) for name in names):
        is_plain = all(isinstance(each, _PLAIN) for each in ast.walk(value))
        if is_plain:
            yield value


def settings_module(tree: Tree, config_vars: Mapping[str, str]) -> str | None:
    """The name of the settings on Heroku; None where nothing tells it.

    A config var decides, by what the app has or what app.json gives it; then what the web
    command says, or the module that it serves; then manage.py, which the build runs.
    """
    if config_vars.get(MODULE):
        return config_vars[MODULE]
    given = environment_of(tree).get(MODULE)
    if given:
        return given
    command = parse(tree.text("Procfile") or "").get("web", "")
    assigned = _ASSIGNED.search(command)
    if assigned:
        return assigned[1]
    served = [tree.module(match[1]) for match in _APPLICATION.finditer(command)]
    for path in (*served, tree.manage):
        match = _DEFAULT.search(tree.text(path) or "") if path else None
        if match:
            return match[1]
    return None


def environment_of(tree: Tree) -> dict[str, str]:
    """The config vars whose values app.json gives."""
    try:
        env = json.loads(tree.text("app.json") or "{}").get("env", {})
        pairs = [(k, v.get("value") if isinstance(v, dict) else v) for k, v in env.items()]
    except (ValueError, AttributeError, RecursionError):
        return {}
    return {name: str(value) for name, value in pairs if value is not None}


def settings_files(tree: Tree, config_vars: Mapping[str, str]) -> SettingsFiles | None:
    """Its settings' files; None where they are not found, or one of them cannot be read."""
    name = settings_module(tree, config_vars)
    first = tree.module(name) if name else None
    if name is None or first is None:
        return None
    trees: dict[str, ast.Module] = {}
    pending = [first]
    while pending:
        path = pending.pop(0)
        if path in trees:
            continue
        try:
            trees[path] = ast.parse(tree.text(path) or "")
        except (SyntaxError, ValueError, RecursionError):
            return None
        pending += _taken_in(tree, path, trees[path])
    return SettingsFiles(name, trees)


def _taken_in(tree: Tree, path: str, module: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(module):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level:
            folder = posixpath.dirname(path)
            for _ in range(node.level - 1):
                folder = posixpath.dirname(folder)
            base = posixpath.join(folder, (node.module or "").replace(".", "/"))
            base = posixpath.normpath(base)
            found += [one for one in (f"{base}.py", f"{base}/__init__.py") if one in tree.paths]
        elif any(alias.name == "*" for alias in node.names):
            found += [one for one in [tree.module(node.module or "")] if one]
    return found
