"""Model fields: which ones Django brings, and what a call of one says about its column."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from minion.analyser.migrations.state.fieldclasses import FIELD_CLASSES, GIS, FieldClass
from minion.analyser.migrations.state.packagefields import PACKAGE_FIELDS
from minion.analyser.migrations.text.values import Call, Ref, Unknown, is_given

_identities = itertools.count(1)
#: Stands for a keyword that is not given.
ABSENT = Ref("<absent>")


@dataclass(frozen=True)
class Field:
    """A field as a migration writes it."""

    #: The class: ``CharField`` for Django's own, the import path of others.
    path: str
    #: None for classes of which nothing is known, as of most that Django does not bring.
    field_class: FieldClass | None
    options: Mapping[str, object]
    #: Whether there are arguments that could not be read.
    is_open: bool
    line: int
    #: Tells a field from another one of the same name; altering and renaming keep it.
    identity: int = field(default_factory=lambda: next(_identities), compare=False)

    def get(self, key: str) -> object:
        """The keyword's value, `ABSENT` if it is not given."""
        return self.options.get(key, ABSENT)

    def has(self, key: str) -> bool:
        """Whether the keyword is given."""
        return key in self.options

    def flag(self, key: str, default: bool = False) -> bool | None:
        """The keyword as a boolean; None where it cannot be told."""
        value = self.options.get(key, ABSENT)
        if isinstance(value, bool):
            return value
        if value is ABSENT:
            return None if self.is_open else default
        return None

    @property
    def is_null(self) -> bool | None:
        """Whether the column takes NULL; None where it cannot be told."""
        if self.field_class is not None and self.field_class.always_null:
            return True
        return self.flag("null")

    @property
    def is_unique(self) -> bool | None:
        """Whether the column has an unique index, the primary key's included."""
        if self.field_class is not None and self.field_class.name == "OneToOneField":
            return True
        flags = (self.flag("unique"), self.flag("primary_key"))
        return True if True in flags else None if None in flags else False

    @property
    def is_indexed(self) -> bool | None:
        """Whether ``db_index`` is on, be it by the class's default."""
        return self.flag(
            "db_index", default=self.field_class is not None and self.field_class.db_index
        )

    @property
    def has_default(self) -> bool:
        """Whether there is a default in Python, a date's automatic one not counted."""
        return self.has("default") and is_given(self.options["default"])

    @property
    def has_auto_now(self) -> bool:
        """Whether a date is set by Django; a value that cannot be read counts as yes."""
        return self.flag("auto_now") is not False or self.flag("auto_now_add") is not False

    @property
    def has_db_default(self) -> bool | None:
        """Whether the database fills the column; None where it cannot be told."""
        value = self.options.get("db_default", ABSENT)
        if value is ABSENT:
            return None if self.is_open else False
        if value is None or (isinstance(value, Call) and value.args == (None,)):
            return False  # DEFAULT NULL, as without one
        if isinstance(value, Unknown):
            return None
        return is_given(value)

    @property
    def is_relation(self) -> bool:
        """Whether it is Django's ForeignKey or OneToOneField."""
        return self.field_class is not None and self.field_class.name in (
            "ForeignKey",
            "OneToOneField",
        )

    @property
    def is_many_to_many(self) -> bool:
        """Whether it is Django's ManyToManyField, which has a table instead of a column."""
        return self.field_class is not None and self.field_class.name == "ManyToManyField"

    @property
    def is_generated(self) -> bool:
        """Whether the database computes it."""
        return self.field_class is not None and self.field_class.name == "GeneratedField"

    @property
    def has_through(self) -> bool | None:
        """Whether a ManyToManyField has a model of its own in between; None: cannot be told."""
        value = self.options.get("through", ABSENT)
        if value is ABSENT or value is None:
            return None if self.is_open and value is ABSENT else False
        return True if isinstance(value, (str, Ref, Call)) else None

    @property
    def points_somewhere(self) -> bool:
        """Whether rows elsewhere cannot be deleted any more because of it (db_constraint)."""
        relates = self.is_relation or self.is_many_to_many
        if self.field_class is None:
            relates = self.has("to")
        return relates and self.flag("db_constraint", default=True) is not False

    def column(self, name: str) -> str | None:
        """The column of a field of that name; None where it cannot be told."""
        value = self.options.get("db_column", ABSENT)
        if isinstance(value, str) and value:
            return value
        if self.field_class is None or self.is_open or (value is not ABSENT and value is not None):
            return None
        return f"{name}_id" if self.is_relation else name

    def without_default(self) -> Field:
        """The field as the state keeps it after ``preserve_default=False``."""
        kept = {key: value for key, value in self.options.items() if key != "default"}
        return replace(self, options=kept)


def field_of(value: object) -> Field | None:
    """The field that a call makes; None if it is no call that can be read."""
    if not isinstance(value, Call):
        return None
    field_class = field_class_of(value.path)
    if field_class is None:
        options: dict[str, object] = dict(value.keywords)
        if value.args:
            options["*"] = value.args
        return Field(value.path, None, options, value.is_open, value.line)
    if len(value.args) > len(field_class.params):
        options, is_open = dict(value.keywords), True
    else:
        options = {**dict(zip(field_class.params, value.args)), **value.keywords}
        is_open = value.is_open
    path = value.path if value.path in PACKAGE_FIELDS else field_class.name
    return Field(path, field_class, options, is_open, value.line)


def field_class_of(path: str) -> FieldClass | None:
    """What is known of the class of that import path; None for most that are not Django's."""
    if path in PACKAGE_FIELDS:
        return PACKAGE_FIELDS[path]
    module, _, name = path.rpartition(".")
    if not module.startswith("django."):
        return None
    if module == "django.db.models" or module.startswith("django.db.models.fields"):
        return FIELD_CLASSES.get(name) if name not in GIS else None
    if module.startswith("django.contrib.gis.db.models"):
        return FIELD_CLASSES.get(name)
    if module.startswith(("django.contrib.postgres.fields", "django.contrib.postgres.search")):
        return FIELD_CLASSES.get(name)
    return None
