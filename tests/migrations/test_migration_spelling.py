"""The same operations in the spellings that Python allows, and those that cannot be followed."""

from __future__ import annotations

import sys

import pytest
from migration_text import read, said, text

from minion.analyser.migrations import Kind

CLASS = "class Migration(migrations.Migration):\n"
DEPENDS = '    dependencies = [("shop", "0001_initial")]\n'
NULL = "models.IntegerField(null=True)"
ADD = f'migrations.AddField("order", "x", {NULL})'
DROP = 'migrations.RemoveField("order", "note")'
PLAIN = "from django.db import migrations, models\n"


def source(head: str, body: str, tail: str = "") -> bytes:
    return f"{head}{CLASS}{DEPENDS}{body}\n{tail}\n".encode()


#: Each adds one nullable column.
EXPANDS = {
    "aliases": source(
        "from django.db import migrations as m, models as f\nmigrations = m\n",
        '    operations = [m.AddField("order", "x", f.IntegerField(null=True))]',
    ),
    "modules": b"import django.db.models\nimport django.db.migrations as mm\n"
    b"class Migration(mm.Migration):\n"
    b"    dependencies = [('shop', '0001_initial')]\n"
    b"    operations = [mm.operations.fields.AddField(\n"
    b"        'order', 'x', django.db.models.fields.IntegerField(null=True))]\n",
    "names": source(
        "from django.db import migrations\nfrom django.db.migrations import AddField as A\n"
        "from django.db.models import IntegerField\n",
        '    operations = [A("order", "x", IntegerField(null=True))]',
    ),
    "keywords": source(
        PLAIN,
        f'    operations = [migrations.AddField(field={NULL}, name="x", model_name="order")]',
    ),
    "sum": source(PLAIN, f"    operations = [] + [{ADD}]"),
    "star": source(PLAIN + f"MORE = ({ADD},)\n", "    operations = [*MORE]"),
    "constant": source(PLAIN + f"OPERATIONS = [{ADD}]\n", "    operations = OPERATIONS"),
    "class attribute": source(PLAIN, f"    _steps = [{ADD}]\n    operations = _steps + []"),
    "append": source(PLAIN, f"    operations = []\n    operations.append({ADD})"),
    "extend": source(PLAIN, f"    operations = []\n    operations.extend([{ADD}])"),
    "insert": source(PLAIN, f"    operations = []\n    operations.insert(0, {ADD})"),
    "added to": source(PLAIN, f"    operations = []\n    operations += [{ADD}]"),
    "tuple": source(PLAIN, f"    operations = ({ADD},)"),
    "annotated": source(PLAIN, f"    operations: list = [{ADD}]"),
    "list()": source(PLAIN, f"    operations = list(({ADD},))"),
    "field constant": source(
        PLAIN + f"FIELD = {NULL}\nNAME = 'o' + 'rder'\n",
        '    operations = [migrations.AddField(NAME, "x", FIELD)]',
    ),
    "keywords from a dict": source(
        PLAIN + "MORE = {'null': True, **{'blank': True}}\n",
        '    operations = [migrations.AddField("order", "x", models.IntegerField(**MORE))]',
    ),
    "import twice alike": source(
        "try:\n    from django.db import models\nexcept ImportError:\n"
        "    from django.db import models\n" + PLAIN,
        f"    operations = [{ADD}]",
    ),
    "class constants": source(PLAIN, f"    NULL = True\n    operations = [{ADD}]").replace(
        b"null=True", b"null=NULL"
    ),
    "docstrings and helpers": source(
        '"""Words."""\n'
        + PLAIN
        + "def helper(apps, editor):\n    models = []\n    models.append(1)\n",
        f'    """More."""\n    initial = True\n    def unused(apps, editor): pass\n'
        f"    operations = [{ADD}]\n    pass",
    ),
    "another encoding": b"# coding: latin-1\n"
    + source(PLAIN, f"    operations = [{ADD}]  # caf\xe9").decode().encode("latin-1"),
    "walrus in a function": source(
        PLAIN, f"    operations = [{ADD}]\n    def f(apps, editor):\n        if x := 1: pass"
    ),
    "windows": source(PLAIN, f"    operations = [{ADD}]").replace(b"\n", b"\r\n"),
    "byte order mark": b"\xef\xbb\xbf" + source(PLAIN, f"    operations = [{ADD}]"),
}


