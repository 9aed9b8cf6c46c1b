"""A small copy of migrations without the project's names, to be shown to strangers. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

#: Calls whose first arguments are names of models or fields, and where new ones are given.
_NAMED = re.compile(
    r"^(Create|Delete|Rename|Alter|Add|Remove)(Model|Field|Index|Constraint|\w*Together|\w+)"
)
_NAMES = ("name", "model_name", "old_name", "new_name", "db_table", "db_column", "related_name")
#: Words that say nothing about anybody.
_COMMON = frozenset(
    (
        *("id", "pk", "self", "app", "apps", "auth", "contenttypes", "django", "models", "fields"),
        *("migrations", "objects", "operations", "dependencies", "name", "to", "null", "default"),
        *("unique", "filter", "all", "save", "get_model", "cursor", "execute", "migration"),
    )
)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SQL = re.compile(r"\s*(select|insert|update|delete|alter|create|drop|do|with|set)\b\s", re.I)
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.S)
#: Texts for people, of which nothing depends.
_TEXTS = frozenset(
    ("verbose_name", "verbose_name_plural", "help_text", "error_messages", "choices")
)


def nameless(texts: Mapping[str, str]) -> str:
    """The migrations, texts by path, as one text: names are n1, n2, ..., the same everywhere.

    Django's own words, SQL and Python stay; other texts and comments are gone. What cannot
    be parsed is left out, and said.
    """
    trees = {}
    parts = []
    for path, text in texts.items():
        try:
            trees[path] = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            parts.append("# one that is no Python\n")
    known = _Names(_names_of(trees))
    for path, tree in trees.items():
        shown = ast.unparse(ast.fix_missing_locations(_Renamed(known).visit(tree)))
        parts.append(f"# {known.path(path)}\n{shown}\n")
    return "\n".join(parts)


def _names_of(trees: Mapping[str, ast.Module]) -> Iterator[str]:
    """Names that the project has given: apps, models, fields, tables, indexes, functions."""
    for path, tree in trees.items():
        yield from (part.removesuffix(".py") for part in path.split("/") if part != "migrations")
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name != "Migration":
                yield node.name
            elif isinstance(node, ast.Call):
                yield from _names_in_call(node)
            elif isinstance(node, ast.Assign) and _is_called(node, "dependencies", "replaces"):
                yield from _texts_in(node.value)


def _names_in_call(node: ast.Call) -> Iterator[str]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if _NAMED.match(called) or called in ("ForeignKey", "OneToOneField", "ManyToManyField"):
        for argument in node.args[:3]:
            yield from _texts_in(argument)
    for keyword in node.keywords:
        if keyword.arg in _NAMES or keyword.arg in ("to", "fields", "through", "unique_together"):
            yield from _texts_in(keyword.value)


def _is_called(node: ast.Assign, *names: str) -> bool:
    return any(isinstance(one, ast.Name) and one.id in names for one in node.targets)


def _texts_in(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield from _WORD.findall(one.value)


class _Names:
    """What each name is called instead, whatever its case."""

    def __init__(self, names: Iterable[str]) -> None:
        wanted = sorted({name.lower() for name in names} - _COMMON, key=lambda name: name)
        self._new = {name: f"n{number}" for number, name in enumerate(wanted, 1)}

    def text(self, text: str) -> str:
        """`text` with every name replaced, also where several are joined as tables are called."""
        return _WORD.sub(lambda found: self.word(found[0]), text)

    def word(self, word: str) -> str:
        lower = word.lower()
        if lower in self._new:
            # A class and what it is one of are two names.
            new = self._new[lower]
            return new.upper() if word[:1].isupper() else new
        parts = lower.split("_")
        for cut in range(len(parts) - 1, 0, -1):
            first, rest = "_".join(parts[:cut]), "_".join(parts[cut:])
            if first in self._new:
                return f"{self._new[first]}_{self.word(rest)}"
        return word

    def are_all(self, text: str) -> bool:
        """Whether the text is made of names that are known, numbers, and Django's own words."""
        return all(
            word.lower() in _COMMON or self.word(word) != word for word in _WORD.findall(text)
        )

    def path(self, path: str) -> str:
        return "/".join(
            part if part == "migrations" else self.word(part.removesuffix(".py"))
            for part in path.split("/")
        )


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: _Names) -> None:
        self._names = names

    def visit_keyword(self, node: ast.keyword) -> ast.keyword | None:
        if node.arg in _TEXTS:
            return None
        if node.arg is not None and node.arg not in _NAMES:
            node.arg = self._names.word(node.arg)
        self.generic_visit(node)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        if isinstance(node.value, bytes):
            return ast.Constant(b"text")
        if not isinstance(node.value, str):
            return node
        if _SQL.match(node.value):
            return ast.Constant(
                self._names.text(_COMMENT.sub("", _LITERAL.sub("'text'", node.value)))
            )
        if self._names.are_all(node.value):
            return ast.Constant(self._names.text(node.value))
        return ast.Constant("text")

    def visit_Attribute(self, node: ast.Attribute) -> ast.Attribute:
        node.attr = self._names.word(node.attr)
        self.generic_visit(node)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._names.word(node.arg)
        return node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._names.word(node.id) if node.id != "Migration" else node.id, node.ctx)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.name = self._names.word(node.name)
        self.generic_visit(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        if node.name != "Migration":
            node.name = self._names.word(node.name)
        self.generic_visit(node)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return ast.Expr(ast.Constant("..."))
        self.generic_visit(node)
        return node
