"""What code does with a database all day, each tried once and undone: read, write, delete."""

import contextlib
import copy
import re
from decimal import Decimal

from django.db import DatabaseError, transaction
from inside import values
from inside.rows import NoRow, Rows, go_back, told
from inside.rules import columns_of, is_automatic, models_of, unique_sets, varied

OK = "ok"
_ABSENT = 30001


class Trial:
    """One round over models; `outcomes` has by (model, attempt) OK or what the database said.

    `untried` has by the table of each model whose rows could not be made why that is so.
    """

    def __init__(self, apps, connection, without=()):
        """`without` are labels of apps that are left out."""
        self._without = frozenset(without)
        self._connection = connection
        self._apps = apps
        self._rows = Rows(connection)
        self.outcomes = {}
        self.untried = {}

    def run(self, tables=None):
        """Try the models whose tables, or whose relations' tables, are among `tables`, or all."""
        tables = None if tables is None else set(tables)
        with transaction.atomic(self._connection.alias):
            for model in models_of(self._apps, self._connection):
                if model._meta.app_label in self._without:
                    continue
                if tables is None or tables & _tables_around(model):
                    self._try(model)
            transaction.set_rollback(True, self._connection.alias)
        return {"outcomes": self.outcomes, "untried": self.untried}

    def _try(self, model):
        self._reads(model)
        if not model._meta.managed:
            return
        self._why = "it has no row"
        self._attempt(model, "INSERT", lambda: self._pair(model, {}))
        self._one_that_fits(model)
        if not (self._works(model, "INSERT") or self._works(model, "INSERT of values that fit")):
            self.untried[model._meta.db_table] = self._why
        self._attempt(model, "INSERT with something everywhere", lambda: self._full(model))
        for name in sorted({name for names in unique_sets(model) for name in names}):
            self._attempt(
                model,
                f"INSERT of two that differ in {name}",
                lambda: self._full(model, name),
            )
        unlike = varied(model)
        for field in columns_of(model):
            if field.primary_key and is_automatic(field) and not field.is_relation:
                self._edges(model, field, True)
            elif not is_automatic(field) and not field.is_relation:
                self._edges(model, field, field.name in unlike)
            elif field.is_relation and not getattr(field, "db_constraint", True):
                self._attempt(
                    model,
                    f"INSERT with nothing that is there in {field.name}",
                    lambda: self._pair(model, {field.name: _ABSENT}),
                )
            elif field.null and field.is_relation:
                self._attempt(
                    model,
                    f"INSERT with NULL in {field.name}",
                    lambda: self._pair(model, {field.name: None}),
                )
        self._attempt(model, "UPDATE", lambda: self._row(model).save_base(force_update=True))
        self._attempt(model, "DELETE", lambda: self._row(model).delete())
        for field in model._meta.local_many_to_many:
            through = field.remote_field.through
            if through._meta.auto_created:
                self._attempt(
                    model,
                    f"links by {field.name}",
                    lambda: self._link(model, field),
                )

    def _one_that_fits(self, model):
        """The plain values may not fit the model's own rules; this row stays for the others."""
        try:
            self._rows.base(model)
            self.outcomes[_key(model, "INSERT of values that fit")] = OK
        except NoRow as error:
            self.outcomes[_key(model, "INSERT of values that fit")] = self._why = str(error)

    def _works(self, model, name):
        return self.outcomes.get(_key(model, name), "").startswith(OK)

    def _reads(self, model):
        base = model._base_manager
        self._attempt(model, "SELECT", lambda: list(base.all()[:3]))
        related = [
            field.name
            for field in model._meta.concrete_fields
            if field.is_relation and not getattr(field.remote_field, "parent_link", False)
        ]
        if related:
            joined = base.select_related(*related)
            self._attempt(model, "SELECT with its relations", lambda: list(joined[:3]))
        for manager in model._meta.managers:
            name = f"SELECT by {manager.name}"
            self._attempt(model, name, lambda: list(manager.all()[:3]))

    def _search(self, model, field):
        """Look for a value, and where it is JSON for a key."""
        wanted = {field.name: values.plain(field, self._connection, 7)}
        if field.db_type(self._connection) in ("json", "jsonb"):
            wanted = {f"{field.name}__m": 7}
        list(model._base_manager.filter(**wanted)[:3])

    def _edges(self, model, field, is_unique):
        edges = []
        # Of a type that nothing is known of, the least is tried.
        with contextlib.suppress(values.NoValue):
            edges = list(values.edges(field, self._connection))
        name = f"SELECT by a value of {field.name}"
        self._attempt(model, name, lambda: self._search(model, field))
        if field.primary_key:
            # The lowest keys are in use.
            edges = [edge for edge in edges if not isinstance(edge[1], int) or edge[1] > 1]
        if field.null:
            edges.append(("NULL", None))
        for name, value in edges:
            self._attempt(
                model,
                f"INSERT with {name} in {field.name}",
                lambda: (self._one if is_unique else self._pair)(model, {field.name: value}),
            )

    def _one(self, model, given):
        row = self._rows.new(model, given)
        read = self._read(model, row, given)
        model._base_manager.filter(pk=row.pk)._raw_delete(self._connection.alias)
        again = self._read(model, self._rows.new(model, given), given)
        return read if read == again else ""

    def _pair(self, model, given):
        read, again = (self._read(model, row, given) for row in self._rows.pair(model, given))
        # What comes back in another way each time, as hashes with salt and times do, says nothing.
        return read if read == again else ""

    def _full(self, model, preferred=None):
        """Two rows that hold something in every column, and differ in no more than they must."""
        unlike, given = varied(model, preferred), self._rows.something(model)
        names = {field.attname for field in columns_of(model) if field.name in unlike}
        given = {name: value for name, value in given.items() if name not in names}
        self._rows.pair(model, given, preferred)

    def _read(self, model, instance, given):
        """How the values given come back, as text."""
        names = sorted(given)
        (found,) = model._base_manager.filter(pk=instance.pk).values_list(*names) if names else [()]
        found = [value.normalize() if isinstance(value, Decimal) else value for value in found]
        for place, name in enumerate(names):
            if given[name] is None and found[place] is not None:
                # A trigger may take it from other columns, which differ from round to round.
                found[place] = "what the database puts in"
        return re.sub(r" at 0x[0-9a-f]+", "", repr(found))[:100] if names else ""

    def _row(self, model):
        """A row of its own, or the one that there is."""
        point = transaction.savepoint(self._connection.alias)
        try:
            return self._rows.new(model)
        except DatabaseError:
            go_back(self._connection, point)
            # Django takes the key from what it deletes.
            return copy.copy(self._rows.base(model))

    def _link(self, model, field):
        links = getattr(self._row(model), field.name)
        links.add(self._rows.base(field.remote_field.model))
        list(links.all())
        links.clear()

    def _attempt(self, model, name, work):
        """Do `work`, look whether the constraints hold, and undo it."""
        alias = self._connection.alias
        # What a row needs beside it stays for the others.
        self._prepare(model)
        made = self._rows.made
        point = transaction.savepoint(alias)
        try:
            came_back = work()
            self._connection.check_constraints()
            read = came_back if isinstance(came_back, str) else ""
            self.outcomes[_key(model, name)] = OK + read
        except DatabaseError as error:
            self.outcomes[_key(model, name)] = self._why = told(error)
        except Exception as error:
            self._why = "{}: {}".format(type(error).__name__, str(error).split("\n")[0][:300])
        go_back(self._connection, point)
        self._rows.forget_since(made)

    def _prepare(self, model):
        for field in columns_of(model):
            if field.is_relation and not is_automatic(field):
                with contextlib.suppress(NoRow):
                    self._rows.base(field.remote_field.model)


def _key(model, name):
    return f"{model._meta.label}: {name}"


def _tables_around(model):
    """The tables that the model's rows stand in, and those next to them."""
    options = model._meta
    found = {options.db_table}
    found.update(parent._meta.db_table for parent in options.get_parent_list())
    for field in options.get_fields(include_hidden=True):
        other = getattr(field, "related_model", None)
        if other is not None and hasattr(other, "_meta"):
            found.add(other._meta.db_table)
        table = getattr(field, "m2m_db_table", None)
        if table is not None:
            found.add(table())
    return found
