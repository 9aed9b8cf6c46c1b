"""Migrations run one by one through Django's own executor."""

import os
import sys

from django.apps import apps as real_apps
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.executor import MigrationExecutor
from inside.filling import Filling
from inside.rows import told
from inside.splitting import Splitting
from inside.tracing import Trace
from inside.trying import OK, Trial


class Failed(Exception):
    """Something could not be done; the text says why."""


class Session:
    """One version of a project's code at the scratch database."""

    def __init__(self):
        self._executor = None
        self._plan = []
        self._filling = Filling()
        self._states = {}
        self._left_out = set()

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
        """Put rows into the tables that there are before migration `number`; see `Filling`."""
        return self._filling.put_in(self._state(number, False).apps, many)

    def empty(self):
        """Take out again what `fill` has put in."""
        self._filling.take_out()

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

    def split(self, paths):
        """The migrations at `paths` as two deployments; see `Splitting.document`."""
        splitting = Splitting(connection, self._executor.loader, self._plan, self._state, _path_of)
        return splitting.document(paths)

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
