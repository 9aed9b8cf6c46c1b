"""Releases made up by hypothesis, of kinds that one operation does not show.

Rows that Python or SQL writes, models that move between apps, names that are taken, changes
that PostgreSQL or Django refuses: each in one to three migrations after a history with rows.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from hypothesis import strategies as st
from trial_cases import CHECK, ID, PEOPLE, model
from trial_grammar_fields import Draw
from trial_history import source

COLUMNS = {
    "name": "models.CharField(max_length=20)",
    "note": "models.CharField(max_length=20, null=True)",
    "amount": "models.IntegerField()",
    "level": "models.IntegerField(null=True, db_index=True)",
}
NEW = "models.IntegerField(null=True)"
FIRST = PEOPLE + model("Item", *(f'"{name}", {text}' for name, text in COLUMNS.items()))
INDEXED = FIRST + (
    'migrations.AddIndex("item", models.Index(fields=["name"], name="by_name")),\n'
    f'migrations.AddConstraint("item", models.CheckConstraint({CHECK}=models.Q(amount__gte=-1), '
    'name="amount_ok")),\n'
    'migrations.AddConstraint("customer", models.UniqueConstraint(fields=["name"], name="once")),\n'
)
TWICE = (
    'migrations.AddField("item", "twice", models.GeneratedField(expression=models.F("amount") * 2, '
    "output_field=models.IntegerField(), db_persist=True)),\n"
)


@dataclass(frozen=True)
class Release:
    """The texts of migrations by path, in the order in which they run; the last `new` are new."""

    kind: str
    files: dict[str, str]
    new: int

    @property
    def paths(self) -> list[str]:
        """Those that are new."""
        return list(self.files)[-self.new :]


def _release(kind: str, first: str, *steps: str, top: str = "", atomic: bool = True) -> Release:
    """Migrations of the one app, each after the one before."""
    files = {"shop/migrations/0001_initial.py": source(first)}
    for number, step in enumerate(steps, start=2):
        after = list(files)[-1].rpartition("/")[2][: -len(".py")]
        files[f"shop/migrations/{number:04}_step.py"] = source(
            step, after=[("shop", after)], top=top, atomic=atomic
        )
    return Release(kind, files, len(steps))


def _separate(state: str, database: str = "") -> str:
    return f"migrations.SeparateDatabaseAndState([{database}], [{state}]),\n"


@st.composite
def python(draw: Draw) -> Release:
    """Python that writes rows of what is new, of what old code reads, or of both."""
    lines = ['Item = apps.get_model("shop", "Item")', 'Tag = apps.get_model("shop", "Tag")']
    names = st.sampled_from(["size", "size", "note", "level", "amount"])
    for _ in range(draw(st.integers(1, 3))):
        name = draw(names)
        value = draw(
            st.sampled_from(["1", "models.F('amount')", "None"] if name != "note" else ["'x'"])
        )
        lines += draw(
            st.sampled_from(
                [
                    [f"Item.objects.filter(amount__gt=1).update({name}={value})"],
                    [f"Item.objects.update({name}=1, level=2)"],
                    [f"for item in Item.objects.all():\n    item.{name} = 3\n    item.save()"],
                    [
                        f"for item in Item.objects.iterator():\n    item.{name} = 3\n"
                        f"    item.save(update_fields=['{name}'])"
                    ],
                    [
                        "batch = []\nfor item in Item.objects.all():\n"
                        f"    item.{name} = len(item.name)\n    batch.append(item)",
                        f"Item.objects.bulk_update(batch, ['{name}'])",
                    ],
                    ["Tag.objects.create(n=1)"],
                    ["Tag.objects.bulk_create([Tag(n=i.amount) for i in Item.objects.all()])"],
                    ["for tag in Tag.objects.all():\n    tag.n += 1\n    tag.save()"],
                    ["Item.objects.filter(amount=1).delete()"],
                    ["with schema_editor.connection.cursor() as c:\n    c.execute('SELECT 1')"],
                    ["schema_editor.execute('ALTER TABLE shop_item DROP COLUMN level')"],
                ]
            )
        )
    body = textwrap.indent("\n".join(lines), "    ")
    top = f"def fill(apps, schema_editor):\n{body}\n"
    added = f'migrations.AddField("item", "size", {NEW}),\n' + model("Tag", '"n", ' + NEW)
    run = "migrations.RunPython(fill, migrations.RunPython.noop),\n"
    if draw(st.booleans()):
        added = added.replace("migrations.AddField", draw(st.sampled_from(["migrations.AddField"])))
    steps = [added, run] if draw(st.booleans()) else [added + run]
    if draw(st.integers(0, 5)) == 0:
        steps.insert(1, 'migrations.RenameField("item", "amount", "number"),\n')
    return _release("Python", FIRST, *steps, top=top)


@st.composite
def sql(draw: Draw) -> Release:
    """SQL on a table that is there, with or without the same said of the state."""
    column = draw(st.sampled_from(sorted(COLUMNS)))
    kept = COLUMNS[column]
    null = kept if "null=True" in kept else kept[:-1].replace("(", "(") + ", null=True)"
    null = null.replace("(, ", "(")
    required = kept.replace("null=True, ", "").replace(", null=True", "").replace("null=True", "")
    table = "ALTER TABLE shop_item "
    statements = {
        f"{table}ALTER COLUMN {column} DROP NOT NULL": f'AlterField("item", "{column}", {null})',
        f"{table}ALTER COLUMN {column} SET NOT NULL": f'AlterField("item", "{column}", {required})',
        f"{table}DROP COLUMN {column}": f'RemoveField("item", "{column}")',
        f"{table}RENAME COLUMN {column} TO x": f'RenameField("item", "{column}", "x")',
        f"{table}ADD COLUMN x int": f'AddField("item", "x", {NEW})',
        f"{table}ADD y int NOT NULL DEFAULT 1": f'AddField("item", "y", {NEW})',
        f"{table}ALTER COLUMN amount SET DEFAULT 1": "",
        f"{table}ALTER COLUMN amount DROP DEFAULT": "",
        f"{table}ADD CONSTRAINT c CHECK (amount > 0)": "",
        f"{table}ADD CONSTRAINT c CHECK (amount > 0) NOT VALID": "",
        f"{table}ADD CONSTRAINT c UNIQUE ({column})": "",
        f"{table}DROP CONSTRAINT amount_ok": "",
        f"CREATE UNIQUE INDEX c ON shop_item ({column})": "",
        f"CREATE INDEX c ON shop_item ({column})": "",
        "DROP INDEX by_name": "",
        "DROP TABLE shop_customer": 'DeleteModel("Customer")',
        f"UPDATE shop_item SET {column} = {column}": "",
        "INSERT INTO shop_customer (name) VALUES ('new')": "",
        "DELETE FROM shop_customer": "",
        f"{table}RENAME TO things": 'AlterModelTable("item", "things")',
        f"{table}RENAME CONSTRAINT amount_ok TO c": "",
        "ALTER INDEX by_name RENAME TO c": "",
        "CREATE VIEW v AS SELECT name FROM shop_item": "",
        "CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN NEW.name = 'x'; RETURN NEW; END $$ "
        "LANGUAGE plpgsql; CREATE TRIGGER t BEFORE INSERT ON shop_item FOR EACH ROW "
        "EXECUTE FUNCTION f()": "",
    }
    steps = []
    texts = st.sampled_from(sorted(statements))
    for text in draw(st.lists(texts, min_size=1, max_size=2, unique=True)):
        state = statements[text] if draw(st.integers(0, 4)) else ""
        more = f", state_operations=[migrations.{state}]" if state else ""
        step = f"migrations.RunSQL({text!r}, migrations.RunSQL.noop{more}),\n"
        if state and draw(st.integers(0, 3)) == 0:
            plain = f"migrations.RunSQL({text!r}, migrations.RunSQL.noop)"
            step = _separate(f"migrations.{state}", plain)
            if draw(st.booleans()):
                steps.append(_separate(f"migrations.{state}"))
                step = f"{plain},\n"
        steps.append(step)
    return _release("SQL", INDEXED, *(steps if draw(st.booleans()) else ["".join(steps)]))


@st.composite
def moved(draw: Draw) -> Release:
    """A model that leaves one app and comes up in another, with its table or without."""
    pinned = draw(st.sampled_from([', options={"db_table": "shop_item"}', "", ""]))
    name = f'("name", {COLUMNS["name"]})'
    make = f'migrations.CreateModel("Item", [{ID}, {name}]{pinned}),'
    drop = 'migrations.DeleteModel("Item"),'
    rename = 'migrations.AlterModelTable("item", "blog_item")'
    makes = draw(st.sampled_from([make, _separate(make), _separate(make)]))
    drops = draw(st.sampled_from([drop, _separate(drop), _separate(drop), _separate(drop, rename)]))
    files = {
        "shop/migrations/0001_initial.py": source(model("Item", '"name", ' + COLUMNS["name"])),
        "blog/migrations/0001_initial.py": source(model("Post", '"n", ' + NEW)),
    }
    new = [("blog", makes), ("shop", drops)]
    if draw(st.booleans()):
        new.reverse()
    before: list[tuple[str, str]] = []
    for app, step in new:
        after = [(app, "0001_initial"), *before]
        files[f"{app}/migrations/0002_moved.py"] = source(step, after=after)
        before = [(app, "0002_moved")]
    return Release("moved", files, 2)


@st.composite
def refused(draw: Draw) -> Release:
    """Names that may be taken, generated columns, concurrent indexes, relations changed in kind."""
    name = draw(st.sampled_from(["by_name", "amount_ok", "once", "free"]))
    owner, column = draw(st.sampled_from([("item", "amount"), ("customer", "name")]))
    index = f'models.Index(fields=["{column}"], name="{name}")'
    operations = [
        f'migrations.AddIndex("{owner}", {index}),\n',
        f'migrations.AddConstraint("{owner}", models.UniqueConstraint(fields=["{column}"], '
        f'name="{name}")),\n',
        f'migrations.AddConstraint("{owner}", models.CheckConstraint({CHECK}=models.Q(id__gt=0), '
        f'name="{name}")),\n',
        f'django.contrib.postgres.operations.AddIndexConcurrently("{owner}", {index}),\n',
        f'migrations.CreateModel("Other", [{ID}, ("n", {NEW})], options={{"indexes": '
        f'[models.Index(fields=["n"], name="{name}")]}}),\n',
        'migrations.RemoveIndex("item", "by_name"),\n',
        'migrations.RenameIndex("item", new_name="free", old_name="by_name"),\n',
        'migrations.RemoveConstraint("customer", "once"),\n',
        'migrations.RemoveField("customer", "name"),\n',
        'migrations.AlterField("item", "twice", models.GeneratedField(expression=models.F("amount")'
        " * 3, output_field=models.IntegerField(), db_persist=True)),\n",
        'migrations.AlterField("item", "twice", models.IntegerField(null=True)),\n',
        f'migrations.AlterField("item", "level", {NEW}),\n',
        'migrations.AddField("item", "name", models.TextField(null=True)),\n',
        'migrations.CreateModel("Customer", [("x", models.IntegerField())]),\n',
        _separate(f'migrations.AddIndex("{owner}", {index})'),
        "migrations.RunSQL('DROP INDEX by_name', migrations.RunSQL.noop),\n",
    ]
    some = st.lists(st.sampled_from(operations), min_size=1, max_size=3, unique=True)
    steps = draw(some)
    if any("RunSQL" in step for step in steps):  # it takes away what others may have taken
        steps = [step for step in steps if "by_name" not in step or "RunSQL" in step]
    atomic = draw(st.booleans())
    joined = steps if draw(st.booleans()) else ["".join(steps)]
    return _release("refused", INDEXED + TWICE, *joined, atomic=atomic)


releases = st.one_of(python(), sql(), moved(), refused())
