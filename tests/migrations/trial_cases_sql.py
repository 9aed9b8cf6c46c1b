"""Cases: SQL that is read, and SQL that is not."""

from __future__ import annotations

from trial_cases import Case


def sql(*statements: str, state: str = "") -> str:
    known = f", state_operations=[migrations.{state}]" if state else ""
    return f"migrations.RunSQL({'; '.join(statements)!r}, migrations.RunSQL.noop{known}),"


SQL = [
    Case("SQL: index", "expand*", sql("CREATE INDEX by_name ON shop_item (name)"), locks=True),
    Case(
        "SQL: index, concurrently",
        "expand*",
        sql("CREATE INDEX CONCURRENTLY IF NOT EXISTS by_name ON shop_item (lower(name))"),
        atomic=False,
    ),
    Case(
        "SQL: index goes, concurrently",
        "expand*",
        sql("DROP INDEX CONCURRENTLY IF EXISTS nothing"),
        atomic=False,
    ),
    Case("SQL: index goes", "expand*", sql("DROP INDEX IF EXISTS nothing")),
    Case(
        "SQL: column that may stay empty",
        "expand",
        sql("ALTER TABLE shop_item ADD COLUMN x int", state='AddField("item", "x", X)'),
        top="X = models.IntegerField(null=True)\n",
    ),
    Case(
        "SQL: column with a default that the database keeps",
        "expand",
        sql("ALTER TABLE shop_item ADD COLUMN x int NOT NULL DEFAULT 5, ADD y text"),
        shows="expand*",
    ),
    Case(
        "SQL: column with a default that is not a constant",
        "expand",
        sql("ALTER TABLE shop_item ADD COLUMN x uuid DEFAULT gen_random_uuid()"),
        shows="expand*",
        locks=True,
    ),
    Case(
        "SQL: column that every row must have",
        "breaking",
        sql("ALTER TABLE shop_item ADD COLUMN x int NOT NULL"),
    ),
    Case(
        "SQL: settings, comments and statistics",
        "neutral",
        sql("SET LOCAL statement_timeout = 0", "COMMENT ON TABLE shop_item IS 'x'"),
    ),
    Case(
        "SQL: view",
        "expand",
        sql("CREATE VIEW items AS SELECT id, name FROM shop_item"),
        shows="expand*",
    ),
    Case(
        "SQL: table",
        "expand",
        sql("CREATE TABLE old_item (id bigint PRIMARY KEY, note text)"),
        shows="expand*",
    ),
    Case(
        "SQL: several statements, and an index under a lock",
        "expand",
        sql("ALTER TABLE shop_item ADD x int", "CREATE INDEX by_x ON shop_item (x)"),
        shows="expand*",
        locks=True,
    ),
    # What only the rows or the code can tell is not guessed.
    Case(
        "SQL: unique index",
        "unknown",
        sql("CREATE UNIQUE INDEX CONCURRENTLY by_name ON shop_item (name)"),
        shows="contract",
        atomic=False,
    ),
    Case(
        "SQL: function and trigger",
        "unknown",
        sql("CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql"),
        shows="expand*",
    ),
]
