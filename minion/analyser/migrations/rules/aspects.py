"""The aspects of a column that AlterField may change, each on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from minion.analyser.migrations.rules.columns import needs_index
from minion.analyser.migrations.rules.columntypes import ColumnChange, Undecided
from minion.analyser.migrations.state.fields import ABSENT, Field
from minion.analyser.migrations.text.values import Ref, Unknown
from minion.analyser.migrations.verdicts import Kind

#: Judges one aspect. Raises Undecided.
Part = Callable[[], "list[ColumnChange]"]

#: Keywords that never make SQL, whatever the field.
NO_SQL = frozenset(
    {"blank", "choices", "editable", "error_messages", "help_text", "limit_choices_to"}
    | {"on_delete", "related_name", "related_query_name", "validators", "verbose_name"}
)
#: Keywords that make none on columns that are no relations.
_NO_SQL_ON_PLAIN = NO_SQL | frozenset(
    {"default", "auto_now", "auto_now_add", "upload_to", "storage", "encoder", "decoder"}
    | {"name", "rel", "serialize", "auto_created", "db_tablespace", "protocol", "unpack_ipv4"}
    | {"unique_for_date", "unique_for_month", "unique_for_year", "width_field", "height_field"}
    | {"allow_unicode"}
    | {"path", "match", "recursive", "allow_files", "allow_folders"}
    | {"block_types", "block_lookup"}
)
#: Keywords that the other functions here look at.
_JUDGED = frozenset(
    {"db_column", "null", "unique", "primary_key", "db_index", "db_default", "db_comment"}
    | {"db_collation", "max_length", "max_digits", "decimal_places", "base_field", "size"}
    | {"use_json_field", "srid", "dim", "geography", "spatial_index", "extent", "tolerance"}
)
_NOT_NULL = (
    "a CheckConstraint that it is not NULL, by AddConstraintNotValid and then ValidateConstraint; "
    "after that PostgreSQL need not look again"
)
_UNIQUE = "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT ... USING INDEX"
_INDEX = "leave db_index alone and use AddIndexConcurrently"
_KEY = "do this when few people are about: it looks through the table under a lock"
#: For classes where nothing else was said.
ADVICE = {
    Kind.BREAKING: "a new column next to the old one: write both, copy, switch, then drop the old",
}


def of_every_column(old: Field, new: Field, name: str) -> Iterator[Part]:
    """The aspects that relations and plain columns have in common."""
    yield lambda: _column(old, new, name)
    yield lambda: _null(old, new)
    yield lambda: _unique_and_index(old, new)
    yield lambda: _db_default(old, new)
    yield lambda: _words(old, new)


def _column(old: Field, new: Field, name: str) -> list[ColumnChange]:
    if old.is_relation == new.is_relation and _same(old, new, "db_column"):
        return []
    before, after = old.column(name), new.column(name)
    if before is None or after is None:
        raise Undecided("db_column is not a literal")
    if before == after:
        return []
    return [ColumnChange(False, False, f"the column {before} is renamed to {after}")]


def _same(old: Field, new: Field, key: str) -> bool:
    """Whether a keyword says the same in both, also by the same name for a value."""
    before, after = old.get(key), new.get(key)
    return before == after and not isinstance(before, Unknown)


def _flags(old: Field, new: Field, key: str, default: bool = False) -> tuple[bool, bool]:
    if _same(old, new, key):
        return False, False
    before, after = old.flag(key, default), new.flag(key, default)
    if before is None or after is None:
        raise Undecided(f"{key} is not a literal")
    return before, after


def _null(old: Field, new: Field) -> list[ColumnChange]:
    always = {item.field_class.always_null for item in (old, new) if item.field_class is not None}
    if always == {False} and _same(old, new, "null"):
        return []
    before, after = old.is_null, new.is_null
    if before is None or after is None:
        raise Undecided("null is not a literal")
    if before == after:
        return []
    if after:
        return [ColumnChange(True, False, "the column takes NULL", locks=new.is_relation)]
    return [ColumnChange(False, True, "the column becomes NOT NULL", True, _NOT_NULL)]


def _unique_and_index(old: Field, new: Field) -> list[ColumnChange]:
    found = []
    was_key, is_key = _flags(old, new, "primary_key")
    if was_key != is_key:
        return [ColumnChange(False, False, "the primary key changes", locks=True)]
    was_unique, is_unique = _unique(old, new)
    if is_unique and not was_unique:
        found.append(ColumnChange(False, True, "it becomes unique", True, _UNIQUE))
    elif was_unique and not is_unique:
        replaced = needs_index(new)
        found.append(ColumnChange(True, False, "it need not be unique any more", locks=replaced))
    elif not was_unique:
        found += _index(old, new)
    return found


def _unique(old: Field, new: Field) -> tuple[bool, bool]:
    if old.path == new.path and _same(old, new, "unique") and old.flag("unique") is None:
        return False, False
    before, after = old.is_unique, new.is_unique
    if before is None or after is None:
        raise Undecided("unique is not a literal")
    return before, after


def _index(old: Field, new: Field) -> list[ColumnChange]:
    if old.path == new.path and _same(old, new, "db_index") and _same(old, new, "spatial_index"):
        return []
    before, after = needs_index(old), needs_index(new)
    if before == after:
        return []
    if after:
        return [ColumnChange(True, True, "an index is built", True, _INDEX)]
    return [ColumnChange(True, True, "an index goes")]


def _db_default(old: Field, new: Field) -> list[ColumnChange]:
    if _same(old, new, "db_default"):
        return []
    before, after = old.has_db_default, new.has_db_default
    if before is None or after is None:
        raise Undecided("whether there is a db_default cannot be told")
    if not before and not after:
        return []
    if before and after:
        return [ColumnChange(True, True, "another default in the database")]
    if after:
        return [ColumnChange(True, new.has_default, "a default in the database")]
    works = old.has_default or old.is_null is True
    return [ColumnChange(works, True, "no default in the database any more")]


def _words(old: Field, new: Field) -> list[ColumnChange]:
    found = []
    if not _same(old, new, "db_comment"):
        found.append(ColumnChange(True, True, "a comment"))
    if not _same(old, new, "db_collation"):
        indexed = needs_index(old) or needs_index(new)
        found.append(ColumnChange(True, True, "another collation", locks=indexed))
    return found


def unknown_keywords(old: Field, new: Field) -> list[ColumnChange]:
    """Nothing. Raises Undecided: a keyword differs of which nothing is known here."""
    for key in sorted({*old.options, *new.options} - _NO_SQL_ON_PLAIN - _JUDGED):
        if not _same(old, new, key):
            raise Undecided(f"what {key} does to the column is not known")
    return []


def key_check(old: Field, new: Field) -> list[ColumnChange]:
    """``db_constraint``: whether PostgreSQL checks the relation."""
    before, after = _flags(old, new, "db_constraint", default=True)
    if before == after:
        return []
    if after:
        return [ColumnChange(False, True, "the database checks the relation", locks=True)]
    return [ColumnChange(True, False, "the database does not check the relation any more")]


def other_key(old: Field, new: Field) -> list[ColumnChange]:
    """``to_field``: the column that the relation holds."""
    if _same(old, new, "to_field"):
        return []
    return [ColumnChange(False, False, "it holds another column of the other table", locks=True)]


def anything(old: Field, new: Field) -> list[ColumnChange]:
    """A change of any keyword that Django compares: the foreign key is made anew."""
    changed = {
        key
        for key in {*old.options, *new.options} - NO_SQL - {"db_column", "to"}
        if not _same(old, new, key)
    }
    if _deletes_in_database(old) != _deletes_in_database(new):
        raise Undecided("on_delete is left to the database")
    if not changed and old.path == new.path:
        return []
    if new.flag("db_constraint", default=True) is False:
        return [ColumnChange(True, True, "the foreign key is dropped, where there is one")]
    return [ColumnChange(True, True, "the foreign key is made anew, and checked", True, _KEY)]


def _deletes_in_database(item: Field) -> object:
    """The rule that the database follows (``DB_CASCADE`` and its like), if it is to delete."""
    rule = item.get("on_delete")
    is_database = isinstance(rule, Ref) and rule.path.rpartition(".")[2].startswith("DB_")
    return rule if is_database else ABSENT
