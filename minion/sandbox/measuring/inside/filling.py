"""Rows that stand in the tables while a migration runs, and can be taken out again."""

from django.db import DatabaseError, connection, transaction

from inside.rows import NoRow, Rows, go_back
from inside.rules import columns_of, models_of


class Filling:
    """What was put into the database."""

    def __init__(self):
        self._keys = []
        self._seen = set()

    def put_in(self, apps, many):
        """Put rows into those tables of the models of `apps` that have none; how many.

        A plain one each, or `many`: those at the edges of what is legal, too.
        """
        rows = Rows(connection)
        with transaction.atomic():
            for model in models_of(apps, connection, links=True):
                table = model._meta.db_table
                if model._meta.managed and table not in self._seen:
                    self._seen.add(table)
                    if not self._has_rows(table):
                        self._fill_one(rows, model, many)
            # Those, too, that others needed beside them.
            for row in rows.created:
                self._remember(row)
        return len(self._keys)

    def _has_rows(self, table):
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(table)
            try:
                with transaction.atomic():
                    cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")
            except DatabaseError:
                return True
            return cursor.fetchone() is not None

    def _fill_one(self, rows, model, many):
        try:
            rows.base(model)
        except NoRow:
            return
        if not many:
            return
        choices = [{}] + [{field.name: None} for field in columns_of(model) if field.null]
        for given in choices[:12]:
            point = transaction.savepoint()
            try:
                rows.new(model, given)
                connection.check_constraints()
            except Exception:
                go_back(connection, point)
            else:
                transaction.savepoint_commit(point)

    def _remember(self, instance):
        options = instance._meta
        with connection.cursor() as cursor:
            for one in [options] + [parent._meta for parent in options.get_parent_list()]:
                # By numbers, which a table and a column keep whatever a migration calls them.
                cursor.execute(
                    "SELECT attrelid, attnum FROM pg_attribute WHERE attrelid = %s::regclass "
                    "AND attname = %s",
                    [connection.ops.quote_name(one.db_table), one.pk.column],
                )
                found = cursor.fetchone()
                if found:
                    self._keys.append((*found, getattr(instance, one.pk.attname)))

    def take_out(self):
        """Take out again all that was put in."""
        with transaction.atomic(), connection.cursor() as cursor:
            for table, number, key in reversed(self._keys):
                cursor.execute(
                    "SELECT attrelid::regclass::text, quote_ident(attname) FROM pg_attribute "
                    "WHERE attrelid = %s AND attnum = %s AND NOT attisdropped",
                    [table, number],
                )
                for place in cursor.fetchall():
                    cursor.execute("DELETE FROM {} WHERE {}::text = %s".format(*place), [str(key)])
        self._keys = []
        self._seen = set()
