"""Migrations run one by one through Django's own executor."""

import os
import sys

from django.apps import apps as real_apps
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.executor import MigrationExecutor
from inside.rows import NoRow, Rows, columns_of, go_back, models_of, told
from inside.tracing import Trace
from inside.trying import OK, Trial


class Failed(Exception):
    """Something could not be done; the text says why."""


class Session:
    """One version of a project's code at the scratch database."""

    def __init__(self):
        self._executor = None
        self._plan = []
        self._filled = []
        self._states = {}
        self._left_out = set()
        self._seen = set()

    def facts(self):
        """What is talked to, and with what.

        Raises:
            Failed: it is no PostgreSQL.
        """
        import django

        if connection.vendor != "postgresql":
            raise Failed(
                f"the project's default database is {connection.vendor}: it does not read DATABASE_URL, or not "
                "with these config vars"
            )
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0].split(" ")[0]
        return {
            "django": django.get_version(),
            "python": ".".join(str(part) for part in sys.version_info[:3]),
            "postgresql": version,
        }

    def migrate(self):
        """Make the schema of this code by its own migrations."""
        call_command("migrate", interactive=False, verbosity=0, run_syncdb=True)

    def plan(self):
        """The migrations that have not run, in their order: app label, name, path.

        The path is from the project's folder; None for one that a package brings, whose
        `file` is where it lies here.
        """
        self._load()
        return [
            {
                "app": one.app_label,
                "name": one.name,
                "path": _path_of(one),
                "file": _file_of(one),
                "atomic": one.atomic,
                "dependencies": sorted(set(one.dependencies)),
            }
            for one in self._plan
        ]

    def try_own(self, tables):
        """What this code itself does with the database as it is; see `try_state`."""
        return Trial(real_apps, connection).run(tables)

    def misfits(self):
        """Where this code's own models do not fit the database, though every migration ran."""
        tried = Trial(real_apps, connection, self._executor.loader.unmigrated_apps).run()
        wrong = tried["outcomes"].items()
        return {key: why for key, why in wrong if not why.startswith(OK) and key.endswith(": SELECT")}

    def try_state(self, number, after, tables):
        """What the models of the history do before (or `after`) migration `number` of the plan.

        Tried are those around `tables`; None is all.
        """
        apps = self._state(number, after).apps
        without = self._executor.loader.unmigrated_apps
        return Trial(apps, connection, without).run(tables)

    def fill(self, number, many):
        """Put rows into tables that have none, as they are before migration `number`; how many.

        A plain one each, or `many`: those at the edges of what is legal, too.
        """
        rows, apps = Rows(connection), self._state(number, False).apps
        with transaction.atomic():
            for model in models_of(apps, connection, links=True):
                table = model._meta.db_table
                if model._meta.managed and table not in self._seen:
                    self._seen.add(table)
                    if not self._has_rows(table):
                        self._fill_one(rows, model, many)
        return len(self._filled)

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
            row = rows.base(model)
        except NoRow:
            return
        self._remember(row)
        if not many:
            return
        choices = [{}] + [{field.name: None} for field in columns_of(model) if field.null]
        for given in choices[:12]:
            point = transaction.savepoint()
            try:
                made = rows.new(model, given)
                connection.check_constraints()
            except Exception:
                go_back(connection, point)
            else:
                transaction.savepoint_commit(point)
                self._remember(made)

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
                    self._filled.append((*found, getattr(instance, one.pk.attname)))

    def empty(self):
        """Take out again what `fill` has put in."""
        with transaction.atomic(), connection.cursor() as cursor:
            for table, number, key in reversed(self._filled):
                cursor.execute(
                    "SELECT attrelid::regclass::text, quote_ident(attname) FROM pg_attribute "
                    "WHERE attrelid = %s AND attnum = %s AND NOT attisdropped",
                    [table, number],
                )
                for place in cursor.fetchall():
                    cursor.execute("DELETE FROM {} WHERE {} = %s".format(*place), [key])
        self._filled = []
        self._seen = set()

    def touched(self, number):
        """The tables that migration `number` will lock or write to; None where that is not sure.

        It is carried out for that, and taken back with its transaction.
        """
        migration = self._plan[number]
        if not migration.atomic:
            return None
        trace = Trace(connection)
        try:
            with transaction.atomic():
                with trace.watching():
                    self._carry_out(number)
                found = sorted(trace.touched())
                transaction.set_rollback(True)
        except Exception:
            return None
        # What has no table, such as a function, may be used by any.
        return None if trace.shape and not found else found

    def apply(self, number):
        """Run migration `number` of the plan, and trace it.

        Raises:
            Failed: it does not run.
        """
        trace = Trace(connection)
        try:
            with trace.watching():
                self._carry_out(number)
        except Exception as error:
            raise Failed(_why(error)) from error
        found = trace.document()
        found["touched"] = sorted(trace.touched())
        return found

    def _carry_out(self, number):
        state = self._state(number, False)
        state.apps  # Django renders it lazily, which is no part of the migration.
        self._executor.apply_migration(state.clone(), self._plan[number])

    def leave_out(self, number):
        """Go on as if there were no migration `number`, which did not run."""
        self._left_out.add(number)
        self._states = {key: state for key, state in self._states.items() if key <= number}

    def unapply(self, number):
        """Take migration `number` back; None, or why Django cannot."""
        migration, state = self._plan[number], self._state(number, False)
        try:
            self._executor.unapply_migration(state.clone(), migration)
        except IrreversibleError:
            return "it has no way back"
        except Exception as error:
            return _why(error)
        return None

    def _load(self):
        self._executor = MigrationExecutor(connection)
        targets = self._executor.loader.graph.leaf_nodes()
        self._plan = [one for one, _backwards in self._executor.migration_plan(targets)]

    def _state(self, number, after):
        """The project's state before migration `number`, or `after` it."""
        number += 1 if after else 0
        if not self._plan:
            self._load()
        if 0 not in self._states:
            loader = self._executor.loader
            new = {(one.app_label, one.name) for one in self._plan}
            have = [key for key in loader.applied_migrations if key in loader.graph.nodes]
            self._states[0] = loader.project_state([key for key in have if key not in new])
        for step in range(number):
            if step + 1 not in self._states:
                state = self._states[step]
                is_out = step in self._left_out
                self._states[step + 1] = state if is_out else self._plan[step].mutate_state(state)
        return self._states[number]


def _file_of(migration):
    return getattr(sys.modules.get(type(migration).__module__), "__file__", None)


def _path_of(migration):
    file = _file_of(migration)
    here = os.getcwd() + os.sep
    if file is None or not os.path.realpath(file).startswith(os.path.realpath(here) + os.sep):
        return None
    return os.path.relpath(os.path.realpath(file), os.path.realpath(here))


def _why(error):
    first = str(error).strip().split("\n")[0][:300]
    if getattr(error, "__cause__", None) is not None and hasattr(error.__cause__, "diag"):
        return told(error)
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
