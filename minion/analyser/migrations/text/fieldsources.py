"""Field classes of the project's own: which one of a known class each stands for, by its source."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from minion.analyser.migrations.text.names import ModuleNames
from minion.analyser.migrations.text.parsing import Unreadable, parse
from minion.analyser.migrations.text.values import Call, Expression, Ref, evaluate, is_literal

#: Gives the text of a module of the project by its dotted name, None where there is none.
Modules = Callable[[str], "bytes | None"]

_KNOWN = (
    *("django.db.models.", "django.contrib.postgres.fields.", "django.contrib.gis.db.models."),
    *("wagtail.fields.", "wagtail.core.fields.", "modelcluster.fields."),
)
#: Methods by which a class says itself what its column is, or whether it has one.
_TELLING = frozenset(
    {"db_type", "get_internal_type", "rel_db_type", "db_parameters", "db_check", "cast_db_type"}
    | {"db_type_suffix", "db_type_parameters", "contribute_to_class", "get_attname_column"}
    | {"get_attname", "set_attributes_from_name", "has_default", "__new__", "__getattribute__"}
    | {"null", "unique", "column", "db_column", "generated", "concrete", "clone", "_get_default"}
    | {"__init_subclass__", "__getattr__", "get_default", "pre_save_null", "db_returning"}
)
#: Keywords that decide about the column. Of these an ``__init__`` may set `max_length` alone.
_DECIDING = frozenset(
    {"null", "unique", "primary_key", "db_index", "db_column", "db_default", "max_digits"}
    | {"decimal_places", "base_field", "size", "to", "through", "db_constraint", "db_collation"}
    | {"srid", "geography", "dim", "spatial_index", "use_json_field", "db_table", "expression"}
    | {"output_field", "db_persist", "auto_now", "auto_now_add", "default"}
)
_MOST = 6


@dataclass(frozen=True)
class _Class:
    """The known class that one stands for, and the keywords that it gives where a call does not."""

    path: str
    given: Mapping[str, object] = field(default_factory=dict)
    has_init: bool = False


class FieldSources:
    """The field classes that migrations name, each looked up once."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._known: dict[str, _Class | None] = {}

    def resolved(self, value: object) -> object:
        """The value with calls of such classes as calls of the known ones, at any depth."""
        if isinstance(value, Call):
            args = tuple(map(self.resolved, value.args))
            keywords = {key: self.resolved(part) for key, part in value.keywords.items()}
            made = replace(value, args=args, keywords=keywords)
            found = self._class(value.path, 0) if _may_be_own(value.path) else None
            if found is None or (found.has_init and value.args):
                return made
            return replace(made, path=found.path, keywords={**found.given, **keywords})
        if isinstance(value, list):
            return [self.resolved(part) for part in value]
        if isinstance(value, tuple):
            return tuple(map(self.resolved, value))
        if isinstance(value, dict):
            return {key: self.resolved(part) for key, part in value.items()}
        if isinstance(value, Expression):
            return replace(value, parts=tuple(map(self.resolved, value.parts)))
        return value

    def _class(self, path: str, depth: int) -> _Class | None:
        """What a class stands for; None where its source does not tell."""
        if path.startswith(_KNOWN):
            return _Class(path)
        if path not in self._known:
            self._known[path] = None  # while it is looked up, for one that leads to itself
            self._known[path] = self._looked_up(path, depth) if depth < _MOST else None
        return self._known[path]

    def _looked_up(self, path: str, depth: int) -> _Class | None:
        module, _, name = path.rpartition(".")
        content = self._modules(module) if module and not module.startswith(".") else None
        if content is None:
            return None
        try:
            tree = parse(content)
        except (Unreadable, RecursionError):
            return None
        names = ModuleNames(tree.body)
        node = next(
            (one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == name), None
        )
        if node is None:
            value = names.lookup(name, 0)
            is_import = isinstance(value, Ref) and not value.path.startswith(".")
            return (
                self._class(value.path, depth + 1) if is_import and isinstance(value, Ref) else None
            )
        if len(names.bindings(name)) != 1 or node.decorator_list or node.keywords:
            return None
        return self._derived(node, module, names, depth)

    def _derived(
        self, node: ast.ClassDef, module: str, names: ModuleNames, depth: int
    ) -> _Class | None:
        bases = [evaluate(base, names) for base in node.bases]
        paths = [_absolute(base.path, module) for base in bases if isinstance(base, Ref)]
        if len(paths) != len(bases) or not paths or _bound(node) & _TELLING:
            return None
        # What stands before the field may say more about the column than can be seen here.
        base = self._class(paths[0], depth + 1) if len(paths) == 1 else None
        if base is None:
            return None
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
                given = _given(statement)
                if given is None:
                    return None
                return _Class(base.path, {**base.given, **given}, has_init=True)
        return base


