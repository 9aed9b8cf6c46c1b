"""Imports point one way; see the README's "How it is built"."""

import ast
from pathlib import Path

import pytest

import minion

PACKAGE = Path(minion.__file__).parent
FACTS = {"errors", "records", "options", "text"}
PURE = FACTS | {
    "analyse",
    "procfile",
    "request",
    "facts",
    "settings",
    "schema",
    "migrations",
    "downtime",
}
EDGES = {"git", "heroku", "console"}

#: Each module and what it may import of minion.
ALLOWED = {
    "errors": set(),
    "text": set(),
    "records": set(),
    "options": {"errors"},
    "analyse": FACTS,
    "procfile": FACTS,
    "request": FACTS,
    "schema": FACTS,
    "facts": FACTS | {"analyse", "migrations"},
    "downtime": FACTS | {"facts", "migrations"},
    "settings": FACTS | {"analyse", "schema"},
    "migrations": FACTS,
    "anonymity": FACTS,
    "local": FACTS,
    "lock": FACTS | {"git"},
    "git": FACTS,
    "heroku": FACTS,
    "console": FACTS,
    "envfile": FACTS,
    "envfolder": FACTS | {"envfile", "settings"},
    "config": FACTS,
    "configrepo": FACTS,
    "configreport": FACTS | {"config"},
    "world": FACTS,
    "interrupts": FACTS,
    "journal": FACTS,
    "comparison": PURE,
    "packages": FACTS,
    "gather": PURE | {"envfolder", "comparison", "packages"},
    "policy": PURE,
    "steps": FACTS | {"world", "settings", "anonymity", "local"},
    "operation": FACTS | {"steps"},
    "plan": PURE | {"policy", "steps", "operation"},
    "report": PURE | {"plan"},
    "data": PURE | {"steps", "operation", "anonymity", "local"},
    "rollback": PURE | {"gather", "steps", "operation", "report"},
    "aftermath": FACTS | {"steps", "operation", "world"},
    "run": FACTS | {"steps", "operation", "world", "journal", "interrupts", "aftermath"},
    "standing": FACTS | {"steps", "operation", "world", "journal"},
    "underway": FACTS | {"steps", "operation", "world", "journal", "interrupts", "lock"},
    "sandbox": set(),
}


def imports(path):
    """What the file imports of minion when it is imported or run, by first name.

    Imports for the type checker only do not count: they are never carried out.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checked = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in checked:
            continue
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if name.split(".")[0] == "minion":
                yield name.split(".")[1] if "." in name else ""


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts[:3] == ("sandbox", "bookshop", "history") or parts[0] == "__init__":
            continue
        yield pytest.param(parts[0], path, id=".".join(parts))


@pytest.mark.parametrize(
    ("module", "path"), [param for param in modules() if param.values[0] != "tasks"]
)
def test_imports_point_one_way(module, path):
    assert module in ALLOWED, f"say in this test what {module} may import"
    assert set(imports(path)) <= ALLOWED[module] | {module}


def test_nothing_but_the_tasks_starts_the_sandbox():
    users = {p.values[0] for p in modules() if "sandbox" in set(imports(p.values[1]))}
    assert users == {"tasks", "sandbox"}


def test_only_settings_and_the_rehearsal_look_at_the_process_environment():
    readers = set()
    for param in modules():
        module, path = param.values
        tree = ast.parse(path.read_text(encoding="utf-8"))
        reads = any(
            isinstance(node, ast.Attribute)
            and node.attr in ("environ", "getenv")
            and isinstance(node.value, ast.Name)
            and node.value.id == "os"
            for node in ast.walk(tree)
        )
        if module != "sandbox" and reads:
            readers.add(path.relative_to(PACKAGE).as_posix())
    # git passes the whole environment on to the processes that it starts.
    assert readers <= {"settings/finding.py", "tasks/rehearsal.py", "git/command.py"}
