"""Python text to the tasks that it has: Celery, RQ, Dramatiq, Huey, and Django's own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from minion.analyser.migrations.text.parsing import Unreadable, parse

#: Decorators by what they are called; what they must come from, "" for anything but `_OTHERS`.
#: Sources: Celery (Tasks), RQ (Jobs: the @job decorator), django-rq, Dramatiq (Actors), Huey
#: (Queue), Django 6.0 (Tasks framework).
_DECORATORS = {
    "shared_task": ("celery",),
    "job": ("rq", "django_rq"),
    "actor": ("dramatiq",),
    "task": ("celery", "huey", "django.tasks", "django_tasks", "procrastinate"),
    "db_task": ("huey",),
}
#: Whose ``x.task`` is no task of a queue.
_OTHERS = ("invoke", "fabric", "locust", "prefect", "airflow")
_NAMED_BY = ("name", "actor_name")


@dataclass(frozen=True)
class Arguments:
    """What a task may be called with, without the task itself where it is bound.

    `places` are those that go by place, `by_place` how many of them by nothing else;
    `names` those that go by name alone; `optional` those that have a default.
    """

    places: tuple[str, ...]
    by_place: int
    names: frozenset[str]
    optional: frozenset[str]
    more_places: bool
    more_names: bool

    @property
    def named(self) -> tuple[str, ...]:
        """All that may go by name, in their order."""
        return (*self.places[self.by_place :], *sorted(self.names))


@dataclass(frozen=True)
class Task:
    """A task by the `name` that a job in the queue calls it by."""

    path: str
    line: int
    name: str
    arguments: Arguments


def is_readable(content: bytes) -> bool:
    """Whether it can be parsed."""
    try:
        parse(content)
    except Unreadable:
        return False
    return True


def tasks_in(path: str, content: bytes) -> tuple[Task, ...]:
    """The tasks of a file; none where it cannot be parsed."""
    if not any(word.encode() in content for word in _DECORATORS):
        return ()
    try:
        tree = parse(content)
    except Unreadable:
        return ()
    imports = dict(_imports(tree))
    found = []
    for node in _functions(tree.body):
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            origin = _origin(called, imports)
            if origin is not None and _is_task(origin, isinstance(called, ast.Attribute)):
                found.append(_task(path, node, decorator, origin))
    return tuple(found)


def _functions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a module, also those under a condition."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            for part in ("body", "orelse", "finalbody"):
                yield from _functions(getattr(node, part, []))


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each name that an import gives, and what it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                yield (one.asname, one.name) if one.asname else (one.name.split(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom):
            for one in node.names:
                yield one.asname or one.name, f"{'.' * node.level}{node.module or ''}.{one.name}"


def _origin(node: ast.expr, imports: dict[str, str]) -> str | None:
    """The dotted name behind an expression, by the imports; None for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    if not parts and node.id not in imports:
        return None
    return ".".join([imports.get(node.id, node.id), *parts])


def _is_task(origin: str, is_attribute: bool) -> bool:
    home, _, name = origin.rpartition(".")
    homes = _DECORATORS.get(name)
    if homes is None:
        return False
    if any(f"{home}.".startswith(f"{one}.") for one in homes):
        return True
    # ``app.task`` of an app of Celery's, ``broker.actor``: an object of the project's own.
    is_foreign = any(f"{home}.".startswith(f"{one}.") for one in _OTHERS)
    return is_attribute and name in ("task", "actor") and not is_foreign


def _task(
    path: str,
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    decorator: ast.expr,
    origin: str,
) -> Task:
    given = (
        {one.arg: one.value for one in decorator.keywords}
        if isinstance(decorator, ast.Call)
        else {}
    )
    name = node.name
    if not origin.endswith("actor"):
        name = f"{path[: -len('.py')].replace('/', '.')}.{name}"
    for keyword in _NAMED_BY:
        value = given.get(keyword)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            name = value.value
    bound = given.get("bind")
    is_bound = isinstance(bound, ast.Constant) and bound.value is True
    return Task(path, node.lineno, name, _arguments(node.args, is_bound))


def _arguments(args: ast.arguments, is_bound: bool) -> Arguments:
    places = [one.arg for one in (*args.posonlyargs, *args.args)]
    optional = set(places[len(places) - len(args.defaults) :])
    for one, default in zip(args.kwonlyargs, args.kw_defaults):
        if default is not None:
            optional.add(one.arg)
    by_place = len(args.posonlyargs)
    if is_bound:
        places, by_place = places[1:], max(by_place - 1, 0)
    return Arguments(
        tuple(places),
        by_place,
        frozenset(one.arg for one in args.kwonlyargs),
        frozenset(optional),
        args.vararg is not None,
        args.kwarg is not None,
    )
