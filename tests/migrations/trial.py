"""A trial: old and new code on the schemas before and after a migration, on a real PostgreSQL."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import Error, connection, transaction
from django.db.migrations import Migration
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.state import ProjectState, StateApps
from psycopg.errors import ForeignKeyViolation
from trial_calls import Call, calls, deletions
from trial_history import History
from trial_locks import Watched, watched
from trial_measured import Measured, NotMigrations
from trial_rows import Rows, concrete

_numbers = itertools.count(1)


def measure(files: Mapping[str, str], new: int = 1) -> Measured:
    """Run the last `new` of the migrations `files`, texts by path, after the others, and all code.

    In a schema of its own, which is gone afterwards.

    Raises:
        NotMigrations: there is nothing to run, or no models to try it with.
    """
    try:
        history = History(files, new)
        history.models_before(), history.models_after()
    except Exception as error:
        raise NotMigrations(_told(error)) from None
    with _own_schema():
        state = ProjectState()
        for migration in history.before:
            state = _apply(migration, state)
        old, new = history.models_before(), history.models_after()
        with transaction.atomic():
            Rows(old).fill()
        old_on_old = _try_all(old)
        new_on_old = old_on_old if history.keeps_models() else _try_all(new, elsewhere=True)
        with watched() as seen:
            stopped = _failure(history)
        if stopped is not None:
            return _stopped(stopped, seen)
        new_on_new = _try_all(new)
        old_on_new = new_on_new if history.keeps_models() else _try_all(old, unlike=old_on_old)
        hazards = (*_hazards(new_on_new, new_on_old), *_orphaned(old, new))
        return Measured(
            old_fails=_failures(old_on_old, old_on_new),
            new_fails=_failures(new_on_new, new_on_old),
            impossible=(*_impossible(old, old_on_old), *_impossible(new, new_on_new)),
            statements=tuple(seen.statements),
            locks=tuple(seen.locks),
            stopped=None,
            irreversible=_irreversible(history),
            hazards=hazards,
        )


@contextlib.contextmanager
def _own_schema() -> Iterator[None]:
    name = f"trial_{next(_numbers)}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {name}")
        cursor.execute(f"SET search_path TO {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA {name} CASCADE")


def _leave_transactions() -> None:
    """Where the index of a new model cannot be made, Django's schema editor leaves one open."""
    connection.in_atomic_block = connection.needs_rollback = False
    connection.savepoint_ids.clear()
    connection.atomic_blocks.clear()
    connection.connection.rollback()
    connection.set_autocommit(True)


def _apply(migration: Migration, state: ProjectState) -> ProjectState:
    with connection.schema_editor(atomic=migration.atomic) as editor:
        return migration.apply(state, editor)


def _failure(history: History) -> str | None:
    """What stopped the migrations, if anything did."""
    state = history.before_trial()
    try:
        for migration in history.trials:
            state = _apply(migration, state)
    except Exception as error:
        _leave_transactions()
        return _told(error)
    return None


def _stopped(why: str, seen: Watched) -> Measured:
    return Measured((), (), (), tuple(seen.statements), tuple(seen.locks), why, None, ())


def _irreversible(history: History) -> str | None:
    try:
        for place, migration in reversed(list(enumerate(history.trials))):
            state = history.before_trial(place)
            with connection.schema_editor(atomic=migration.atomic) as editor:
                migration.unapply(state, editor)
    except (Error, IrreversibleError, NotImplementedError) as error:
        return _told(error)
    return None


@dataclass(frozen=True)
class _Outcome:
    """How a call went: its error if it failed, else what it wrote, as it was read again."""

    error: Exception | None = None
    wrote: object = None


_Results = dict[str, _Outcome]


def _try_all(
    apps: StateApps, *, elsewhere: bool = False, unlike: _Results | None = None
) -> _Results:
    """How each call went; nothing remains of any of them.

    With the results of their own schema given, only the legal ones are tried. In a
    schema that is not theirs (`elsewhere`) models that cannot be read tell enough.
    """
    results: _Results = {}
    with _never_committed() as savepoint:
        for name, call in calls(apps):
            if unlike is None or unlike[name].error is None:
                results[name] = _try(call, savepoint)
                if (elsewhere or unlike) and name.endswith(" select") and results[name].error:
                    break
    return results


def _legal(own: _Results) -> set[str]:
    return {name for name, outcome in own.items() if outcome.error is None}


def _impossible(apps: StateApps, own: _Results) -> tuple[str, ...]:
    plain = [
        f"{model._meta.label} {verb}"
        for model in concrete(apps)
        for verb in ("select", "insert", "save")
    ]
    return tuple(f"{name}: {own[name].error}" for name in plain if own[name].error is not None)


@contextlib.contextmanager
def _never_committed() -> Iterator[str]:
    """A transaction that is rolled back; yields a savepoint at its beginning."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Foreign keys that Django defers to the commit are looked at now.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield transaction.savepoint()
        transaction.set_rollback(True)


def _try(call: Call, savepoint: str) -> _Outcome:
    """How the call goes, which is undone: all that was done since the savepoint is."""
    try:
        return _Outcome(wrote=call())
    except Exception as error:  # values that do not fit the models are no Error of Django's
        return _Outcome(error)
    finally:
        # An error inside of a call's own transaction has marked ours as lost.
        transaction.set_rollback(False)
        transaction.savepoint_rollback(savepoint)


def _failures(own: _Results, other: _Results) -> tuple[str, ...]:
    """The calls that are legal in their own schema and do less in the other."""
    found = []
    for name in sorted(_legal(own) & set(other)):
        error = other[name].error
        if error is not None and not _is_hazard(name, error):
            found.append(f"{name}: {_told(error)}")
        elif error is None and own[name].wrote != other[name].wrote:
            found.append(f"{name}: {own[name].wrote!r:.60} is kept as {other[name].wrote!r:.60}")
    return tuple(found)


def _hazards(own: _Results, other: _Results) -> tuple[str, ...]:
    failed = [(name, other[name].error) for name in sorted(_legal(own) & set(other))]
    return tuple(f"{name}: {_told(e)}" for name, e in failed if e and _is_hazard(name, e))


def _is_hazard(name: str, error: Exception) -> bool:
    """Django cascades in Python: a table that its models do not know keeps its rows."""
    return " delete" in name and isinstance(error.__cause__, ForeignKeyViolation)


def _orphaned(old: StateApps, new: StateApps) -> tuple[str, ...]:
    """Deletions of the old code that fail once the new code has written rows."""
    found = []
    with _never_committed() as savepoint:
        if _try(lambda: list(deletions(old)), savepoint).error is not None:
            return ()
        try:
            Rows(new).refer()
        except Error:  # it takes other values than the ordinary ones
            return ()
        since = transaction.savepoint()
        for name, call in deletions(old):
            error = _try(call, since).error
            if error is not None and _is_hazard(name, error):
                found.append(f"{name}: {_told(error)}")
    return tuple(found)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"