@pytest.mark.parametrize("content", EXPANDS.values(), ids=list(EXPANDS))
def test_spellings_that_are_followed(content):
    reading = read(content)
    assert said(reading) == "expand", reading.why


#: Each looks harmless, and must not be taken for it.
OBSCURE = {
    "comprehension": source(PLAIN, f"    operations = [{ADD} for i in range(3)]"),
    "condition": source(PLAIN, f"    operations = [{ADD}] if models.X else []"),
    "if": source(PLAIN, f"    if models.X:\n        operations = [{ADD}]"),
    "loop": source(PLAIN, f"    operations = [{ADD}]\n    for o in operations: o.name = 'id'"),
    "call": source(PLAIN, "    operations = make()"),
    "imported list": source("from shop.steps import STEPS\n" + PLAIN, "    operations = STEPS"),
    "imported operation": source("from shop.steps import ONE\n" + PLAIN, "    operations = [ONE]"),
    "changed after the class": source(
        PLAIN, f"    operations = [{ADD}]", f"Migration.operations.append({DROP})"
    ),
    "set after the class": source(PLAIN, f"    operations = [{ADD}]", "Migration.operations = []"),
    "handed on": source(PLAIN, f"    operations = [{ADD}]", "patch(Migration)"),
    "decorated": (PLAIN + "@change\n").encode() + source("", f"    operations = [{ADD}]"),
    "another base": source(PLAIN, f"    operations = [{ADD}]").replace(
        b"(migrations.Migration)", b"(Base)"
    ),
    "metaclass": source(PLAIN, f"    operations = [{ADD}]").replace(
        b"(migrations.Migration)", b"(migrations.Migration, metaclass=M)"
    ),
    "two classes": source(PLAIN, f"    operations = [{ADD}]", f"{CLASS}    operations = [{DROP}]"),
    "renamed class": source(PLAIN, f"    operations = [{ADD}]", "from x import Migration"),
    "own method": source(PLAIN, f"    operations = [{ADD}]\n    def apply(self, *args): pass"),
    "own init": source(PLAIN, f"    operations = [{ADD}]\n    def __init__(self, *args): pass"),
    "constant changed": source(
        PLAIN + f"STEPS = [{ADD}]\nSTEPS.append({DROP})\n", "    operations = STEPS"
    ),
    "constant changed by another name": source(
        PLAIN + f"STEPS = [{ADD}]\nOTHER = STEPS\nOTHER.append({DROP})\n", "    operations = STEPS"
    ),
    "constant changed by a function": source(
        PLAIN + f"STEPS = [{ADD}]\ndef more(): STEPS.append({DROP})\nmore()\n",
        "    operations = STEPS",
    ),
    "constant changed in a loop": source(
        PLAIN + f"STEPS = [{ADD}]\nfor step in STEPS: step.name = 'id'\n", "    operations = STEPS"
    ),
    "constant set twice": source(
        PLAIN + f"STEPS = [{ADD}]\nSTEPS = [{DROP}]\n", "    operations = STEPS"
    ),
    "import *": source(PLAIN + "from shop.steps import *\n", f"    operations = [{ADD}]"),
    "own module": source(PLAIN + "class models: pass\n", f"    operations = [{ADD}]"),
    "own operation": source(
        PLAIN + "class AddField(migrations.AddField): pass\n",
        f'    operations = [AddField("order", "x", {NULL})]',
    ),
    "patched module": source(
        PLAIN + "migrations.AddField = migrations.RemoveField\n", f"    operations = [{ADD}]"
    ),
    "patched by setattr": source(
        PLAIN + "setattr(migrations, 'AddField', None)\n", f"    operations = [{ADD}]"
    ),
    "global": source(
        PLAIN + "def f():\n    global models\n    models = None\nf()\n", f"    operations = [{ADD}]"
    ),
    "exec": source(PLAIN + "exec('models = None')\n", f"    operations = [{ADD}]"),
    "globals": source(PLAIN + "globals()['models'] = None\n", f"    operations = [{ADD}]"),
    "walrus": source(PLAIN, f"    operations = [{ADD}]\n    x = [operations := [{DROP}]]"),
    "walrus in a default": source(
        PLAIN, f"    operations = [{ADD}]\n    def f(x=(operations := [{DROP}])): pass"
    ),
    "unknown null": source(
        PLAIN + "from x import NULL\n",
        '    operations = [migrations.AddField("order", "x", models.IntegerField(null=NULL))]',
    ),
    "unknown keywords": source(
        PLAIN + "from x import MORE\n",
        '    operations = [migrations.AddField("order", "x", models.IntegerField(**MORE))]',
    ),
    "unknown arguments": source(
        PLAIN + "from x import MORE\n", '    operations = [migrations.AddField("order", *MORE)]'
    ),
    "unknown model": source(
        PLAIN + "from x import MODEL\n",
        f'    operations = [migrations.AddField(MODEL, "x", {NULL})]',
    ),
    "unknown dependencies": source(PLAIN, f"    dependencies = needs()\n    operations = [{ADD}]"),
    "element": source(PLAIN, f'    operations = [{ADD}, "nonsense"]'),
    "itself": source(PLAIN + "A = B\nB = A\n", "    operations = A"),
    "no class": PLAIN.encode(),
    "empty": b"",
    "syntax": source(PLAIN, f"    operations = [{ADD}"),
    "python 2": source(PLAIN, f"    operations = [{ADD}]\n    print 'x'"),
    "null byte": source(PLAIN, f"    operations = [{ADD}]") + b"\0",
    "wrong encoding": b"# coding: ascii\n#\xe9\n" + source(PLAIN, f"    operations = [{ADD}]"),
    "no such encoding": b"# coding: klingon\n" + source(PLAIN, f"    operations = [{ADD}]"),
    "two bytes a letter": source(PLAIN, f"    operations = [{ADD}]").decode().encode("utf-16"),
    "huge": source(PLAIN, f"    operations = [{ADD}]") + b"#" * (3 * 1024 * 1024),
    "brackets": source(PLAIN, "    operations = " + "(" * 5000 + ")" * 5000),
    "negations": source(PLAIN, "    operations = " + "-" * 100_000 + "1"),
    "attributes": source(PLAIN, "    operations = a" + ".b" * 150_000),
    "calls": source(PLAIN, "    operations = a" + "()" * 150_000),
    "additions": source(PLAIN, "    operations = []" + " + []" * 100_000),
    "deep": source(PLAIN, "    operations = []" + " + []" * 2_000),
    "indents": source(
        PLAIN, "".join("    " * n + "if 1:\n" for n in range(1, 150)) + "    " * 150 + "pass"
    ),
}


