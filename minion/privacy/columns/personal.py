"""Which columns are personal, which are not, and which nobody has spoken of yet. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from minion.privacy.columns.companions import known
from minion.privacy.columns.contents import Look
from minion.privacy.columns.naming import OWN, holds
from minion.privacy.database.inventory import LARGE_OBJECTS, Column, Inventory

#: Which of PostgreSQL's categories tell nothing of anybody by themselves:
#: booleans, spans of time, ranges, bit strings, and ``"char"``.
_HARMLESS = "BTRVZ"


def in_toml(text: str) -> str:
    """`text` as a string of TOML, which has no surrogates and wants DEL escaped (TOML: String)."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


@dataclass(frozen=True)
class PersonalColumn:
    """A personal column, and why it is taken for one."""

    column: Column
    reason: str


@dataclass(frozen=True)
class Question:
    """A column of which nobody has said whether it is personal, and why that matters."""

    column: Column
    why: str


@dataclass(frozen=True)
class Judgement:
    """All columns of a database, judged.

    `unknown` are entries of the settings that name no column here.
    """

    personal: tuple[PersonalColumn, ...]
    questions: tuple[Question, ...]
    unknown: tuple[str, ...]

    @property
    def paste(self) -> tuple[str, ...]:
        """Lines for ``[data]`` that answer the questions in the careful way."""
        if not self.questions:
            return ()
        lines = [f"    {in_toml(one.column.key)},  # {one.why}" for one in self.questions]
        return ("pii = [", *lines, "]", "# or, those that tell nothing about anybody, pii_ignore")


def judge(
    inventory: Inventory,
    contents: Mapping[str, Look],
    pii: Sequence[str],
    pii_ignore: Sequence[str],
) -> Judgement:
    """What is personal in `inventory`, given a look at its `contents` and the settings.

    A column that is listed as personal is personal, whatever else is said of
    it. A list entry with ``*`` does not mean keys, numbers and time stamps.
    """
    personal: list[PersonalColumn] = []
    questions: list[Question] = []
    for column in inventory.columns:
        # A generated column has its values from others, which are judged.
        if column.is_generated:
            continue
        found = _judge_one(column, contents.get(column.key), pii, pii_ignore)
        if isinstance(found, PersonalColumn):
            personal.append(found)
        elif isinstance(found, Question):
            questions.append(found)
    personal += _vectors(inventory, personal, pii_ignore)
    keys = [column.key for column in inventory.columns]
    if inventory.large_objects:
        keys.append(LARGE_OBJECTS.key)
        if not any(_names(entry, LARGE_OBJECTS.key) for entry in pii_ignore):
            why = f"{inventory.large_objects} large objects, which may hold anything"
            personal.append(PersonalColumn(LARGE_OBJECTS, why))
    unknown = [e for e in (*pii, *pii_ignore) if not any(_names(e, key) for key in keys)]
    return Judgement(tuple(personal), tuple(questions), tuple(unknown))


def _judge_one(
    column: Column, seen: Look | None, pii: Sequence[str], pii_ignore: Sequence[str]
) -> PersonalColumn | Question | None:
    """By the settings, then by what is known of Django, then by name, then by contents."""
    key = column.key
    listed = PersonalColumn(column, "listed in [data] pii")
    if key in pii:
        return listed
    if key in pii_ignore:
        return None
    if _may_tell(column) and any(_names(entry, key) for entry in pii):
        return listed
    if any(_names(entry, key) for entry in pii_ignore):
        return None
    verdict = known(column.table, column.name)
    if verdict is not None:
        return (
            PersonalColumn(column, "Django or a companion of it keeps something personal in it")
            if verdict
            else None
        )
    what = holds(column.table, column.name, as_number=column.category == "N")
    if what is not None and _can_hold(column, what) and not _is_short_list(seen, what):
        return PersonalColumn(column, f"its name says that it holds {what}")
    if column.category == "N" and _can_hold(column, "a telephone number"):
        if seen is not None and seen.is_dialed:
            why = "its name and the length of its numbers say that it holds telephone numbers"
            return PersonalColumn(column, why)
        return None
    return _by_contents(column, seen) if column.is_textual and _may_tell(column) else None


def judge_unseen(
    column: Column, pii: Sequence[str], pii_ignore: Sequence[str]
) -> PersonalColumn | Question | None:
    """`column` by its name and type alone, before there is anything in it."""
    found = _judge_one(column, None, pii, pii_ignore)
    if found is not None:
        return found
    is_named = any(_names(entry, column.key) for entry in pii_ignore)
    is_known = known(column.table, column.name) is not None
    if is_named or is_known or not column.is_textual or not _may_tell(column):
        return None
    return Question(column, "its name does not say")


def _by_contents(column: Column, seen: Look | None) -> PersonalColumn | Question | None:
    if seen is None or column.type == "tsvector":
        # A search vector has the words of other columns: see `_vectors`.
        return None
    if seen.within is not None:
        return PersonalColumn(column, f"the keys of its JSON say that it holds {seen.within}")
    if seen.values == 0:
        # Nothing in it, and a name that says nothing: there is nothing to leak.
        return None
    if seen.kind is not None:
        return PersonalColumn(column, f"it holds {seen.kind}")
    if seen.is_choice and not seen.has_emails:
        if not seen.has_people:
            return None
        return Question(column, f"names of people, {seen.distinct} different ones")
    if column.category == "G":
        return Question(column, "places may say where somebody is")
    more = ", with e-mail addresses in some" if seen.has_emails else ""
    return Question(column, f"{seen.distinct} different texts in {seen.values} looked at{more}")


def _vectors(
    inventory: Inventory, personal: Sequence[PersonalColumn], pii_ignore: Sequence[str]
) -> list[PersonalColumn]:
    """The search vectors that stand beside personal texts and may have their words.

    A generated one is made anew with every change of its row.
    """
    known_keys = {one.column.key for one in personal}
    return [
        PersonalColumn(column, "a search vector may have the words of the personal texts beside it")
        for table in inventory.tables
        if any(one.is_textual and one.key in known_keys for one in table.columns)
        for column in table.columns
        if column.type == "tsvector" and not column.is_generated and column.key not in known_keys
        if not any(_names(entry, column.key) for entry in pii_ignore)
    ]


def _may_tell(column: Column) -> bool:
    """Whether a column can say something about a person by its type and its place.

    Keys only point at rows, unless they are texts: then an e-mail address may be one.
    """
    if (column.is_primary or column.is_foreign) and not column.is_textual:
        return False
    if column.is_enum or column.category in "N" + _HARMLESS:
        return False
    # Rows are full of time stamps; of dates, people write their own.
    return column.category != "D" or column.type.lstrip("_") == "date"


def _can_hold(column: Column, what: str) -> bool:
    """Whether a column of this type can hold what its name promises."""
    if column.is_foreign or column.is_enum or column.category in _HARMLESS:
        return False
    if column.category == "N":
        return not column.is_primary
    if column.category == "D":
        return what == "a date of birth"
    if column.type == "uuid":
        return what == "a secret"
    return column.is_textual


def _is_short_list(seen: Look | None, what: str) -> bool:
    """Two or three values that come back again and again: gender, perhaps, but nobody's own.

    A name that promises somebody's own is believed: two people may have all the orders.
    """
    if seen is None or not seen.is_choice or seen.kind is not None:
        return False
    return seen.is_yes_or_no if what in OWN else seen.distinct <= 3


def _names(entry: str, key: str) -> bool:
    """Whether an entry of the settings, which may have ``*`` in it, means a column."""
    return entry == key or fnmatchcase(key, entry)
