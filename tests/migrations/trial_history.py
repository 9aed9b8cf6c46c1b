"""Migrations from their source text, and the states of the models before and after them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from django.db.migrations import Migration
from django.db.migrations.state import ProjectState, StateApps

HEADER = """\
import datetime
import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.functions
import django.utils.timezone
from django.db import migrations, models
"""

FIRST = "shop/migrations/0001_initial.py"
SECOND = "shop/migrations/0002_trial.py"
THIRD = "shop/migrations/0003_trial.py"


def source(
    operations: str, *, after: Sequence[tuple[str, str]] = (), atomic: bool = True, top: str = ""
) -> str:
    """The text of a migration file: `operations` are the elements of its list, in Python."""
    body = textwrap.indent(textwrap.dedent(operations).strip(), " " * 8)
    lines = [HEADER, top, "", "class Migration(migrations.Migration):"]
    lines += [] if atomic else ["    atomic = False"]
    lines += [f"    dependencies = {list(after)!r}", "    operations = [", body, "    ]", ""]
    return "\n".join(lines)


class History:
    """Migrations that have run (`before`) and those under trial, the last `new` of the files.

    `files` are texts by path, in the order in which they run. Their code is
    executed here and now.
    """

    def __init__(self, files: Mapping[str, str], new: int = 1) -> None:
        migrations = [_load(path, text) for path, text in files.items()]
        self.before, self.trials = migrations[:-new], migrations[-new:]

    def before_trial(self, place: int = 0) -> ProjectState:
        """The state for the migrations to start from, or for the one at `place` among them.

        A new one each time: models that code has worked with would not be those
        that a migration finds in a process of its own.
        """
        return _after([*self.before, *self.trials[:place]])

    def models_before(self) -> StateApps:
        """The models of the old code."""
        return self.before_trial().apps

    def models_after(self) -> StateApps:
        """The models of the new code."""
        return _after([*self.before, *self.trials]).apps

    def keeps_models(self) -> bool:
        """Whether code of before and after would say the same to the database."""
        return _words(self.before_trial()) == _words(_after([*self.before, *self.trials]))


_OF_THE_SCHEMA = {"indexes", "constraints", "unique_together", "index_together"}


def _words(state: ProjectState) -> object:
    return {
        key: (
            {name: value for name, value in model.options.items() if name not in _OF_THE_SCHEMA},
            [(name, field.deconstruct()) for name, field in model.fields.items()],
        )
        for key, model in state.models.items()
    }


def _load(path: str, text: str) -> Migration:
    app, _, file = path.split("/")
    name = file[: -len(".py")]
    namespace: dict[str, object] = {"__name__": f"{app}.migrations.{name}"}
    exec(compile(text, path, "exec"), namespace)
    kind = namespace["Migration"]
    assert isinstance(kind, type)
    migration = kind(name, app)
    assert isinstance(migration, Migration)
    return migration


def _after(migrations: Sequence[Migration]) -> ProjectState:
    state = ProjectState()
    for migration in migrations:
        state = migration.mutate_state(state, preserve=False)
    return state
