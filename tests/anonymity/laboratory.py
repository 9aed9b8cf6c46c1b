"""A laboratory of anonymisers: people in a table for each case, and what is made of them.

    MINION_WHOLE=1 python -m pytest tests/anonymity/test_anonymity_laboratory.py -s

prints how many of each kind are told right, and every miss.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from anonymity_shop import judged, memory_of
from psycopg import sql

from minion.privacy import prove

Row = dict[str, Any]
#: What is made of a person: from the row, its number from 1, and all rows of the source.
Treatment = Callable[[Row, int, Sequence[Row]], Any]


def _words(text: str) -> list[str]:
    return text.split()


PEOPLE = 40
TYPES = {
    "full_name": "text",
    "email": "text",
    "phone": "text",
    "address": "text",
    "api_token": "text",
    "birth_date": "date",
    "amount": "numeric",
    "latitude": "float8",
    "longitude": "float8",
}
IGNORED = ("*.line", "*.spot", "*.pg_default")
_FIRST = _words(
    "Karen Otto Zoë Mary José Anne-Marie Björn Ümit Charles Priya Dmitri Fatima "
    "Søren Łukasz Aisha Gérard Ines Hugo Nadia Percy"
)
_SYLLABLES = _words(
    "bar ket mor lin das wel hof ner tash quin vel dor hag lund ström mül per son "
    "gar tov rich ley ham pton wick dorf bach stein feld mann"
)
_STREETS = _words("Oak Hill Mill Long Church Station Römer Lime Castle Bridge")


@dataclass(frozen=True)
class Case:
    """One way to treat a table.

    `column` gets what `treatment` makes of each row after all others were cleaned; a column
    that no person has, ``spot``, is of `type`. `before`: the source has that column too, as
    the treatment of the source's rows. `sql` is what is done to the target at the end; in it
    ``{table}`` is the table and ``{n}`` the case's number, and the values of row 7 can be had.
    `listed`: the settings say that ``spot`` is personal.
    """

    name: str
    column: str
    treatment: Treatment
    type: str = "text"
    before: Treatment | None = None
    create: str = ""
    sql: str = ""
    own_key: bool = True
    listed: bool = False


def people(seed: str, count: int = PEOPLE) -> list[Row]:
    """As many people, always the same for a `seed`."""
    dice = random.Random(seed)
    rows: list[Row] = []
    for n in range(count):
        first = dice.choice(_FIRST)
        last = "".join(dice.choice(_SYLLABLES) for _ in range(4)).capitalize()
        local = f"{first}.{last}" if n % 2 else f"{last[:5]}{dice.randrange(1000, 9999)}"
        rows.append(
            {
                "full_name": f"{first} {last}",
                "email": f"{_plain(local)}@{dice.choice(['Example.org', 'mail.example'])}",
                "phone": f"+44 1632 {dice.randrange(100_000, 899_999)}",
                "address": f"{dice.randrange(1, 200)} {dice.choice(_STREETS)} Street, Someplace "
                f"{dice.choice('ABCD')}{dice.randrange(1, 9)} {dice.randrange(1, 9)}XY",
                "api_token": "".join(dice.choice("abcdef0123456789XYZ") for _ in range(32)),
                "birth_date": date(1940, 1, 1) + timedelta(days=dice.randrange(20_000)),
                "amount": dice.randrange(1_000, 9_000_000) / 100,
                "latitude": round(dice.uniform(-60, 60), 6),
                "longitude": round(dice.uniform(-170, 170), 6),
            }
        )
    return rows


def _plain(text: str) -> str:
    for one, other in zip("ëéöüøł Üöä", "eeouol Uoa"):
        text = text.replace(one, other)
    return text.replace("Ł", "L")


def cleaned(number: int) -> Row:
    """What an honest anonymiser makes of the person `number`."""
    return {
        "full_name": f"Person {number}",
        "email": f"c{number}@anonymous.invalid",
        "phone": "",
        "address": f"{number} Nowhere",
        "api_token": "",
        "birth_date": None,
        "amount": 0,
        "latitude": None,
        "longitude": None,
    }


def table_of(number: int, case: Case) -> str:
    return f"t{number:03}_{case.name}"


def found_by(server: Any, cases: Iterable[Case]) -> dict[str, bool]:
    """Whether the proof finds anything of each case; all stand in one pair of databases."""
    numbered = list(enumerate(cases))
    source, target = server.make(), server.make()
    with psycopg.connect(source, autocommit=True) as connection:
        for number, case in numbered:
            rows = people(case.name)
            spots = (
                [case.before(row, n, rows) for n, row in enumerate(rows, 1)] if case.before else []
            )
            _fill(connection, number, case, rows, spots)
    # A star does not mean numbers.
    amounts = [f"{table_of(number, case)}.amount" for number, case in numbered]
    amounts += [f"{table_of(number, case)}.spot" for number, case in numbered if case.listed]
    memory = memory_of(source, pii=amounts, ignored=IGNORED)
    with psycopg.connect(target, autocommit=True) as connection:
        for number, case in numbered:
            _treat(connection, number, case)
    proof = prove([memory], target, judged(target, pii=amounts, ignored=IGNORED))
    keys = [one.key for one in proof.found]
    text = "\n".join(proof.lines())
    assert "@mail.example" not in text
    assert "1632" not in text
    return {case.name: any(f"t{number:03}_" in key for key in keys) for number, case in numbered}


def _treat(connection: Any, number: int, case: Case) -> None:
    rows = people(case.name)
    after = [cleaned(n) for n in range(1, len(rows) + 1)]
    spots: list[Any] = []
    for n, row in enumerate(rows, 1):
        value = case.treatment(row, n, rows)
        if case.column == "*":
            after[n - 1].update(value)
        elif case.column in TYPES:
            after[n - 1][case.column] = value
        else:
            spots.append(value)
    _fill(connection, number, case, after, spots)
    if case.sql:
        seventh = {key: sql.Literal(value) for key, value in rows[6].items()}
        seventh["label"] = sql.Identifier(rows[6]["full_name"])
        names = {"table": sql.Identifier(table_of(number, case)), "n": sql.SQL(f"t{number:03}_")}
        connection.execute(sql.SQL(case.sql).format(**names, **seventh))


def _fill(
    connection: Any, number: int, case: Case, rows: Sequence[Row], spots: Sequence[Any]
) -> None:
    table = sql.Identifier(table_of(number, case))
    kind = case.type.replace("{n}", f"t{number:03}_")
    if case.create:
        connection.execute(sql.SQL(case.create).format(table=table, n=sql.SQL(f"t{number:03}_")))
    spot = case.column if case.column not in (*TYPES, "*") else "spot"
    key = "id serial PRIMARY KEY" if case.own_key else "id serial"
    columns = ", ".join(f"{name} {of}" for name, of in TYPES.items())
    connection.execute(
        sql.SQL("CREATE TABLE {table} ({key}, {columns}, {spot} {type})").format(
            table=table,
            key=sql.SQL(key),
            columns=sql.SQL(columns),
            spot=sql.Identifier(spot),
            type=sql.SQL(kind),
        )
    )
    names = [*TYPES, spot]
    statement = sql.SQL("INSERT INTO {table} ({names}) VALUES ({values})").format(
        table=table,
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        values=sql.SQL(", ").join([sql.SQL("%s")] * len(TYPES) + [sql.SQL("%s::" + kind)]),
    )
    padded = list(spots) or [None] * len(rows)
    with connection.cursor() as cursor:
        cursor.executemany(
            statement, [(*(row[name] for name in TYPES), spot) for row, spot in zip(rows, padded)]
        )
