"""Which columns are personal, which are not, and which nobody has spoken of yet. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from minion.privacy.contents import Look, is_textual
from minion.privacy.inventory import Column, Inventory, Table
from minion.privacy.naming import known, reason, words_of

_DATES = frozenset(("date", "timestamp", "timestamptz"))
_NUMBERS = frozenset(
    ["int2", "int4", "int8", "float4", "float8", "numeric", "money", "bool", "oid"]
)
_BIRTH = frozenset(["birth", "birthday", "birthdate", "dob", "geburtsdatum", "naissance"])


@dataclass(frozen=True)
class Finding:
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

    `unknown` are entries of the settings that name no column here. `paste` are
    lines for ``[data]`` that answer the questions in the careful way.
    """

    personal: tuple[Finding, ...]
    questions: tuple[Question, ...]
    unknown: tuple[str, ...]

    @property
    def paste(self) -> tuple[str, ...]:
        if not self.questions:
            return ()
        lines = [f'    "{one.column.key}",  # {one.why}' for one in self.questions]
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
    personal: list[Finding] = []
    questions: list[Question] = []
    for table in inventory.tables:
        for column in table.columns:
            if column.is_generated:
                continue
            found = _judge_one(table, column, contents.get(column.key), pii, pii_ignore)
            if isinstance(found, Finding):
                personal.append(found)
            elif isinstance(found, Question):
                questions.append(found)
    keys = [column.key for column in inventory.columns]
    unknown = [
        entry for entry in (*pii, *pii_ignore) if not any(fnmatchcase(key, entry) for key in keys)
    ]
    return Judgement(tuple(personal), tuple(questions), tuple(unknown))


def _judge_one(
    table: Table,
    column: Column,
    seen: Look | None,
    pii: Sequence[str],
    pii_ignore: Sequence[str],
) -> Finding | Question | None:
    key = column.key
    if key in pii:
        return Finding(column, "listed in [data] pii")
    if key in pii_ignore:
        return None
    may_tell = _may_tell(column)
    if may_tell and any(fnmatchcase(key, entry) for entry in pii):
        return Finding(column, "listed in [data] pii")
    if any(fnmatchcase(key, entry) for entry in pii_ignore):
        return None
    verdict = known(table.name, column.name)
    if verdict is not None:
        return Finding(column, "Django keeps something personal in it") if verdict else None
    if not may_tell:
        return None
    why = reason(table.name, column.name)
    is_word = is_textual(column) or column.type in ("date", "uuid")
    if why is not None and is_word:
        if seen is not None and seen.is_choice and seen.kind is None and seen.distinct <= 3:
            return None
        return Finding(column, why)
    if not is_textual(column) or column.type == "tsvector":
        return None
    return _by_contents(table, column, seen)


def _by_contents(table: Table, column: Column, seen: Look | None) -> Finding | Question | None:
    if seen is None or seen.values == 0:
        # Nothing in it, and a name that says nothing: there is nothing to leak.
        return None
    if seen.kind is not None:
        return Finding(column, f"it holds {seen.kind}")
    if seen.is_choice:
        return None
    return Question(column, f"{seen.distinct} different texts in {seen.values} looked at")


def _may_tell(column: Column) -> bool:
    """Whether a column of this kind can say something about a person by itself.

    Keys only point at rows. Numbers and time stamps do not, but a date of birth does.
    """
    if column.is_primary and column.type != "varchar" and column.type != "text":
        return False
    if column.is_foreign or column.is_enum or column.type.lstrip("_") in _NUMBERS:
        return False
    if column.type in _DATES:
        return column.type == "date" or not _BIRTH.isdisjoint(words_of(column.name))
    return column.type not in ("time", "timetz", "interval")
