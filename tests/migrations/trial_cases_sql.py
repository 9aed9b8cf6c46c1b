"""Cases: SQL that is read, and SQL that is not."""

from __future__ import annotations

from trial_cases import ITEM, PEOPLE, Case, add, sized


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
    Case(
        "SQL: unique index",
        "contract",
        sql("CREATE UNIQUE INDEX u ON shop_item (name)"),
        locks=True,
    ),
    Case(
        "SQL: unique index, concurrently",
        "contract",
        sql("CREATE UNIQUE INDEX CONCURRENTLY by_name ON shop_item (name)"),
        atomic=False,
    ),
    Case(
        "SQL: check",
        "contract",
        sql("ALTER TABLE shop_item ADD CONSTRAINT c CHECK (amount >= 0)"),
        locks=True,
    ),
    Case(
        "SQL: check of new rows",
        "contract",
        sql("ALTER TABLE shop_item ADD CONSTRAINT c CHECK (amount >= 0) NOT VALID"),
    ),
    Case(
        "SQL: unique constraint of an index",
        "contract",
        sql(
            "CREATE UNIQUE INDEX c ON shop_item (amount)",
            "ALTER TABLE shop_item ADD CONSTRAINT c UNIQUE USING INDEX c",
        ),
        locks=True,
    ),
    Case(
        "SQL: foreign key",
        "contract",
        sql("ALTER TABLE shop_item ADD CONSTRAINT c FOREIGN KEY (size) REFERENCES shop_customer"),
        models=sized("models.BigIntegerField(null=True)", PEOPLE),
        shows="breaking",
        reader=("breaking",),
        locks=True,
    ),
    Case(
        "SQL: not null",
        "contract",
        sql(
            "ALTER TABLE shop_item ALTER COLUMN note SET NOT NULL",
            state='AlterField("item", "note", N)',
        ),
        top="N = models.CharField(max_length=20)\n",
        locks=True,
    ),
    Case(
        "SQL: null",
        "expand",
        sql(
            "ALTER TABLE shop_item ALTER COLUMN name DROP NOT NULL",
            state='AlterField("item", "name", N)',
        ),
        top="N = models.CharField(max_length=20, null=True)\n",
    ),
    Case(
        "SQL: default",
        "expand",
        sql("ALTER TABLE shop_item ALTER COLUMN amount SET DEFAULT 5"),
        shows="expand*",
    ),
    Case(
        "SQL: constraint goes",
        "expand",
        sql("ALTER TABLE shop_item DROP CONSTRAINT IF EXISTS nothing"),
        shows="expand*",
    ),
    Case(
        "SQL: column gets another name",
        "breaking",
        sql(
            "ALTER TABLE shop_item RENAME COLUMN note TO remark",
            state='RenameField("item", "note", "remark")',
        ),
    ),
    Case(
        "SQL: table gets another name",
        "breaking",
        sql("ALTER TABLE shop_item RENAME TO things", state='AlterModelTable("item", "things")'),
    ),
    Case(
        "SQL: column that every row has goes",
        "breaking",
        sql("ALTER TABLE shop_item DROP COLUMN name", state='RemoveField("item", "name")'),
    ),
    Case(
        "SQL: column that no code knows any more goes",
        "expand*",
        sql("ALTER TABLE shop_item DROP COLUMN note"),
        more='migrations.SeparateDatabaseAndState([], [migrations.RemoveField("item", "note")]),',
    ),
    Case(
        "SQL: table goes",
        "contract",
        sql("DROP TABLE shop_customer", state='DeleteModel("Customer")'),
        models=PEOPLE + ITEM,
    ),
    Case(
        "SQL: a new column is filled",
        "expand",
        add("models.IntegerField(null=True)") + sql("UPDATE shop_item SET size = amount"),
        locks=True,
    ),
    # What only the rows or the code can tell is not guessed.
    Case("SQL: rows change", "unknown", sql("UPDATE shop_item SET amount = 1"), shows="expand*"),
    Case(
        "SQL: function and trigger",
        "unknown",
        sql("CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql"),
        shows="expand*",
    ),
]
