"""A bounded look at the values of columns: what kind of thing is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from psycopg import sql

from minion.privacy.columns.given import are_people
from minion.privacy.columns.naming import holds, may_be_called
from minion.privacy.database.connection import connected
from minion.privacy.database.inventory import Column, Inventory, Table
from minion.privacy.database.rows import SESSION, expression, splitter
from minion.privacy.values import DATE, IP, PHONE, as_json, emails, kind

#: Rows of each table that are looked at, and characters of a value at most.
ROWS, CHARACTERS = 2000, 20_000
#: This share of the values decides what a column holds.
SHARE = 0.2
#: A column with this few values, each met this often, is a choice from a list.
CHOICES, REPEATED = 40, 5
#: Digits of telephone numbers that are written as numbers, with the country's before them
#: (ITU-T E.164: 15 at most), and the share of the values that must have as many.
_DIALED, _DIALED_SHARE = range(10, 16), 0.8
_YES_NO = frozenset(["yes", "no", "y", "n", "true", "false", "t", "f", "on", "off", "0", "1"])

_KINDS = {
    "email": "e-mail addresses",
    "phone": "telephone numbers",
    "iban": "bank accounts",
    "token": "tokens",
    "ip": "IP addresses",
}


@dataclass(frozen=True)
class Look:
    """What was seen in a column: how many values, how many different ones, and their kind.

    `is_choice` says that few values come back again and again, `has_emails`
    that some texts have an e-mail address in them, `within` what the keys of
    its JSON promise; `is_yes_or_no` that nothing else is said, `has_people` that
    many texts begin with a given name, `is_dialed` that the numbers are as long as
    telephone numbers.
    """

    values: int
    distinct: int
    kind: str | None
    is_choice: bool
    has_emails: bool = False
    within: str | None = None
    is_yes_or_no: bool = False
    has_people: bool = False
    is_dialed: bool = False


def look(url: str, inventory: Inventory) -> Mapping[str, Look]:
    """What a look at the columns of the database at `url` tells, by their keys.

    Looked at are the text columns, and those of numbers under a name that may mean
    telephone numbers.

    Raises:
        DatabaseUnreachable: it cannot be read.
    """
    seen: dict[str, Look] = {}
    with connected(url) as connection:
        connection.execute(SESSION)
        for table in inventory.tables:
            columns = [column for column in table.columns if _is_looked_at(column)]
            if columns and table.rows:
                rows = connection.execute(_sample(table, columns)).fetchall()
                for number, column in enumerate(columns):
                    values = [row[number] for row in rows if row[number] is not None]
                    seen[column.key] = look_at(column, values)
    return seen


def _is_looked_at(column: Column) -> bool:
    return column.is_textual or (column.category == "N" and may_be_called(column.name))


def _sample(table: Table, columns: list[Column]) -> sql.Composed:
    """A few rows from all over the table: the first ones may be somebody's tests."""
    share = min(100.0, max(0.01, 300.0 * ROWS / max(table.rows, 1)))
    sampled = sql.SQL("TABLESAMPLE SYSTEM ({}) REPEATABLE (1)").format(sql.Literal(share))
    # A long value is no kind of thing, and half a JSON value is none.
    short = sql.SQL("CASE WHEN length({0}) > {1} THEN '?' ELSE {0} END")
    return sql.SQL("SELECT {} FROM {} {} LIMIT {}").format(
        sql.SQL(", ").join(short.format(expression(one), CHARACTERS) for one in columns),
        sql.Identifier(table.schema, table.name),
        sampled if table.rows > 10 * ROWS else sql.SQL(""),
        sql.Literal(ROWS),
    )


def look_at(column: Column, values: Iterable[str]) -> Look:
    """What `values`, the texts of one column, have in common."""
    split = splitter(column)
    values = list(values)
    found = [text for value in values for text in split(value)]
    counts = Counter(found)
    kinds: Counter[str] = Counter()
    for text, count in counts.items():
        what = _kind(text)
        if what is not None:
            kinds[what] += count
    kinds["phone"] = sum(map(_is_phone, values))
    top, count = kinds.most_common(1)[0] if kinds else (None, 0)
    return Look(
        values=len(found),
        distinct=len(counts),
        kind=_KINDS[top] if top is not None and count >= SHARE * len(found) else None,
        is_choice=bool(found) and len(counts) <= CHOICES and len(found) >= REPEATED * len(counts),
        has_emails=any(emails(text) for text in counts),
        within=_within(column, values),
        is_yes_or_no=_YES_NO.issuperset(counts),
        has_people=are_people(counts),
        is_dialed=_is_dialed(counts),
    )


def _is_dialed(texts: Collection[str]) -> bool:
    """Whether most of the different `texts`, more than a choice has, are such numbers."""
    fitting = sum(text.isdigit() and len(text) in _DIALED for text in texts)
    return len(texts) > CHOICES and fitting >= _DIALED_SHARE * len(texts)


def _kind(text: str) -> str | None:
    if IP.fullmatch(text):
        return "ip"
    what = kind(text)
    if what in ("text", "phone"):
        return None
    # A path is no token.
    return None if what == "token" and ("/" in text or "." in text) else what


def _is_phone(value: str) -> bool:
    """Whether a value is written as telephone numbers are: with a plus, or in groups.

    Digits alone may be the number of anything; 978 and 979 begin a book's.
    """
    value = value.strip()
    digits = [character for character in value if character.isdigit()]
    return (
        len(digits) >= 8
        and not value.isdigit()
        and "".join(digits[:3]) not in ("978", "979")
        and not DATE.match(value)
        and not IP.fullmatch(value)
        and PHONE.fullmatch(value) is not None
    )


def _within(column: Column, values: Iterable[str]) -> str | None:
    """What of a person the keys within JSON values promise."""
    keys: set[str] = set()
    for value in values:
        if value[:1] in ("{", "["):
            _gather_keys(as_json(value), keys)
    return next((what for key in sorted(keys) if (what := holds(column.table, key))), None)


def _gather_keys(value: object, keys: set[str]) -> None:
    if isinstance(value, dict):
        keys.update(key for key, inner in value.items() if inner not in (None, "", [], {}))
    for inner in value.values() if isinstance(value, dict) else value or ():  # type: ignore[attr-defined]
        if isinstance(inner, (dict, list)):
            _gather_keys(inner, keys)