def _may_be_own(path: str) -> bool:
    return (
        "." in path.strip(".") and path[:1] != "." and not path.startswith(("django.", "builtins."))
    )


def _absolute(path: str, module: str) -> str:
    """A class of the module itself, ``.Name``, by its full path; others as they are."""
    if path.startswith("..") or (path.startswith(".") and "." in path[1:]):
        folder = module.rpartition(".")[0]
        rest = path[1:]
        while rest.startswith("."):
            folder, rest = folder.rpartition(".")[0], rest[1:]
        return f"{folder}.{rest}"
    return f"{module}{path}" if path.startswith(".") else path


def _bound(node: ast.ClassDef) -> set[str]:
    """The names that a class's body gives something."""
    found = set()
    for statement in node.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(statement.name)
        elif not isinstance(statement, (ast.Expr, ast.Pass)):
            found.update(
                one.id
                for one in ast.walk(statement)
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            )
    return found


def _given(init: ast.FunctionDef) -> dict[str, object] | None:
    """The keywords that an ``__init__`` gives where it is not given them; None: not known."""
    found: dict[str, object] = {}
    spec = init.args
    params = [*spec.posonlyargs, *spec.args]
    defaults = dict(zip([one.arg for one in params[::-1]], spec.defaults[::-1]))
    defaults.update(
        (one.arg, value) for one, value in zip(spec.kwonlyargs, spec.kw_defaults) if value
    )
    for name, value in (*defaults.items(), *_set_in(init)):
        if name in _DECIDING:
            return None
        if name == "max_length":
            if not isinstance(value, ast.Constant) or not is_literal(value.value):
                return None
            if found.get(name, value.value) != value.value:
                return None
            found[name] = value.value
    return found


def _set_in(init: ast.FunctionDef) -> Iterator[tuple[str, ast.expr | None]]:
    """Each keyword or attribute that the body sets, in whatever way it may, with its value."""
    for node in ast.walk(init):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript):
                    yield _text(target.slice), node.value
                elif isinstance(target, ast.Attribute):
                    yield target.attr, None
        elif isinstance(node, ast.Call):
            for keyword in node.keywords:
                given = keyword.value
                # Handed on under its own name, it is what the signature says.
                if not (isinstance(given, ast.Name) and given.id == keyword.arg):
                    yield keyword.arg or "", given
            if isinstance(node.func, ast.Name) and node.func.id in ("setattr", "exec", "eval"):
                yield "null", None
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("setdefault", "pop"):
                value = node.args[1] if len(node.args) > 1 else None
                yield _text(node.args[0]) if node.args else "null", value
            elif isinstance(node.func, ast.Attribute) and node.func.attr == "update" and node.args:
                yield "null", None
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values):
                if key is not None:
                    yield _text(key), value
        elif isinstance(node, (ast.AugAssign, ast.Delete)):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield inner.value, None


def _text(node: ast.expr) -> str:
    """The key that is set; one that is no literal may be any."""
    value = getattr(node, "value", None)
    return value if isinstance(value, str) else "null"
