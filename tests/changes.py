"""Changes to the bookshop, one of every kind, as the files of a commit.

Each function reads the project as it stands and says what the commit is to
hold: a mapping from path to text. `number` keeps the names of two changes of
one kind apart. What `expand` has added, `contract` takes away again.
"""

from __future__ import annotations

import re
from pathlib import Path

BOOK = "    blurb = models.TextField(blank=True)\n"
ORDER = "    delivery_address = models.TextField()\n"

_MIGRATION = """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "{before}")]
    operations = [
        {operations}
    ]
"""

_PYTHON = """from django.db import migrations


def tidy(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id, blurb FROM shop_book")
        for key, blurb in cursor.fetchall():
            tidy = [blurb.strip(), key]
            cursor.execute("UPDATE shop_book SET blurb = %s WHERE id = %s", tidy)


class Migration(migrations.Migration):
    dependencies = [("shop", "{before}")]
    operations = [migrations.RunPython(tidy, migrations.RunPython.noop)]
"""

_FRAGILE = """import os

from django.db import migrations


def explode(apps, schema_editor):
    if int(os.environ.get("MENDED", "0")) < {number}:
        raise ValueError("the data is not as expected")


class Migration(migrations.Migration):
    dependencies = [("customers", "{before}")]
    operations = [migrations.RunPython(explode, migrations.RunPython.noop)]
"""


def code(project: Path, number: int) -> dict[str, str]:
    """Another line under the shop's name; the database stays as it is."""
    return {"bookshop/__init__.py": f'"""A small bookshop."""\n\nTAGLINE = "Edition {number}."\n'}


def expand(project: Path, number: int) -> dict[str, str]:
    """A column that old code does not mind: it may be empty. The front page shows it."""
    field = "models.CharField(max_length=20, null=True, blank=True)"
    operation = f'migrations.AddField("book", "shelf_{number}", {field}),'
    return {
        **_models(project, BOOK, f"{BOOK}    shelf_{number} = {field}\n"),
        **_migration(project, f"shelf_{number}", operation),
    }


def contract(project: Path, number: int) -> dict[str, str]:
    """The column of `expand` goes: old code, which still selects it, cannot do without."""
    field = f"    shelf_{number} = models.CharField(max_length=20, null=True, blank=True)\n"
    operation = f'migrations.RemoveField("book", "shelf_{number}"),'
    return {
        **_models(project, field, ""),
        **_migration(project, f"no_shelf_{number}", operation),
    }


def breaking(project: Path, number: int) -> dict[str, str]:
    """A column that every order must have: neither code can live with the other's table.

    Django drops the default when the column is made, so what does not know the
    column cannot insert a row.
    """
    field = 'models.CharField(max_length=20, default="none")'
    operation = f'migrations.AddField("order", "ribbon_{number}", {field}),'
    return {
        **_models(project, ORDER, f"{ORDER}    ribbon_{number} = {field}\n"),
        **_migration(project, f"ribbon_{number}", operation),
    }


def fragile(project: Path, number: int) -> dict[str, str]:
    """A migration that fails until the config var MENDED is `number`, or more."""
    folder = project / "customers" / "migrations"
    before = max(path.stem for path in folder.glob("0*.py"))
    path = f"customers/migrations/{int(before[:4]) + 1:04}_fragile_{number}.py"
    return {path: _FRAGILE.format(before=before, number=number)}


def python(project: Path, number: int) -> dict[str, str]:
    """Python that tidies the blurbs up, by SQL of its own; nobody can read what it does."""
    folder = project / "shop" / "migrations"
    before = max(path.stem for path in folder.glob("*.py") if re.match(r"\d{4}_", path.name))
    path = f"shop/migrations/{int(before[:4]) + 1:04}_tidy_{number}.py"
    return {path: _PYTHON.format(before=before)}


def sql(project: Path, number: int) -> dict[str, str]:
    """SQL that does the same in a block of PL/pgSQL, which is not read either."""
    block = (
        "DO $$ BEGIN UPDATE shop_book SET blurb = trim(blurb) WHERE blurb <> trim(blurb); END $$"
    )
    return _migration(project, f"trim_{number}", f'migrations.RunSQL("{block}", ""),')


def dedication(project: Path, number: int = 1) -> dict[str, str]:
    """A new column with personal text in every row, under a name that does not say so."""
    field = 'models.TextField(blank=True, default="")'
    fill = (
        f"UPDATE shop_order SET dedication_{number} = 'Read this in the garden, ' || "
        "(SELECT name FROM customers_customer WHERE customers_customer.id = customer_id)"
    )
    operations = (
        f'migrations.AddField("order", "dedication_{number}", {field}),\n'
        f'        migrations.RunSQL("{fill}", ""),'
    )
    return {
        **_models(project, ORDER, f"{ORDER}    dedication_{number} = {field}\n"),
        **_migration(project, f"dedication_{number}", operations),
    }


def _models(project: Path, old: str, new: str) -> dict[str, str]:
    text = (project / "shop" / "models.py").read_text(encoding="utf-8")
    assert text.count(old) == 1, f"shop/models.py has {old!r} {text.count(old)} times"
    return {"shop/models.py": text.replace(old, new)}


def _migration(project: Path, name: str, operations: str) -> dict[str, str]:
    """The shop's next migration."""
    folder = project / "shop" / "migrations"
    before = max(path.stem for path in folder.glob("*.py") if re.match(r"\d{4}_", path.name))
    path = f"shop/migrations/{int(before[:4]) + 1:04}_{name}.py"
    return {path: _MIGRATION.format(before=before, operations=operations)}
