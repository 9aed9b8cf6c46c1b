"""What dishonest and honest anonymisers do, one case each."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from laboratory import Case, Row, Treatment
from laboratory_spellings import ANY, EMAILS, HASHED, NAMES, PHONES, bare

_SHORT = {"full_name": "name", "email": "email", "phone": "phone", "address": "address",
          "api_token": "token"}  # fmt: skip


def of(column: str, spelling: Callable[[str], Any] = str) -> Treatment:
    """The column of the same row, spelled so."""
    return lambda row, n, rows: spelling(row[column])


def some(treatment: Treatment, *numbers: int) -> Treatment:
    """The same for the rows of these numbers alone."""
    return lambda row, n, rows: treatment(row, n, rows) if n in numbers else None


def _digits(text: str) -> str:
    return "".join(one for one in text if one.isdigit())


def _spelled() -> list[Case]:
    cases = []
    for column, own in (
        ("email", EMAILS), ("full_name", NAMES), ("phone", PHONES), ("address", {}),
        ("api_token", {}),
    ):  # fmt: skip
        ways = {**ANY, **own, **({} if column in ("api_token", "address") else HASHED)}
        if column == "phone":
            ways.pop("swapped_case")
        for way, spelling in ways.items():
            # In the column itself as well as in another one, by turns.
            places = (column, "line") if way in own or way in HASHED else ("line",)
            for place in places:
                where = "own" if place == column else "line"
                cases.append(Case(f"{_SHORT[column]}_{way}_{where}", place, of(column, spelling)))
    return cases


def _placed() -> list[Case]:
    quoted = lambda text: '"' + text.replace('"', "") + '"'  # noqa: E731
    cases = []
    for kind, form in {
        "varchar_200": str,
        "text_array": lambda text: [text, "x"],
        "jsonb": lambda text: '{"a": [{"b": ' + quoted(text) + "}]}",
        "json": lambda text: "[" + quoted(text) + "]",
        "jsonb_array": lambda text: ['{"b": ' + quoted(text) + "}"],
        "bytea": lambda text: text.encode(),
        "bytea_utf16": lambda text: text.encode("utf-16-le"),
        "bytea_file": lambda text: b"\xff\xd8\x00\xfe" + text.encode() + b"\x00\xff",
        "tsvector": lambda text: " ".join("'" + one + "'" for one in text.lower().split()),
        "tsquery": lambda text: " & ".join("'" + one + "'" for one in text.lower().split()),
        "textrange": lambda text: f'["{text}",]',
        "name": str,
        "pair": lambda text: f"({quoted(text)},7)",
    }.items():
        create = {
            "textrange": "CREATE TYPE {n}range AS RANGE (subtype = text)",
            "pair": "CREATE TYPE {n}pair AS (who text, n int)",
        }.get(kind, "")
        for column in ("full_name", "email"):
            cases.append(
                Case(
                    f"{_SHORT[column]}_in_{kind}",
                    "spot",
                    of(column, form),
                    {
                        "varchar_200": "varchar(200)",
                        "text_array": "text[]",
                        "bytea_utf16": "bytea",
                        "jsonb_array": "jsonb[]",
                        "bytea_file": "bytea",
                        "textrange": "{n}range",
                        "pair": "{n}pair",
                    }.get(kind, kind),
                    create=create,
                )
            )
    for kind, form in {
        "bigint": int, "numeric": int, "float8": int, "int8range": lambda text: f"[{text},)",
        "bigint_array": lambda text: [int(text)],
    }.items():  # fmt: skip
        cases.append(
            Case(
                f"phone_in_{kind}",
                "spot",
                of("phone", lambda text, form=form: form(_digits(text))),
                {"bigint_array": "bigint[]"}.get(kind, kind),
            )
        )
    for column in ("full_name", "email", "phone"):
        cases.append(
            Case(f"{_SHORT[column]}_md5_as_uuid", "spot", of(column, HASHED["md5_uuid"]), "uuid")
        )
        cases.append(Case(f"{_SHORT[column]}_one_row_elsewhere", "line", some(of(column), 7)))
        cases.append(Case(f"{_SHORT[column]}_one_row", column, some(of(column), 7)))
        cases.append(
            Case(f"{_SHORT[column]}_without_key", column, some(of(column), 7), own_key=False)
        )
    nothing: Treatment = lambda row, n, rows: None  # noqa: E731
    for place, statement in {
        "comment_on_table": "COMMENT ON TABLE {table} IS {WHO}",
        "comment_on_column": "COMMENT ON COLUMN {table}.line IS {WHO}",
        "enum_label": "CREATE TYPE {n}kind AS ENUM ('none', {WHO})",
        "default": "ALTER TABLE {table} ALTER line SET DEFAULT {WHO}",
        "check": "ALTER TABLE {table} ADD CONSTRAINT {n}check CHECK (line <> {WHO})",
        "view": "CREATE VIEW {n}view AS SELECT id FROM {table} WHERE line = {WHO}",
        "function": "CREATE FUNCTION {n}f() RETURNS text LANGUAGE sql AS $$ SELECT {WHO}::text $$",
        "index": "CREATE INDEX {n}index ON {table} (id) WHERE line = {WHO}",
        "partition_bound": "CREATE TABLE {n}parts (a text) PARTITION BY LIST (a); "
        "CREATE TABLE {n}part PARTITION OF {n}parts FOR VALUES IN ({WHO})",
        "rows_of_a_partition": "CREATE TABLE {n}parts (a text) PARTITION BY LIST (a); "
        "CREATE TABLE {n}part PARTITION OF {n}parts DEFAULT; INSERT INTO {n}parts VALUES ({WHO})",
        "child": "CREATE TABLE {n}child () INHERITS ({table}); "
        "INSERT INTO {n}child (line) VALUES ({WHO})",
        "schema": "CREATE SCHEMA {n}other; CREATE TABLE {n}other.a (a text); "
        "INSERT INTO {n}other.a VALUES ({WHO})",
        "orphan": "CREATE TABLE {n}old AS SELECT 1 AS id, {WHO}::text AS what",
        "unlogged": "CREATE UNLOGGED TABLE {n}unlogged AS SELECT {WHO}::text AS what",
        "materialised_view": "CREATE MATERIALIZED VIEW {n}seen AS SELECT {WHO}::text AS what",
        "statistics": "UPDATE {table} SET line = {WHO}; ANALYZE {table}; "
        "UPDATE {table} SET line = NULL",
        "policy": "CREATE POLICY {n}policy ON {table} USING (line = {WHO})",
        "rule": "CREATE RULE {n}rule AS ON DELETE TO {table} WHERE old.line = {WHO} DO NOTHING",
        "trigger": "CREATE FUNCTION {n}f() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN NULL; END $$; CREATE TRIGGER {n}trigger BEFORE INSERT ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION {n}f({WHO})",
        "domain": "CREATE DOMAIN {n}domain AS text DEFAULT {WHO}",
    }.items():
        for column in ("email", "full_name"):
            cases.append(
                Case(
                    f"{_SHORT[column]}_as_{place}",
                    "line",
                    nothing,
                    sql=statement.replace("WHO", column),
                )
            )
    label = "ALTER TABLE {table} ADD COLUMN {label} text"
    cases.append(Case("name_of_a_column", "line", nothing, sql=label))
    return cases


def _moved() -> list[Case]:
    def dial(add: int) -> Treatment:
        return lambda row, n, rows: f"+{int(_digits(row['phone'])) + add}"

    def other(column: str, by: int) -> Treatment:
        return lambda row, n, rows: rows[(n - 1 + by) % len(rows)][column]

    def shuffled(column: str) -> Treatment:
        def treatment(row: Row, n: int, rows: Any) -> Any:
            order = list(range(len(rows)))
            random.Random(column).shuffle(order)
            return rows[order[n - 1]][column]

        return treatment

    def swapped(column: str) -> Treatment:
        return lambda row, n, rows: rows[(n - 1) ^ 1][column]

    def near(digits: int) -> Treatment:
        return lambda row, n, rows: {
            one: round(row[one], digits) for one in ("latitude", "longitude")
        }

    cases = [
        Case("phone_moved", "phone", dial(1_111)),
        Case("phone_moved_far", "phone", dial(-54_321_987)),
        Case(
            "phone_moved_as_written", "phone",
            lambda row, n, rows: f"+44 1632 {int(row['phone'][-6:]) + 37}",
        ),
        Case("amount_moved", "amount", lambda row, n, rows: row["amount"] + 12.5),
        Case("amount_moved_back", "amount", lambda row, n, rows: row["amount"] - 100),
        Case("amount_left", "amount", of("amount")),
        Case("amount_left_in_some", "amount",
             lambda row, n, rows: row["amount"] if n % 4 == 0 else 0),
        Case("amount_times", "amount", lambda row, n, rows: row["amount"] * 1.25),
        Case("amount_rounded", "amount", lambda row, n, rows: round(row["amount"])),
        Case("amount_shuffled", "amount", shuffled("amount")),
        Case("birth_moved", "birth_date", lambda row, n, rows: row["birth_date"] + timedelta(37)),
        Case("birth_left", "birth_date", of("birth_date")),
        Case("birth_in_a_text", "line", lambda row, n, rows: f"born {row['birth_date']}"),
        Case("birth_as_text", "line", lambda row, n, rows: f"{row['birth_date']:%d.%m.%Y}"),
        Case("birth_with_slashes", "line", lambda row, n, rows: f"{row['birth_date']:%m/%d/%Y}"),
        Case("birth_day_first", "line", lambda row, n, rows: f"{row['birth_date']:%d/%m/%Y}"),
        Case("birth_in_eight_digits", "line", lambda row, n, rows: f"{row['birth_date']:%Y%m%d}"),
        Case("address_street_elsewhere", "line",
             lambda row, n, rows: row["address"].partition(",")[0]),
        Case("address_place_elsewhere", "line",
             lambda row, n, rows: "to " + row["address"].partition(", ")[2]),
        Case("birth_moved_by_two", "birth_date",
             lambda row, n, rows: row["birth_date"] + timedelta(11 if n % 2 else 37)),
        *(Case(f"place_rounded_{one}", "*", near(one)) for one in (6, 4, 3, 2, 1)),
        Case("place_cut", "*", lambda row, n, rows: {
            "latitude": int(row["latitude"] * 1000) / 1000,
            "longitude": int(row["longitude"] * 1000) / 1000,
        }),
        Case("place_moved", "*", lambda row, n, rows: {"latitude": row["latitude"] + 1.5}),
        Case("place_as_point", "spot",
             lambda row, n, rows: f"({row['longitude']},{row['latitude']})", "point",
             before=lambda row, n, rows: f"({row['longitude']},{row['latitude']})", listed=True),
        Case("place_as_point_rounded", "spot",
             lambda row, n, rows: f"({row['longitude']:.2f},{row['latitude']:.2f})", "point",
             before=lambda row, n, rows: f"({row['longitude']},{row['latitude']})", listed=True),
        Case("phone_last_four", "phone", lambda row, n, rows: "*** *** " + row["phone"][-4:]),
        Case("phone_last_four_bare", "phone", lambda row, n, rows: row["phone"][-4:]),
        Case("phone_last_four_new_head", "phone",
             lambda row, n, rows: f"+49 30 {random.Random(n).randrange(100, 999)}"
             + row["phone"][-4:]),
        Case("phone_first_digits", "phone", lambda row, n, rows: row["phone"][:-3] + "xxx"),
        Case("name_initials", "full_name",
             lambda row, n, rows: ". ".join(one[0] for one in row["full_name"].split()) + "."),
        Case("name_initials_together", "full_name",
             lambda row, n, rows: "".join(one[0] for one in row["full_name"].split())),
        Case("name_stars", "full_name", lambda row, n, rows: " ".join(
            one[0] + "***" for one in row["full_name"].split())),
        Case("name_first_three", "full_name", lambda row, n, rows: row["full_name"][:3]),
        Case("name_first_and_initial", "full_name",
             lambda row, n, rows: row["full_name"].split()[0] + " "
             + row["full_name"].split()[1][0] + "."),
        Case("name_last_alone", "full_name", lambda row, n, rows: row["full_name"].split()[1]),
        Case("name_initial_and_last", "full_name",
             lambda row, n, rows: row["full_name"][0] + ". " + row["full_name"].split()[1]),
        Case("username_of_initial", "line",
             lambda row, n, rows: bare(row["full_name"][0] + row["full_name"].split()[1]).lower()),
        Case("email_first_letters", "email",
             lambda row, n, rows: row["email"][:2] + "***@" + row["email"].partition("@")[2]),
        Case("email_stars", "email", lambda row, n, rows: row["email"].replace("@", "***@")),
        Case("address_without_number", "address",
             lambda row, n, rows: row["address"].partition(" ")[2]),
        Case("address_cut", "address", lambda row, n, rows: row["address"].partition(",")[0]),
        Case("token_head", "api_token", lambda row, n, rows: row["api_token"][:8]),
        Case("token_with_more", "api_token", lambda row, n, rows: row["api_token"] + "-old"),
        Case("name_with_number", "full_name", lambda row, n, rows: f"{row['full_name']} {n}"),
    ]  # fmt: skip
    for column in ("full_name", "email", "phone", "address"):
        short = _SHORT[column]
        cases += [
            Case(f"{short}_shuffled", column, shuffled(column)),
            Case(f"{short}_swapped", column, swapped(column)),
            Case(f"{short}_next", column, other(column, 1)),
            Case(f"{short}_in_groups", column,
                 lambda row, n, rows, column=column: rows[(n - 1) // 5 * 5 + n % 5][column]),
            Case(f"{short}_three_left", column, some(of(column), 5, 17, 29)),
        ]  # fmt: skip
    return cases


DISHONEST: list[Case] = [*_spelled(), *_placed(), *_moved()]
