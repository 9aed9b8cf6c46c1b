"""Rows of a model that are legal by the model's own rules, made through the ORM."""

import contextlib
import itertools
import os
import random

from django.db import DatabaseError, models, transaction
from django.db.models import signals
from inside import values
from inside.rules import columns_of, has_default, is_automatic, may_be_left, varied

_TRIES = 40
#: Rows that are committed stay for all rounds, so no number comes twice; no two processes are
#: likely to begin in the same place.
_numbers = itertools.count(1000 + os.getpid() % 97 * 1_000_000)
_keys = itertools.count(1_000_000 + os.getpid() % 1000 * 1_000_000)
_MUTED = (
    signals.pre_save,
    signals.post_save,
    signals.pre_delete,
    signals.post_delete,
    signals.m2m_changed,
)


def mute_signals():
    """From now on the project's receivers are not told: what they do is not what is measured."""
    for signal in _MUTED:
        signal.receivers = []
        signal.sender_receivers_cache.clear()


class NoRow(Exception):
    """No row could be made; says why."""


class Rows:
    """Makes rows in the database that `connection` is to; keeps one of each model as parent."""

    def __init__(self, connection):
        self._connection = connection
        self._number = next(_numbers)
        self._base = {}
        self._why = {}
        self._making = []
        self._turn = 0
        #: Every row that was made, some of which may have been undone since.
        self.created = []

    def base(self, model):
        """The one row of the model that others refer to.

        Raises:
            NoRow: there can be none.
        """
        key = model._meta.label
        if key in self._why:
            raise NoRow(self._why[key])
        if key not in self._base:
            if key in self._making:
                raise NoRow(f"{key} needs a row of itself first")
            self._making.append(key)
            try:
                self._base[key] = self._first(model)
            except NoRow as error:
                if len(self._making) == 1:
                    # Within another's making it may only be that one which is missing yet.
                    self._why[key] = str(error)
                raise
            finally:
                self._making.pop()
        return self._base[key]

    def pair(self, model, given=(), preferred=None):
        """Insert two rows that are alike as far as the model allows it; see `varied`."""
        first = self.new(model, given, None, preferred)
        return first, self.new(model, given, self._number, preferred)

    def something(self, model):
        """By name a value for each column that may hold NULL."""
        given = {}
        for field in columns_of(model):
            if not field.null or is_automatic(field):
                continue
            with contextlib.suppress(values.NoValue, NoRow):
                if not field.is_relation:
                    given[field.name] = values.plain(field, self._connection, self._number)
                elif not field.unique:
                    parent = self.base(field.remote_field.model)
                    given[field.attname] = _key(parent, field)
        return given

    def new(self, model, given=(), alike=None, preferred=None):
        """Insert a row with the least fields, and the values `given` by field name.

        Where rows may be the same, it has the values of the row that had the number `alike`.
        """
        self._number = next(_numbers)
        number, given = self._number, dict(given)
        common = number if alike is None else alike
        unlike = varied(model, preferred)
        instance = model()
        for field in columns_of(model):
            if field.name in given:
                _set(instance, field, given[field.name])
            elif field.attname in given:
                _set(instance, field, given[field.attname])
            elif is_automatic(field):
                continue
            elif field.name in unlike and field.is_relation and field.null:
                # NULL is like no other, and a ring of rows that need one another has no first.
                continue
            elif field.name in unlike:
                self._vary(instance, field, number)
            elif field.is_relation and (not field.null or has_default(field)):
                # A default may refer to a row that is not here.
                _set(instance, field, self._plain(field, common))
            elif not may_be_left(field) or (field.primary_key and not field.has_default()):
                _set(instance, field, self._plain(field, common))
        instance.save_base(force_insert=True)
        self.created.append(instance)
        return instance

    def _vary(self, instance, field, number):
        if field.is_relation:
            value = _key(self.new(field.remote_field.model), field)
        elif field.has_default() and callable(field.default):
            return
        elif values.choices_of(field):
            # The same in every round, so that two rounds can be compared.
            self._turn += 1
            allowed = values.choices_of(field)
            value = allowed[self._turn % len(allowed)]
        else:
            value = values.plain(field, self._connection, number)
        _set(instance, field, value)

    def _plain(self, field, number):
        if field.is_relation:
            return _key(self.base(field.remote_field.model), field)
        return values.plain(field, self._connection, number)

    def _first(self, model):
        """A first row, with other values where the plain ones break a rule of the model."""
        why = ""
        for given in self._choices(model):
            point = transaction.savepoint(self._connection.alias)
            try:
                instance = self.new(model, {**self._key_of_its_own(model), **given})
                self._connection.check_constraints()
            except NoRow:
                go_back(self._connection, point)
                raise
            except DatabaseError as error:
                go_back(self._connection, point)
                why = told(error)
                if not is_about_values(error):
                    break
                continue
            except Exception as error:
                go_back(self._connection, point)
                why = f"{type(error).__name__}: {error}"
                break
            transaction.savepoint_commit(point, self._connection.alias)
            return instance
        raise NoRow(why)

    def _key_of_its_own(self, model):
        """A key that no row of another model has: what refers to the wrong one must not be right."""
        key = model._meta.pk
        is_plain = isinstance(key, models.AutoField) or key.get_internal_type() == "BigAutoField"
        return {key.name: next(_keys)} if is_plain else {}

    def forget_since(self, known):
        """Rows that are no more: whatever was made since `known` was what `made` gave."""
        self._base = {key: row for key, row in self._base.items() if key in known}

    @property
    def made(self):
        """The models that have a row for others to refer to."""
        return frozenset(self._base)

    def _choices(self, model):
        """Values to give: something in every column, nothing, then chance, the same every time."""
        yield self.something(model)
        yield {}
        chance = random.Random(model._meta.label)
        fields = [
            field
            for field in columns_of(model)
            if not is_automatic(field) and not field.is_relation
        ]
        for _ in range(_TRIES):
            given = {}
            for field in fields:
                options = []
                try:
                    options = [value for _, value in values.edges(field, self._connection)]
                    options.append(values.plain(field, self._connection, chance.randrange(30000)))
                except values.NoValue:
                    continue
                if field.null:
                    options.append(None)
                if chance.random() < 0.6:
                    given[field.name] = chance.choice(options)
            yield given


def _set(instance, field, value):
    if isinstance(field, models.FileField):
        # Given in the usual way, an image is opened to see how large it is.
        instance.__dict__[field.attname] = value
    else:
        setattr(instance, field.attname, value)


def _key(parent, field):
    """What a foreign key holds to refer to `parent`."""
    target = field.target_field
    return getattr(parent, target.attname)


def go_back(connection, point):
    """Undo what was done since the savepoint, after an error, too."""
    transaction.set_rollback(False, connection.alias)
    transaction.savepoint_rollback(point, connection.alias)


def told(error):
    """What the database said, without the values that it may say next."""
    cause = error.__cause__ or error
    text = getattr(getattr(cause, "diag", None), "message_primary", None) or str(error)
    return text.strip().split("\n")[0][:300]


def is_about_values(error):
    """Whether other values might do: a rule of the database was broken, not its shape."""
    cause = error.__cause__ or error
    code = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or ""
    return code[:2] in ("22", "23")
