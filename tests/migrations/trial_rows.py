"""Rows for the tables of a trial: those there were before, and values for one more."""

from __future__ import annotations

from typing import Any

from django.db import Error, models, transaction
from django.db.migrations.state import StateApps
from trial_values import ordinary

Model = Any

ROWS = 6
"""Rows that each table holds before the migration.

Tables that refer to others have one less than these, so that there is always a row
left to which a one-to-one row can be added.
"""

FRESH = 101
"""The number of a row that is not among them."""

_LAST_ID = 32_000
"""Above the ids of the rows there were, so that these stay the first by their keys."""


def concrete(apps: StateApps) -> list[Model]:
    """The models with tables that migrations care for, those first that others refer to."""
    found = [
        model
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy and not model._meta.swapped
    ]
    return sorted(found, key=lambda model: (_depth(model, ()), model._meta.label))


def _depth(model: Model, seen: tuple[Model, ...]) -> int:
    others = {field.related_model for field in model._meta.fields if field.is_relation}
    return 1 + max((_depth(other, (*seen, model)) for other in others - {*seen, model}), default=0)


def _count(model: Model) -> int:
    return ROWS + 1 - _depth(model, ())


def written(model: Model) -> list[Any]:
    """The fields that code gives values to."""
    return [
        field
        for field in model._meta.fields
        if not isinstance(field, models.AutoField)
        and not getattr(field, "generated", False)
        and not (field.is_relation and getattr(field.remote_field, "parent_link", False))
    ]


def many_to_many(model: Model) -> list[Any]:
    """The many to many fields whose table is Django's own."""
    return [
        field
        for field in model._meta.local_many_to_many
        if field.remote_field.through._meta.auto_created
    ]


class Rows:
    """Values for rows of the tables of `apps`, as they are now."""

    def __init__(self, apps: StateApps) -> None:
        self.models = concrete(apps)
        self._keys: dict[Model, list[Any]] = {}

    def fill(self) -> None:
        """Put rows into every table. No two tables have the same ids."""
        for place, model in enumerate(self.models, start=1):
            for number in range(1, _count(model) + 1):
                row = model(**self.values(model, number))
                if isinstance(model._meta.pk, models.AutoField):
                    row.pk = place * 1000 + number
                row.save(force_insert=True)
            for field in many_to_many(model):
                others = list(field.related_model._base_manager.order_by("pk")[:2])
                for row in model._base_manager.all():
                    getattr(row, field.name).add(*others)

    def refer(self) -> None:
        """Add a row to every table; each of its foreign keys refers to another row."""
        for model in self.models:
            values = self.values(model, FRESH)
            keys = [field for field in written(model) if isinstance(field, models.ForeignKey)]
            for number, field in enumerate(keys, start=1):
                if not field.unique:
                    values[field.attname] = self._key(field, number)
            row = model(**values)
            if isinstance(model._meta.pk, models.AutoField):
                row.pk = _LAST_ID
            row.save(force_insert=True)
            for field in many_to_many(model):
                getattr(row, field.name).add(*field.related_model._base_manager.all()[:2])

    def values(self, model: Model, number: int) -> dict[str, Any]:
        """Ordinary values for the row of that number, which refers to rows of that number."""
        return {
            field.attname: self._key(field, number)
            if isinstance(field, models.ForeignKey)
            else ordinary(field, number)
            for field in written(model)
        }

    def _key(self, field: Any, number: int) -> Any:
        """The key of the row of that number in the other table, or of its last row."""
        other = field.related_model
        number = min(number, _count(other))
        if not field.target_field.primary_key:
            return ordinary(field.target_field, number)
        if other not in self._keys:
            self._keys[other] = _read_keys(other)
        keys = self._keys[other]
        # A table without rows: any number, the database will judge it.
        return keys[number - 1] if number <= len(keys) else number


def _read_keys(model: Model) -> list[Any]:
    try:
        with transaction.atomic():
            return list(model._base_manager.order_by("pk").values_list("pk", flat=True))
    except Error:  # these models are not those of the schema
        return []
