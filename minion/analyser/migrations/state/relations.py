"""The names of indexes and constraints that are surely in the database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from minion.analyser.migrations.state.models import Key
from minion.analyser.migrations.text.operations import Operation, is_noop, strings_in
from minion.analyser.migrations.text.values import Call

#: PostgreSQL cuts longer names (NAMEDATALEN).
_LONGEST = 63
_DJANGOS = ("django.db.models.", "django.contrib.postgres.")
#: What takes indexes along that it does not name.
_DROPS = re.compile(
    r"\b(drop\s+(table|column|schema|owned)|cascade|do\s+\$|rename)\b|\bdrop\s+\w+,"
)


@dataclass(frozen=True)
class Named:
    """An index or constraint: of which model, over which fields, and what it is."""

    name: str
    model: Key
    #: None where they are not only plain fields.
    fields: frozenset[str] | None
    #: Indexes and what has one share their names over all tables; a CHECK has a table's own.
    is_check: bool = False

    @property
    def place(self) -> tuple[Key | None, str]:
        """What cannot be there twice."""
        return (self.model if self.is_check else None), self.name[:_LONGEST]


class Relations:
    """All that is known; what may be gone is not in it."""

    def __init__(self, known: Iterable[Named] = ()) -> None:
        self._known = {one.place: one for one in known}

    def fork(self) -> Relations:
        """A copy that can be changed alone."""
        return Relations(self._known.values())

    def taken(self, named: Named) -> Named | None:
        """What has the name already."""
        return self._known.get(named.place)

    def add(self, found: Iterable[Named]) -> None:
        """Note what was made."""
        self._known.update((one.place, one) for one in found)

    def keep(self, others: Relations) -> None:
        """Forget whatever is not in `others`, and learn nothing from them."""
        self._keep(one for one in self._known.values() if one.place in others._known)

    def remove(self, name: str) -> None:
        """What has that name is gone."""
        self._keep(one for one in self._known.values() if one.name[:_LONGEST] != name[:_LONGEST])

    def remove_of(self, model: Key, field: str | None = None) -> None:
        """A model is gone or not known any more, or a field of it."""
        self._keep(
            one
            for one in self._known.values()
            if one.model != model or (field and one.fields is not None and field not in one.fields)
        )

    def clear_of(self, app: str) -> None:
        """Nothing is known of an app any more."""
        self._keep(one for one in self._known.values() if one.model[0] != app)

    def rename(self, old: Key, new: Key) -> None:
        """A model is called otherwise."""
        moved = [
            Named(one.name, new if one.model == old else one.model, one.fields, one.is_check)
            for one in self._known.values()
        ]
        self._keep(moved)

    def after_sql(self, sql: object) -> None:
        """Forget what SQL may have taken away."""
        words = strings_in(sql)
        if is_noop(sql):
            return
        if words is None or any(_DROPS.search(word) for word in words):
            self._known.clear()
            return
        self._keep(
            one
            for one in self._known.values()
            if not any(one.name.lower() in word for word in words)
        )

    def clear(self) -> None:
        """Nothing is known any more."""
        self._known.clear()

    def _keep(self, found: Iterable[Named]) -> None:
        self._known = {one.place: one for one in list(found)}


def made_by(operation: Operation, app: str) -> Iterator[Named]:
    """What an operation makes under a name of its own."""
    model = (app, (operation.model or "").lower())
    if operation.name == "CreateModel":
        options = operation.get("options")
        for key in ("indexes", "constraints") if isinstance(options, dict) else ():
            parts = options.get(key) if isinstance(options, dict) else None
            for part in parts if isinstance(parts, (list, tuple)) else ():
                yield from _named(part, model)
    elif operation.name in ("AddIndex", "AddIndexConcurrently"):
        yield from _named(operation.get("index"), model)
    elif operation.name == "RenameIndex":
        if operation.text("new_name"):
            yield Named(operation.text("new_name") or "", model, None)
    elif operation.name in ("AddConstraint", "AddConstraintNotValid"):
        yield from _named(operation.get("constraint"), model)


def _named(value: object, model: Key) -> Iterator[Named]:
    if not isinstance(value, Call) or value.is_open or not value.path.startswith(_DJANGOS):
        return
    name, fields = value.keywords.get("name"), value.keywords.get("fields")
    if not isinstance(name, str) or not name:
        return
    plain = None
    others = ("condition", "expressions", "include", "check", "opclasses")
    if not value.args and not any(key in value.keywords for key in others):
        texts = fields if isinstance(fields, (list, tuple)) else ()
        plain = frozenset(text.lstrip("-") for text in texts if isinstance(text, str)) or None
    yield Named(name, model, plain, is_check=value.path.endswith(".CheckConstraint"))


def follow(relations: Relations, operation: Operation, app: str) -> None:
    """What the operation does to the names of indexes and constraints."""
    model = (app, (operation.model or "").lower())
    if operation.name in ("RemoveIndex", "RemoveIndexConcurrently", "RemoveConstraint"):
        relations.remove(operation.text("name") or "")
    elif operation.name == "RenameIndex":
        relations.remove(operation.text("old_name") or "")
        relations.add(made_by(operation, app))
    elif operation.name == "RenameModel":
        relations.rename(model, (app, (operation.text("new_name") or "").lower()))
    elif operation.name in ("DeleteModel", "AlterModelTable"):
        relations.remove_of(model)
    elif operation.name in ("RemoveField", "AlterField", "RenameField"):
        relations.remove_of(model, operation.text("name") or operation.text("old_name"))
    elif operation.name in ("RunSQL", "SeparateDatabaseAndState"):
        relations.after_sql(
            operation.get("sql" if operation.name == "RunSQL" else "database_operations")
        )
    elif not (operation.name == "CreateModel" and _has_no_table(operation)):
        relations.add(made_by(operation, app))


def _has_no_table(operation: Operation) -> bool:
    options = operation.get("options")
    return not isinstance(options, dict) or options.get("managed", True) is not True
