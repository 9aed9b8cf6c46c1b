"""The texts of migrations: an edited one, and new ones."""

import ast

from inside.stricter import Cannot

_PAUSE = """\
import time

from django.db import migrations
{imports}
#: So many rows are written at once; nobody waits for longer than for these.
ROWS = 1000


def write_all(rows, **values):
    \"\"\"Write the values into the rows, some at a time, until there is none of them left.\"\"\"
    while True:
        keys = list(rows.order_by()[:ROWS].values_list("pk", flat=True))
        if not keys:
            return
        rows.filter(pk__in=keys).update(**values)
        time.sleep(0.01)


def forwards(apps, schema_editor):
{body}

class Migration(migrations.Migration):
    # Each batch is a transaction of its own.
    atomic = False

    dependencies = [("{label}", "{after}")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, elidable=True)]
"""
_MIGRATION = """\
{imports}


class Migration(migrations.Migration):
    dependencies = [("{label}", "{after}")]

    operations = [
{operations}
    ]
"""


def with_operations(text, pieces):
    """The text of a migration whose operations are replaced.

    `pieces` has for each of them a list of what stands in its place: None for itself, or a text
    with the lines that it imports.

    Raises:
        Cannot: the operations are not written out in the file.
    """
    listed = _listed(text)
    if listed is None or len(listed.elts) != len(pieces):
        raise Cannot("its operations are not written out as a list")
    lines = text.split("\n")
    imports = {line for piece in pieces for one in piece if one for line in one[1]}
    for node, piece in reversed(list(zip(listed.elts, pieces))):
        if piece == [None]:
            continue
        start = _offset(lines, node.lineno, node.col_offset)
        end = _offset(lines, node.end_lineno, node.end_col_offset)
        itself = text[start:end]
        put = [itself if one is None else one[0].strip().rstrip(",") for one in piece]
        rest = text[end:]
        if not put and rest.lstrip().startswith(","):
            rest = rest.lstrip()[1:]
        text = text[:start] + ",\n        ".join(put) + rest
    for line in sorted(imports - set(text.split("\n"))):
        text = _with_import(text, line)
    ast.parse(text)
    return text


def _listed(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef) and node.name == "Migration":
            for line in node.body:
                if (
                    isinstance(line, ast.Assign)
                    and getattr(line.targets[0], "id", "") == "operations"
                ):
                    return line.value if isinstance(line.value, ast.List) else None
    return None


def _offset(lines, number, column):
    """Where a place that ast names is in the text; its columns count bytes."""
    before = sum(len(line) + 1 for line in lines[: number - 1])
    return before + len(lines[number - 1].encode()[:column].decode())


def _with_import(text, line):
    """The text with one more import, after the first that it has."""
    for node in ast.parse(text).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if getattr(node, "module", "") == "__future__":
                continue
            lines = text.split("\n")
            return "\n".join([*lines[: node.lineno - 1], line, *lines[node.lineno - 1 :]])
    return f"{line}\n{text}"


def migration_text(label, after, operations):
    """A new migration of the app `label`, which depends on `after`."""
    imports = {"from django.db import migrations"}
    for _text, lines in operations:
        imports |= lines
    if "from django.db import models" in imports:
        imports -= {"from django.db import models", "from django.db import migrations"}
        imports.add("from django.db import migrations, models")
    return _MIGRATION.format(
        imports="\n".join(sorted(imports)),
        label=label,
        after=after,
        operations="\n".join(f"        {text.strip().rstrip(',')}," for text, _lines in operations),
    )


def batches(label, after, rows):
    """A migration that writes `rows`, some at a time."""
    body, imports = [], set()
    for one in rows:
        body.append(f'    model = apps.get_model("{label}", "{one.model}")')
        chosen = {f"{one.column}__isnull": True}
        if one.source:
            chosen[f"{one.source}__isnull"] = False
            value = f'models.F("{one.source}")'
            imports.add("from django.db import models")
        else:
            value = f"RawSQL({one.sql!r}, [])"
            imports.add("from django.db.models.expressions import RawSQL")
        words = ", ".join(f"{name}={what}" for name, what in chosen.items())
        body.append("    rows = model._base_manager.using(schema_editor.connection.alias)")
        body.append(f"    write_all(rows.filter({words}), {one.column}={value})")
    text = _PAUSE.format(
        imports="".join(f"{line}\n" for line in sorted(imports)),
        body="\n".join(body) + "\n",
        label=label,
        after=after,
    )
    return text.replace(
        "from django.db import migrations\nfrom django.db import models\n",
        "from django.db import migrations, models\n",
    )
