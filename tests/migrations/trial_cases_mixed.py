"""Cases: operations together, SQL and Python, and what is said of the state only."""

from __future__ import annotations

from trial_cases import AMOUNT, ITEM, NAME, NOTE, SHOP, Case, add, model, sized

NULL = add("models.IntegerField(null=True)")
REQUIRED = add("models.IntegerField(default=5)")
INDEX = 'migrations.AddIndex("item", models.Index(fields=["name"], name="item_name")),'
DROP_NOTE = 'migrations.RemoveField("item", "note"),'
NOOP = "migrations.RunPython.noop"

FILL = """\
def fill(apps, schema_editor):
    apps.get_model("shop", "Item").objects.update(size=1)


def nothing(apps, schema_editor):
    pass
"""
COUNT = """\
class Count(migrations.RunSQL):
    pass


def add_size(**more):
    return migrations.AddField("item", "size", models.IntegerField(null=True, **more))
"""


def separate(database: str = "", state: str = "") -> str:
    return (
        f"migrations.SeparateDatabaseAndState(database_operations=[{database}], "
        f"state_operations=[{state}]),"
    )


TOGETHER = [
    Case("nothing", "neutral", ""),
    Case("expand and contract", "breaking", NULL + DROP_NOTE),
    Case("order-free and contract", "contract", INDEX + DROP_NOTE, locks=True),
    Case("order-free and expand", "expand", INDEX + NULL, locks=True),
    Case(
        "neutral and expand",
        "expand",
        'migrations.AlterModelOptions("item", {"ordering": ["name"]}),' + NULL,
    ),
    Case(
        "null and drop at once",
        "breaking",
        'migrations.AlterField("item", "name", models.CharField(max_length=20, null=True)),'
        'migrations.RemoveField("item", "name"),',
        irreversible=True,
    ),
    Case(
        "add and make null",
        "expand",
        REQUIRED + 'migrations.AlterField("item", "size", models.IntegerField(null=True)),',
        reader=("breaking",),
    ),
    Case(
        "drop and add again",
        "breaking",
        DROP_NOTE
        + 'migrations.AddField("item", "note", models.CharField(max_length=20, null=True)),',
        shows="expand*",
    ),
    Case(
        "add, fill and require",
        "breaking",
        NULL
        + f"migrations.RunPython(fill, {NOOP}),"
        + 'migrations.AlterField("item", "size", models.IntegerField()),',
        reader=("unknown",),
        top=FILL,
        locks=True,
    ),
]

SQL = [
    Case("python", "unknown", f"migrations.RunPython(nothing, {NOOP}),", shows="neutral", top=FILL),
    Case(
        "python for good",
        "unknown",
        "migrations.RunPython(nothing),",
        shows="neutral",
        irreversible=True,
        top=FILL,
    ),
    Case("python, noop", "neutral", f"migrations.RunPython({NOOP}, {NOOP}),"),
    Case("python, noop for good", "neutral", f"migrations.RunPython({NOOP}),", irreversible=True),
    Case(
        "python after a column",
        "expand",
        NULL + f"migrations.RunPython(fill, {NOOP}),",
        locks=True,
        top=FILL,
    ),
    Case(
        "python after a column, not atomic",
        "expand",
        NULL + f"migrations.RunPython(fill, {NOOP}),",
        atomic=False,
        top=FILL,
    ),
    Case(
        "SQL that breaks old code",
        "contract",
        'migrations.RunSQL("ALTER TABLE shop_item DROP COLUMN note", '
        '"ALTER TABLE shop_item ADD COLUMN note varchar(20)", '
        'state_operations=[migrations.RemoveField("item", "note")]),',
    ),
    Case(
        "SQL for good",
        "unknown",
        'migrations.RunSQL("UPDATE shop_item SET amount = 1"),',
        shows="expand*",
        irreversible=True,
    ),
    Case("SQL, noop", "neutral", "migrations.RunSQL(migrations.RunSQL.noop, ''),"),
    Case("SQL, empty", "neutral", "migrations.RunSQL(''),", irreversible=True),
    Case("SQL, none", "neutral", "migrations.RunSQL([], []),"),
    Case(
        "default kept by SQL",
        "unknown",
        REQUIRED
        + 'migrations.RunSQL("ALTER TABLE shop_item ALTER size SET DEFAULT 5", '
        + "migrations.RunSQL.noop),",
        shows="expand",
        reader=("breaking",),
        careful=True,
    ),
    Case(
        "an operation of its own",
        "unknown",
        'Count("SELECT 1", "SELECT 1"),',
        shows="neutral",
        top=COUNT,
    ),
    Case("a function call", "unknown", "add_size(),", shows="expand", top=COUNT),
    Case(
        "extension",
        "expand*",
        'django.contrib.postgres.operations.CreateExtension("vector"),',
        extension="vector",
    ),
    Case(
        "btree_gist",
        "expand*",
        "django.contrib.postgres.operations.BtreeGistExtension(),",
        extension="btree_gist",
    ),
    Case(
        "a new collation",
        "expand*",
        'django.contrib.postgres.operations.CreateCollation("plain", "C", provider="libc"),',
    ),
    Case(
        "no collation",
        "contract",
        'django.contrib.postgres.operations.RemoveCollation("plain", "C", provider="libc"),',
        more='django.contrib.postgres.operations.CreateCollation("plain", "C", provider="libc"),',
        shows="expand*",
    ),
]

STATE = [
    Case("separate, empty", "neutral", separate()),
    Case("separate, database", "expand", separate(NULL, NULL)),
    Case(
        "separate, positional",
        "contract",
        f"migrations.SeparateDatabaseAndState([{DROP_NOTE}], [{DROP_NOTE}]),",
    ),
    Case("separate, nested", "expand", separate(separate(NULL), separate("", NULL))),
    Case(
        "separate, python for good",
        "unknown",
        separate("migrations.RunPython(nothing)"),
        shows="neutral",
        irreversible=True,
        top=FILL,
    ),
    Case(
        "separate, state only",
        "neutral",
        separate(state='migrations.RenameField("item", "name", "name"),'),
    ),
    Case(
        "state forgets a column that may be null",
        "neutral",
        separate(state=DROP_NOTE),
    ),
    Case(
        "forgotten column dropped",
        "contract",
        separate(database='migrations.RemoveField("item", "note"),', state=DROP_NOTE),
        model("Item", NAME, NOTE, AMOUNT),
    ),
    Case(
        "a foreign key that was only said",
        "neutral",
        separate(
            state='migrations.AlterField("item", "customer", '
            'models.ForeignKey("shop.customer", models.DO_NOTHING)),'
        ),
        SHOP,
    ),
    Case(
        "a squash of what has not run",
        "expand",
        'migrations.AddField("item", "size", models.IntegerField(null=True)),',
        ITEM,
    ),
    Case(
        "drop what was made null before",
        "contract",
        'migrations.RemoveField("item", "size"),',
        sized("models.IntegerField()"),
        more='migrations.AlterField("item", "size", models.IntegerField(null=True)),',
    ),
]

MIXED = [*TOGETHER, *SQL, *STATE]