@pytest.mark.parametrize("content", OBSCURE.values(), ids=list(OBSCURE))
def test_what_cannot_be_followed_is_not_called_harmless(content):
    reading = read(content)
    assert reading.kind in (Kind.UNKNOWN, Kind.BREAKING)
    assert reading.why
    assert all(reading.why)


def test_what_cannot_be_read_is_said():
    assert "cannot parse it" in read(OBSCURE["syntax"]).why[0]
    assert "comprehension" in read(OBSCURE["comprehension"]).why[0]
    assert "larger" in read(OBSCURE["huge"]).why[0]
    assert read(OBSCURE["if"]).findings[0].line == 4


def test_a_breaking_operation_wins_over_what_cannot_be_read():
    both = 'custom.fields.Magic(), migrations.AddField("order", "x", models.IntegerField())'
    assert read(text(both)).kind is Kind.BREAKING


def test_deep_but_short_sums_are_followed():
    content = source(PLAIN, f"    operations = [{ADD}]" + " + []" * 50)
    assert said(read(content)) == "expand"


def test_nothing_is_executed(tmp_path):
    mark = tmp_path / "ran"
    head = f"{PLAIN}open({str(mark)!r}, 'w').close()\nimport antigravity_of_nobody\n"
    assert said(read(source(head, f"    operations = [{ADD}]"))) == "expand"
    assert not mark.exists()
    assert "antigravity_of_nobody" not in sys.modules


def test_a_file_without_operations_does_nothing():
    assert read(source(PLAIN, "")).why == ("no operations",)
    assert read(source(PLAIN, "")).kind is Kind.NEUTRAL
