"""What of an operation can run with the old code beside the new one, and what must wait.

Each rule gives the operations for now, which both versions of the code can live with, and those
for later, when only the new code is left. SQL is PostgreSQL's.
"""

from django.db import migrations, models
from django.db.models.fields import NOT_PROVIDED
from inside.bridging import default_sql, synchronised, trigger_name, view
from inside.stricter import Cannot, has_own_default, names_in, types


class Halves:
    """An operation, or several, in two deployments.

    `now` is what runs before the new code, where None stands for the operation as it is;
    `copies` are rows to be brought up to date after it, in a migration without a transaction;
    `later` runs when no old code is left, after `fills` in the same manner.
    """

    def __init__(self, now=(), later=(), copies=(), fills=(), why=""):
        self.now = list(now)
        self.later = list(later)
        self.copies = list(copies)
        self.fills = list(fills)
        self.why = why


class Rows:
    """Rows whose column is NULL and gets another column's value, or a constant (`sql`)."""

    def __init__(self, model, column, source="", sql=""):
        self.model = model
        self.column = column
        self.source = source
        self.sql = sql


AS_IT_IS = Halves(now=[None])


class Rules:
    """The rules for operations of one app, with the states around the operation."""

    def __init__(self, connection, label, before, after):
        self._connection = connection
        self._label = label
        self._before = before
        self._after = after

    def halves(self, operation):
        """The two halves of the operation.

        Raises:
            Cannot: it has none.
        """
        rule = _RULES.get(type(operation))
        return rule(self, operation) if rule else AS_IT_IS

    def _add_field(self, op):
        field = self._field(self._after, op.model_name, op.name)
        if field.many_to_many or field.null or has_own_default(field):
            return AS_IT_IS
        if field.primary_key or field.unique:
            raise Cannot("no one value does for every row of a unique column")
        if not op.preserve_default:
            field.default = op.field.default
        sql = default_sql(self._connection, field)
        if sql is None:
            raise Cannot("it has no default for the rows that there are")
        column = self._column(field)
        gets, loses = f"{column} SET DEFAULT {sql}", f"{column} DROP DEFAULT"
        return Halves(
            now=[None, migrations.RunSQL(gets, loses)],
            later=[migrations.RunSQL(loses, gets)],
            why="the old code's new rows get the default from the database, until it is gone",
        )

    def _remove_field(self, op):
        field = self._field(self._before, op.model_name, op.name)
        if field.primary_key or (
            field.remote_field and getattr(field.remote_field, "parent_link", False)
        ):
            raise Cannot("a primary key cannot be missing")
        if field.many_to_many or field.null or has_own_default(field):
            return Halves(later=[op], why="the column goes when no old code reads it any more")
        sql = (
            None
            if field.unique or not field.has_default()
            else default_sql(self._connection, field)
        )
        if sql is None:
            loose = self._loose(op.model_name, op.name)
            return Halves(
                now=[migrations.AlterField(op.model_name, op.name, loose)],
                later=[op],
                why="the column may be empty until it goes: the old code meets NULL in new rows",
            )
        column = self._column(field)
        now = migrations.RunSQL(f"{column} SET DEFAULT {sql}", f"{column} DROP DEFAULT")
        why = "new rows get the default from the database until the column goes"
        return Halves(now=[now], later=[op], why=why)

    def _rename_field(self, op):
        old = self._field(self._before, op.model_name, op.old_name)
        new = self._field(self._after, op.model_name, op.new_name)
        if old.many_to_many or old.column == new.column:
            return AS_IT_IS
        if old.primary_key or has_own_default(old):
            raise Cannot("its values come from the database itself")
        self._refuse_where_named(op.model_name, op.old_name)
        loose = self._loose(op.model_name, op.old_name)
        table = old.model._meta.db_table
        name = trigger_name(table, old.column, new.column)
        exact = self._after.models[self._key(op.model_name)].fields[op.new_name].clone()
        return Halves(
            now=[
                migrations.AddField(op.model_name, op.new_name, loose),
                migrations.RunSQL(
                    *synchronised(self._connection, table, name, old.column, new.column)
                ),
            ],
            copies=[Rows(op.model_name, op.new_name, source=op.old_name)],
            later=[
                migrations.RunSQL(
                    *reversed(synchronised(self._connection, table, name, old.column, new.column))
                ),
                migrations.AlterField(op.model_name, op.new_name, exact),
                migrations.RemoveField(op.model_name, op.old_name),
            ],
            why="both columns are there, and a trigger keeps them alike until the old one goes",
        )

    def _alter_field(self, op):
        old = self._field(self._before, op.model_name, op.name)
        new = self._field(self._after, op.model_name, op.name)
        if old.many_to_many or new.many_to_many or old.primary_key or new.primary_key:
            raise Cannot("neither a key nor a relation to many can change its kind beside old code")
        if old.column != new.column:
            raise Cannot("the column gets another name: rename the field instead")
        tighter, looser = self._differences(old, new)
        if not tighter:
            return AS_IT_IS
        if looser:
            raise Cannot("it allows more and less at once: make two migrations of it")
        fills = []
        if old.null and not new.null:
            if not op.preserve_default:
                new.default = op.field.default
            sql = default_sql(self._connection, new)
            if sql is not None:
                fills.append(Rows(op.model_name, op.name, sql=sql))
        why = "the database allows less when no code is left that writes more"
        return Halves(later=[op], fills=fills, why=why)

    def _differences(self, old, new):
        """Whether the new field allows less than the old one, and whether it allows more."""
        was, now = (one.db_parameters(self._connection) for one in (old, new))
        if bool(old.remote_field) != bool(new.remote_field) or (
            old.remote_field and old.related_model._meta.label != new.related_model._meta.label
        ):
            raise Cannot("what it refers to changes")
        less, more = types(was["type"], now["type"])
        pairs = [
            (old.null and not new.null, new.null and not old.null),
            (new.unique and not old.unique, old.unique and not new.unique),
            (bool(now["check"]) and not was["check"], bool(was["check"]) and not now["check"]),
        ]
        less = less or any(tight for tight, _loose in pairs)
        more = more or any(loose for _tight, loose in pairs)
        return less, more

    def _rename_model(self, op):
        old = self._model(self._before, op.old_name)
        new = self._model(self._after, op.new_name)
        return self._another_table(old, new)

    def _alter_table(self, op):
        return self._another_table(
            self._model(self._before, op.name), self._model(self._after, op.name)
        )

    def _another_table(self, old, new):
        for other in self._before.apps.get_models():
            for field in other._meta.local_many_to_many:
                is_made = field.remote_field.through._meta.auto_created
                if is_made and field.related_model is old and other is not old:
                    raise Cannot(f"the table of {other._meta.label}.{field.name} changes with it")
        pairs = [(old, new)] + [
            (field.remote_field.through, new._meta.get_field(field.name).remote_field.through)
            for field in old._meta.local_many_to_many
            if field.remote_field.through._meta.auto_created
        ]
        views = [
            view(self._connection, was, now)
            for was, now in pairs
            if was._meta.db_table != now._meta.db_table
        ]
        if not views:
            return AS_IT_IS
        make = "\n".join(make for make, _drop in views)
        drop = "\n".join(drop for _make, drop in views)
        return Halves(
            now=[None, migrations.RunSQL(make, drop)],
            later=[migrations.RunSQL(drop, make)],
            why="the old code finds the table under its old name, as a view, until it is gone",
        )

    def _unique_together(self, op):
        key = self._key(op.name)
        was, now = (
            {tuple(one) for one in state.models[key].options.get("unique_together") or ()}
            for state in (self._before, self._after)
        )
        if now <= was:
            return AS_IT_IS
        first = [migrations.AlterUniqueTogether(op.name, was & now)] if was - now else []
        return Halves(now=first, later=[op], why="rows are unique when no old code is left")

    def _goes_later(self, op):
        return Halves(later=[op], why="no old code is left then")

    def _refuse_where_named(self, model_name, name):
        options = self._before.models[self._key(model_name)].options
        named = [*options.get("unique_together", ()), *options.get("index_together", ())]
        for one in (*options.get("indexes", ()), *options.get("constraints", ())):
            named.append(names_in(one.deconstruct()))
        if any(name in one for one in named):
            raise Cannot(f"an index or constraint names {name}: drop it first, make it anew later")

    def _loose(self, model_name, name):
        """The field that can be NULL, with no value of its own."""
        field = self._before.models[self._key(model_name)].fields[name].clone()
        field.null, field.default = True, NOT_PROVIDED
        if isinstance(field, (models.DateField, models.TimeField)):
            # Or the rows that there are would get this moment, and nothing would be copied.
            field.auto_now = field.auto_now_add = False
        return field

    def _column(self, field):
        quote = self._connection.ops.quote_name
        return f"ALTER TABLE {quote(field.model._meta.db_table)} ALTER COLUMN {quote(field.column)}"

    def _field(self, state, model_name, name):
        return self._model(state, model_name)._meta.get_field(name)

    def _model(self, state, name):
        return state.apps.get_model(self._label, name)

    def _key(self, model_name):
        return self._label, model_name.lower()


_RULES = {
    migrations.AddField: Rules._add_field,
    migrations.RemoveField: Rules._remove_field,
    migrations.RenameField: Rules._rename_field,
    migrations.AlterField: Rules._alter_field,
    migrations.RenameModel: Rules._rename_model,
    migrations.AlterModelTable: Rules._alter_table,
    migrations.AlterUniqueTogether: Rules._unique_together,
    migrations.AddConstraint: Rules._goes_later,
    migrations.DeleteModel: Rules._goes_later,
}
