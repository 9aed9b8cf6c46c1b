"""The Migration class of one file: what its attributes are when Django has loaded it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from minion.analyser.migrations.text.annotations import Annotation, annotations_in
from minion.analyser.migrations.text.classbody import ClassBody
from minion.analyser.migrations.text.names import MIGRATION, ModuleNames
from minion.analyser.migrations.text.parsing import Unreadable, parse
from minion.analyser.migrations.text.values import Call, Ref, Unknown, evaluate

_BASES = frozenset(("django.db.migrations.Migration", "django.db.migrations.migration.Migration"))
_SWAPPABLE = frozenset(base[: -len("Migration")] + "swappable_dependency" for base in _BASES)
#: Methods that change what a migration does. Others are helpers for RunPython.
_METHODS = frozenset(("apply", "unapply", "mutate_state", "suggest_name"))
_NAME = "RunPython"
_MAGIC_NAMES = frozenset(("exec", "eval", "globals", "locals", "vars", "__import__"))
_MAGIC = re.compile(
    rb"\b(?:exec|eval|globals|locals|vars|__import__)\b|:=|(?<![.\w])Migration\s*[.,)]"
)


@dataclass(frozen=True)
class Source:
    """One file, before its operations are judged."""

    #: Each is a Call, or an Unknown where it is something else.
    operations: tuple[object, ...] = ()
    #: (app label, name), the name also ``__first__`` or ``__latest__``, the label also
    #: ``__setting__`` where a setting names the app.
    dependencies: tuple[tuple[str, str], ...] = ()
    run_before: tuple[tuple[str, str], ...] = ()
    replaces: tuple[tuple[str, str], ...] = ()
    #: None where it is not a literal.
    is_atomic: bool | None = True
    #: Of the class statement or its first decorator; 0 if there is none.
    class_line: int = 0
    #: Whether there surely is no class Migration, without which Django refuses the module.
    has_no_class: bool = False
    annotations: tuple[Annotation, ...] = ()
    #: What of the class could not be read. Empty if all could.
    unread: tuple[Unknown, ...] = ()
    #: The one of them because of which operations are missing here.
    unread_operations: Unknown | None = None
    #: Whether all of `dependencies` could be read.
    knows_dependencies: bool = True
    #: The file's syntax tree and names, for whom functions concern; None where it is not read.
    module: tuple[ast.Module, ModuleNames] | None = field(default=None, compare=False, repr=False)


def read_source(content: bytes) -> Source:
    """What the file says. Never raises: what could not be read is in `unread`."""
    try:
        module = parse(content)
        return _read(module, content)
    except Unreadable as exc:
        return _unreadable(Unknown(exc.line, exc.why))
    except RecursionError:
        return _unreadable(Unknown(0, "it is nested too deeply"))


def _unreadable(doubt: Unknown) -> Source:
    return Source(unread=(doubt,), unread_operations=doubt, knows_dependencies=False)


def _read(module: ast.Module, content: bytes) -> Source:
    annotations = annotations_in(content)
    names = ModuleNames(module.body)
    found = [
        node for node in module.body if isinstance(node, ast.ClassDef) and node.name == MIGRATION
    ]
    line = min((node.lineno for node in _decorated(found)), default=0)
    doubts = list(_doubts(module, names, found, content))
    if len(found) != 1 or doubts:
        return Source(
            class_line=line,
            has_no_class=not names.bindings(MIGRATION) and not names.has_star_import,
            annotations=annotations,
            unread=tuple(doubts),
            unread_operations=doubts[0],
            knows_dependencies=False,
        )
    body = ClassBody(found[0], names)
    unread = list(body.unread)
    operations = _listed(body, "operations", unread)
    unread_operations = unread[-1] if len(unread) > len(body.unread) else None
    known = len(unread)
    dependencies = tuple(_keys(_listed(body, "dependencies", unread), unread))
    knows_dependencies = len(unread) == known
    run_before = tuple(_keys(_listed(body, "run_before", unread), unread))
    replaces = tuple(_keys(_listed(body, "replaces", unread), unread))
    atomic = body.get("atomic", True)
    runs_python = any(isinstance(one, Call) and _NAME in one.path for one in _calls(operations))
    return Source(
        module=(module, names) if runs_python else None,
        operations=tuple(_as_operation(value, found[0].lineno) for value in operations),
        dependencies=dependencies,
        run_before=run_before,
        replaces=replaces,
        is_atomic=atomic if isinstance(atomic, bool) else None,
        class_line=line,
        annotations=annotations,
        unread=tuple(unread),
        unread_operations=unread_operations,
        knows_dependencies=knows_dependencies,
    )


def _calls(values: object) -> Iterator[object]:
    """The elements of lists, and of the lists that calls among them are given."""
    for value in values if isinstance(values, (list, tuple)) else ():
        yield value
        if isinstance(value, Call):
            for inner in (*value.args, *value.keywords.values()):
                yield from _calls(inner)


def _decorated(nodes: list[ast.ClassDef]) -> Iterator[ast.stmt | ast.expr]:
    for node in nodes:
        yield node
        yield from node.decorator_list


def _doubts(
    module: ast.Module, names: ModuleNames, found: list[ast.ClassDef], content: bytes
) -> Iterator[Unknown]:
    """Why the class is not, or not surely, the one that its text shows."""
    bindings = names.bindings(MIGRATION)
    if not bindings:
        yield Unknown(0, "it has no class Migration")
        return
    if len(bindings) > 1 or len(found) != 1:
        yield Unknown(bindings[-1].line, "Migration is not one plain class")
        return
    node = found[0]
    if node.decorator_list or node.keywords:
        yield Unknown(node.lineno, "a decorator or a metaclass may change Migration")
    bases = [evaluate(base, names) for base in node.bases]
    if len(bases) != 1 or not isinstance(bases[0], Ref) or bases[0].path not in _BASES:
        yield Unknown(node.lineno, "Migration's base class is not Django's")
    for statement in node.body:
        name = getattr(statement, "name", "") if _is_function(statement) else ""
        if name in _METHODS or name.startswith("__"):
            yield Unknown(statement.lineno, f"Migration has a {name}() of its own")
    if _MAGIC.search(content):
        yield from _magic(module)


def _magic(module: ast.Module) -> Iterator[Unknown]:
    """What may rebind any name, or change the class once it is made."""
    for statement in module.body:
        for node in _outside_functions(statement):
            if isinstance(node, ast.NamedExpr):
                yield Unknown(node.lineno, f"{node.target.id} is set inside an expression")
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                if node.id == MIGRATION:
                    yield Unknown(node.lineno, "Migration may be changed after it was made")
                elif node.id in _MAGIC_NAMES and not _is_function(statement):
                    yield Unknown(node.lineno, f"{node.id}() may define anything")


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """`node` and what is in it, but not what functions do, whose names are their own."""
    yield node
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        spec = node.args
        inside: list[ast.AST] = [*spec.defaults, *filter(None, spec.kw_defaults)]
        inside += getattr(node, "decorator_list", [])
    else:
        inside = list(ast.iter_child_nodes(node))
    for inner in inside:
        yield from _outside_functions(inner)


def _is_function(node: ast.stmt) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))


def _listed(body: ClassBody, name: str, unread: list[Unknown]) -> list[object]:
    """The elements of a class attribute; nothing, and a word in `unread`, if it is no list."""
    value = body.get(name, [])
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, Unknown):
        unread.append(Unknown(value.line, f"{name}: {value.why}", value.choices))
    elif isinstance(value, Ref):
        unread.append(Unknown(body.line, f"{name}: {value.path} comes from elsewhere"))
    else:
        unread.append(Unknown(body.line, f"{name} is not a list of literals"))
    return []


def _as_operation(value: object, line: int) -> object:
    if isinstance(value, (Call, Unknown)):
        return value
    if isinstance(value, Ref):
        return Unknown(line, f"{value.path} comes from elsewhere")
    return Unknown(line, "an element of operations is not a call")


def _keys(values: list[object], unread: list[Unknown]) -> Iterator[tuple[str, str]]:
    """The (app label, name) pairs of ``dependencies``, ``replaces`` or ``run_before``."""
    for value in values:
        key = _key(value)
        if key is None:
            line = value.line if isinstance(value, (Call, Unknown)) else 0
            unread.append(Unknown(line, "it names another migration in a way that is not read"))
        else:
            yield key


def _key(value: object) -> tuple[str, str] | None:
    if isinstance(value, (tuple, list)) and len(value) == 2:
        label, name = value
        if isinstance(label, str) and isinstance(name, str):
            return label, name
    if isinstance(value, Call) and value.path in _SWAPPABLE and len(value.args) == 1:
        return _swappable(value.args[0])
    return None


def _swappable(target: object) -> tuple[str, str] | None:
    """What ``swappable_dependency`` stands for: the first migration of the model's app."""
    if isinstance(target, str):
        return target.partition(".")[0], "__first__"
    if isinstance(target, Ref):
        return "__setting__", target.path.rpartition(".")[2]
    return None
