"""Values for each kind of field: ordinary ones, all different, and those at its limits."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any, Callable

from django.contrib.postgres import fields as postgres
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import NumericRange

Field = Any

MISSING_ID = 987_654
"""The id of no row: legal in a foreign key that has no constraint in the database."""

_EPOCH = datetime.datetime(2020, 1, 1, 12, tzinfo=datetime.timezone.utc)


def ordinary(field: Field, number: int) -> Any:
    """A value that `field` holds every day; another one for each number from 1 to 999."""
    for kinds, make, _ in _TABLE:
        if isinstance(field, kinds):
            return make(field, number)
    raise AssertionError(f"no value for a {type(field).__name__}")


def at_the_limits(field: Field) -> list[Any]:
    """Values that are, or could be, just legal. Which of them are is for the database to say."""
    for kinds, _, limits in _TABLE:
        if isinstance(field, kinds):
            return list(limits(field))
    raise AssertionError(f"no values for a {type(field).__name__}")


def _integers(field: Field) -> list[int]:
    low, high = connection.ops.integer_field_range(field.get_internal_type())
    return [low, -1, 0, 1, high]


def _texts(field: Field) -> list[str]:
    """Up to the longest; an unlimited one stays below what an index entry can hold."""
    longest = field.max_length or 600
    return ["", "é" * longest, "v" * longest]


def _text(field: Field, number: int) -> str:
    digits = f"v{number:03}"
    return digits[-field.max_length :] if field.max_length else digits


def _decimal(field: Field, number: int) -> decimal.Decimal:
    step = decimal.Decimal(1).scaleb(-field.decimal_places)
    return (number % 9 + 1) * min(step * 10, decimal.Decimal(1)) + step * (number // 9)


def _decimals(field: Field) -> list[decimal.Decimal]:
    step = decimal.Decimal(1).scaleb(-field.decimal_places)
    most = decimal.Decimal(10) ** (field.max_digits - field.decimal_places) - step
    return [-most, -step, decimal.Decimal(0), step, most]


def _array(field: Field, number: int) -> list[Any]:
    return [ordinary(field.base_field, number)]


def _arrays(field: Field) -> list[list[Any]]:
    return [[], *([value] for value in at_the_limits(field.base_field))]


_Kinds = tuple[type, ...]
_TABLE: list[tuple[_Kinds, Callable[[Field, int], Any], Callable[[Field], list[Any]]]] = [
    ((models.ForeignKey,), lambda field, number: number, lambda field: [MISSING_ID]),
    (
        (models.BooleanField,),
        lambda field, number: number % 2 == 0,
        lambda field: [True, False],
    ),
    ((models.IntegerField,), lambda field, number: number, _integers),
    ((models.DecimalField,), _decimal, _decimals),
    (
        (models.FloatField,),
        lambda field, number: number + 0.5,
        lambda field: [-1.5e300, 0.0, 1e-300, 1.5e300],
    ),
    ((models.CharField, models.TextField, models.FileField), _text, _texts),
    (
        (models.DateTimeField,),
        lambda field, number: _EPOCH + datetime.timedelta(days=number),
        lambda field: [_EPOCH.replace(year=2), _EPOCH.replace(year=9998)],
    ),
    (
        (models.DateField,),
        lambda field, number: _EPOCH.date() + datetime.timedelta(days=number),
        lambda field: [datetime.date.min, datetime.date.max],
    ),
    (
        (models.TimeField,),
        lambda field, number: datetime.time(number % 24, number % 60),
        lambda field: [datetime.time.min, datetime.time.max],
    ),
    (
        (models.DurationField,),
        lambda field, number: datetime.timedelta(seconds=number),
        lambda field: [datetime.timedelta(-9999), datetime.timedelta(9999)],
    ),
    (
        (models.UUIDField,),
        lambda field, number: uuid.UUID(int=number),
        lambda field: [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)],
    ),
    (
        (models.JSONField,),
        lambda field, number: {"n": number},
        lambda field: [{}, [], 0, "", "text", {"a": None}],
    ),
    (
        (models.BinaryField,),
        lambda field, number: bytes([number % 256, number // 256]),
        lambda field: [b"", b"\0" * 500],
    ),
    (
        (models.GenericIPAddressField,),
        lambda field, number: f"10.0.{number // 256}.{number % 256}",
        lambda field: ["0.0.0.0", "ffff::1"],
    ),
    (
        (postgres.IntegerRangeField, postgres.BigIntegerRangeField),
        lambda field, number: NumericRange(number * 10, number * 10 + 5),
        lambda field: [NumericRange(None, -5), NumericRange(empty=True)],
    ),
    ((postgres.ArrayField,), _array, _arrays),
]
