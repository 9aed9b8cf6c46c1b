"""Imports point one way; see the README's "How it is built"."""

import ast
from pathlib import Path

import pytest

import minion

PACKAGE = Path(minion.__file__).parent
PLAIN = {"database_url", "errors", "options", "text"}
#: What stands outside of minion; these do not import one another.
EDGES = {"git", "heroku", "postgres", "terminal"}

#: Each folder (or file at the top) and what it may import of minion. Records of git and
#: Heroku are values, so that whoever plans may import them.
ALLOWED = {
    "database_url": set(),
    "errors": set(),
    "text": set(),
    "options": {"errors"},
    "deployments": PLAIN,
    "buildpack": set(),
    **dict.fromkeys(EDGES, PLAIN),
    "settings": PLAIN,
    "privacy": PLAIN,
    "analyser": PLAIN | {"settings", "git", "buildpack"},
    "steps": PLAIN | EDGES | {"settings", "privacy", "deployments"},
    "engine": PLAIN | EDGES | {"settings", "steps", "deployments"},
    "operations": PLAIN
    | EDGES
    | {"settings", "privacy", "analyser", "deployments", "steps", "engine"},
    "commands": PLAIN
    | EDGES
    | {"settings", "analyser", "steps", "engine", "operations", "deployments", "sandbox"},
    "api": PLAIN | {"commands", "operations"},
    "tasks": PLAIN | {"settings", "terminal", "commands", "operations"},
    "__main__": {"tasks"},
    # The sandbox shares no reading of Heroku with the rest but the buildpack's rules.
    "sandbox": {"buildpack"},
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


@pytest.mark.parametrize(("module", "path"), list(modules()))
def test_imports_point_one_way(module, path):
    assert module in ALLOWED, f"say in this test what {module} may import"
    assert set(imports(path)) <= ALLOWED[module] | {module}


def test_nothing_but_its_command_starts_the_sandbox():
    users = {p.values[0] for p in modules() if "sandbox" in set(imports(p.values[1]))}
    assert users == {"commands", "sandbox"}


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
    # git passes the whole environment on to the processes that it starts; what a terminal
    # can do is told by TERM and NO_COLOR.
    assert readers <= {
        "settings/finding.py",
        "commands/sandbox.py",
        "git/command.py",
        "terminal/device.py",
    }


#: What the sandbox's platform is put together from.
MADE_OF = {
    "errors",
    "tuning",
    "rate_limit",
    "machine",
    "state",
    "logs",
    "git",
    "postgres",
    "transfers",
    "builds",
    "dynos",
    "apps",
    "releases",
    "addons",
    "pipelines",
}

#: Folders in layers: each part (a folder or a file) and what it may import of its siblings.
LAYERS = {
    "analyser/migrations": {
        "verdicts": set(),
        "text": {"verdicts"},
        "state": {"text"},
        "graph": {"verdicts", "text"},
        "writes": {"text"},
        "rules": {"verdicts", "text", "state", "writes"},
        "columns": {"text", "state", "graph"},
        "readings": {"verdicts", "text", "graph", "rules"},
        "reader": {"verdicts", "text", "state", "writes", "graph", "rules", "readings"},
        "__init__": {"verdicts", "graph", "reader"},
    },
    "privacy": {
        "values": set(),
        "database": {"values"},
        "columns": {"values", "database"},
        "proof": {"values", "database", "columns"},
        "__init__": {"database", "columns", "proof"},
    },
    # What is had of the machine; what apps are made of; the apps; all of it as a platform;
    # how it is spoken to; the process that it is; what starts that.
    "sandbox": {
        "__init__": set(),
        "errors": set(),
        "differences": set(),
        "tuning": {"errors"},
        "rate_limit": set(),
        "machine": set(),
        "state": set(),
        "logs": set(),
        "bookshop": set(),
        "git": {"machine"},
        "postgres": {"errors", "machine"},
        "transfers": {"errors", "tuning", "machine", "state", "postgres"},
        "builds": {"machine", "git"},
        "dynos": {"machine", "logs", "builds"},
        "measuring": {"machine", "postgres", "builds"},
        "router": {"dynos", "machine"},
        "apps": {"errors", "machine", "state", "logs", "postgres", "builds", "dynos", "router"},
        "releases": {"errors", "tuning", "state", "logs", "git", "builds", "dynos", "apps"},
        "addons": {"errors", "state", "postgres", "releases"},
        "pipelines": {"errors", "state", "releases"},
        "platform": MADE_OF,
        "api": {"errors", "state", "logs", "dynos", "addons", "pipelines", "platform"},
        "data_api": {"errors", "state", "postgres", "transfers", "platform", "api"},
        "controls": {"errors", "tuning", "state", "dynos", "pipelines", "platform", "api"},
        "daemon": {"errors", "machine", "postgres", "platform", "api", "data_api", "controls"},
        "lifecycle": {"errors", "postgres", "dynos", "bookshop", "daemon"},
        "__main__": {"errors", "daemon"},
    },
}


def imported(path):
    """The modules of minion that the file imports, those for the type checker included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            while name.startswith("minion."):
                stem = PACKAGE.parent.joinpath(*name.split("."))
                if stem.with_suffix(".py").exists() or stem.is_dir():
                    yield name
                    break
                name = name.rpartition(".")[0]


def name_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("folder", LAYERS)
def test_layers_import_one_way(folder):
    allowed, package = LAYERS[folder], "minion." + folder.replace("/", ".") + "."
    seen = set()
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        part = path.relative_to(PACKAGE / folder).with_suffix("").parts[0]
        seen.add(part)
        used = {name[len(package) :].split(".")[0] for name in imported(path) if package in name}
        assert used <= allowed[part] | {part}, path
    assert seen == set(allowed)


#: Of whatever they are about, these are in every operation's package, and nothing else is.
ROOMS = {
    "__init__",
    "facts",
    "gather",
    "outcome",
    "plan",
    "policy",
    "report",
    "request",
    "steps",
}


def packages_of_operations():
    return sorted(
        path for path in (PACKAGE / "operations").iterdir() if (path / "plan.py").exists()
    )


def test_every_operation_has_the_same_files():
    found = packages_of_operations()
    assert len(found) == 5
    for package in found:
        assert {path.stem for path in package.glob("*.py")} == ROOMS, package.name


def test_operations_do_not_import_one_another():
    for package in packages_of_operations():
        ours = f"minion.operations.{package.name}"
        others = {f"minion.operations.{one.name}" for one in packages_of_operations()} - {ours}
        for path in package.glob("*.py"):
            used = {name for name in imported(path) if name.startswith("minion.operations")}
            assert not {n for n in used for other in others if n.startswith(other)}, path


#: What only decides, and what only shows, gets values: no edge, no operator, no clock.
PURE = ("facts", "plan", "policy", "report", "request", "steps")
CALLED = ("minion.git.repository", "minion.heroku.client", "minion.terminal.console")


def test_what_decides_is_pure():
    for package in packages_of_operations():
        for name in PURE:
            source = (package / f"{name}.py").read_text(encoding="utf-8")
            assert "datetime.now" not in source or name == "report", package
            used = set(imports_by_name(package / f"{name}.py"))
            assert not {one for one in used if one.startswith(CALLED)}, package
            assert not used & {"time", "subprocess", "socket", "requests"}, package


def imports_by_name(path):
    """Everything that the file imports when it runs, by its whole name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_the_engine_names_no_operation():
    names = {package.name for package in packages_of_operations()} | {"migrate data"}
    for path in sorted((PACKAGE / "engine").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert id(node) in docs or node.value not in names, (path, node.value)
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                assert "minion.operations" not in ast.dump(node), path


@pytest.mark.parametrize(
    "folder",
    sorted(p.name for p in PACKAGE.iterdir() if p.is_dir() and (p / "__init__.py").exists()),
)
def test_no_module_imports_itself_by_way_of_others(folder):
    graph = {
        name_of(path): {n for n in imported(path) if n.startswith(f"minion.{folder}")}
        for path in sorted((PACKAGE / folder).rglob("*.py"))
    }
    for start in graph:
        reached, pending = set(), [start]
        while pending:
            for name in graph[pending.pop()] - reached:
                reached.add(name)
                pending.append(name)
        assert start not in reached, f"{start} imports itself through {sorted(reached)}"


def test_every_test_file_has_a_name_of_its_own():
    """Folders of tests are no packages: of two files of one name only one is collected."""
    names = [path.name for path in Path(__file__).parent.rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
