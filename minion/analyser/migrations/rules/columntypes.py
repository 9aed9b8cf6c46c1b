"""Column types, and what it means to change one into another."""

from __future__ import annotations

from dataclasses import dataclass

from minion.analyser.migrations.state.fields import ABSENT, Field, field_of
from minion.analyser.migrations.text.values import Ref, is_literal


@dataclass(frozen=True)
class ColumnChange:
    """One aspect of a column that differs, and who works with it."""

    old_works: bool
    new_works: bool
    what: str
    locks: bool = False
    #: A form that keeps nobody waiting.
    advice: str = ""
    #: Whether every row is written anew.
    rewrites: bool = False


_NEW_COLUMN = "a new column next to the old one: write both, copy in batches, switch, drop the old"
_CHECK = "the same CHECK by AddConstraintNotValid, then ValidateConstraint"


class Undecided(Exception):
    """A value that decides is not a literal. Its text says which."""


def type_change(old: Field, new: Field, *, is_indexed: bool) -> list[ColumnChange]:
    """What the change of a column's type amounts to; empty if the type stays.

    Both fields are Django's own, and no relations. Raises Undecided.
    """
    assert old.field_class is not None
    assert new.field_class is not None
    before, after = old.field_class.type, new.field_class.type
    pair = (before, after)
    if pair == ("varchar", "varchar"):
        return _varchar(_length(old), _length(new), old, new)
    if pair == ("varchar", "text"):
        _length(old)
        return [ColumnChange(True, False, "varchar to text", locks=is_indexed)]
    if pair == ("text", "varchar"):
        _length(new)
        return [
            ColumnChange(
                False, True, "text to varchar rewrites the table", locks=True, rewrites=True
            )
        ]
    if before == after and before in ("integer", "auto"):
        return _integer(old, new)
    if pair == ("numeric", "numeric"):
        return _numeric(old, new)
    if pair == ("array", "array"):
        return _array(old, new)
    if pair == ("stream", "stream"):
        return _stream(old, new)
    if before != after:
        return [
            ColumnChange(
                False,
                False,
                f"the type changes from {before} to {after}",
                locks=True,
                rewrites=True,
            )
        ]
    if any(_changed(old, new, key) for key in new.field_class.type_keys):
        return [
            ColumnChange(
                False, False, f"the type changes within {after}", locks=True, rewrites=True
            )
        ]
    return []


def _changed(old: Field, new: Field, key: str) -> bool:
    before, after = old.get(key), new.get(key)
    if before == after:
        return False
    for value in (before, after):
        if value is not ABSENT and not is_literal(value):
            raise Undecided(f"{key} is not a literal")
    return True


def _length(item: Field) -> int | Ref | None:
    """``max_length``: a number of characters, None for no limit, or the name that stands for it."""
    value = item.get("max_length")
    if value is ABSENT:
        if item.is_open:
            raise Undecided("max_length cannot be told")
        return item.field_class.size if item.field_class else None
    if value is None or type(value) is int or isinstance(value, Ref):
        return value
    raise Undecided("max_length is not a literal")


def _varchar(
    before: int | Ref | None, after: int | Ref | None, old: Field, new: Field
) -> list[ColumnChange]:
    if before == after:
        return []
    if isinstance(before, Ref) or isinstance(after, Ref):
        raise Undecided("max_length is not a literal")
    if after is None or (before is not None and after > before):
        return [ColumnChange(True, False, f"longer: varchar({before}) to {_shown(after)}")]
    what = f"shorter: {_shown(before)} to varchar({after}), which rewrites the table"
    return [ColumnChange(False, True, what, locks=True, rewrites=True)]


def _shown(length: int | None) -> str:
    return "no limit" if length is None else f"varchar({length})"


def _integer(old: Field, new: Field) -> list[ColumnChange]:
    assert old.field_class is not None
    assert new.field_class is not None
    found = []
    before, after = old.field_class.size or 0, new.field_class.size or 0
    if after > before:
        found.append(
            ColumnChange(
                True, False, "wider integers rewrite the table", True, _NEW_COLUMN, rewrites=True
            )
        )
    elif after < before:
        found.append(
            ColumnChange(
                False, True, "narrower integers rewrite the table", locks=True, rewrites=True
            )
        )
    if new.field_class.is_positive and not old.field_class.is_positive:
        found.append(ColumnChange(False, True, "a CHECK for positive numbers", True, _CHECK))
    elif old.field_class.is_positive and not new.field_class.is_positive:
        found.append(ColumnChange(True, False, "no CHECK for positive numbers any more"))
    return found


def _numeric(old: Field, new: Field) -> list[ColumnChange]:
    if not _changed(old, new, "max_digits") and not _changed(old, new, "decimal_places"):
        return []
    digits = [(item.get("max_digits"), item.get("decimal_places")) for item in (old, new)]
    (old_digits, old_scale), (new_digits, new_scale) = digits
    numbers = (old_digits, old_scale, new_digits, new_scale)
    if not all(type(number) is int for number in numbers):
        return [
            ColumnChange(False, False, "numeric with and without limits", locks=True, rewrites=True)
        ]
    assert isinstance(old_digits, int) and isinstance(old_scale, int)
    assert isinstance(new_digits, int) and isinstance(new_scale, int)
    whole_grows = (new_digits - new_scale) - (old_digits - old_scale)
    scale_grows = new_scale - old_scale
    what = f"numeric({old_digits}, {old_scale}) to ({new_digits}, {new_scale})"
    if scale_grows == 0 and whole_grows > 0:
        return [ColumnChange(True, False, what)]
    if whole_grows >= 0 and scale_grows >= 0:
        return [ColumnChange(True, False, f"{what} rewrites the table", locks=True, rewrites=True)]
    if whole_grows <= 0 and scale_grows <= 0:
        return [ColumnChange(False, True, f"{what} rewrites the table", locks=True, rewrites=True)]
    return [ColumnChange(False, False, f"{what} rewrites the table", locks=True, rewrites=True)]


def _array(old: Field, new: Field) -> list[ColumnChange]:
    bases = field_of(old.get("base_field")), field_of(new.get("base_field"))
    before, after = bases
    if before is None or after is None or before.field_class is None or after.field_class is None:
        if old.get("base_field") == new.get("base_field"):
            return []
        raise Undecided("the type of the array's elements is not known")
    inner = type_change(before, after, is_indexed=False)
    if any(not (change.old_works and not change.new_works) for change in inner):
        return [
            ColumnChange(
                False, False, "the type of the array's elements changes", locks=True, rewrites=True
            )
        ]
    is_varchar = (before.field_class.type, after.field_class.type) == ("varchar", "varchar")
    if inner and is_varchar:
        return [
            ColumnChange(
                True, False, "longer elements rewrite the table", locks=True, rewrites=True
            )
        ]
    if inner or _changed(old, new, "size"):
        return [ColumnChange(False, False, "the array's type changes", locks=True, rewrites=True)]
    return []


def _stream(old: Field, new: Field) -> list[ColumnChange]:
    """Wagtail's StreamField: its blocks are Python's; the column is text or, since 5.0, JSON.

    Since 6.2, whose migrations name `block_lookup`, ``use_json_field`` means nothing.
    """
    before, after = old.get("use_json_field"), new.get("use_json_field")
    if before == after or new.has("block_lookup") or (before is True and after is ABSENT):
        return []
    raise Undecided("whether use_json_field changes the column depends on Wagtail's release")
