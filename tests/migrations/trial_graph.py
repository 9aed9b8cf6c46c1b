"""Histories made up at random, with a fault or none, and what Django's own loader says of them.

Run as a program it reads histories from standard input and tells of each why Django refuses
it; "" where it does not.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

APPS = ("shop", "blog")
_TEXT = """\
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = {needs}
    run_before = {before}
    replaces = {replaces}
    operations = []
"""


@dataclass
class History:
    """The texts of migrations at two commits; all of the older one have run."""

    old: dict[str, str]
    new: dict[str, str]
    fault: str

    @property
    def applied(self) -> list[tuple[str, str]]:
        """What the database has recorded."""
        return [key_of(path) for path in self.old if not path.endswith("__init__.py")]


def key_of(path: str) -> tuple[str, str]:
    """(app label, name) of the migration at a path."""
    app, _, file = path.split("/")
    return app, file[: -len(".py")]


@dataclass
class _File:
    needs: list[tuple[str, str]]
    before: list[tuple[str, str]]
    replaces: list[tuple[str, str]]

    @property
    def text(self) -> str:
        return _TEXT.format(**asdict(self))


def made_up(seed: int) -> History:
    """A history of two apps, of which some has run, and a change to it."""
    draw = random.Random(seed)
    files: dict[tuple[str, str], _File] = {}
    for app in APPS:
        for number in range(1, draw.randint(2, 5)):
            needs = [(app, f"{number - 1:04}_x")] if number > 1 else []
            files[app, f"{number:04}_x"] = _File(needs, [], [])
    keys = sorted(files)
    shop, blog = (sorted(key for key in keys if key[0] == app) for app in APPS)
    if draw.random() < 0.5:
        files[shop[-1]].needs.append(draw.choice(blog))
    run = [*shop[: draw.randint(1, len(shop))], *blog[: draw.randint(1, len(blog))]]
    run = [key for key in run if all(one in run for one in files[key].needs)]
    old = {_path(key): files[key].text for key in run}
    fault = draw.choice(list(_FAULTS))
    _FAULTS[fault](draw, files, keys)
    new = {_path(key): file.text for key, file in files.items()}
    for app in APPS:
        if not (fault == "no package" and app == "blog"):
            new[f"{app}/migrations/__init__.py"] = ""
    return History(old, new, fault)


def _path(key: tuple[str, str]) -> str:
    return f"{key[0]}/migrations/{key[1]}.py"


_Key = tuple[str, str]
_Files = dict[_Key, _File]


def _nothing(draw: random.Random, files: _Files, keys: list[_Key]) -> None:
    pass


def _other_parent(draw: random.Random, files: _Files, keys: list[_Key]) -> None:
    files[draw.choice(keys)].needs = [draw.choice(keys)]


def _more_parents(draw: random.Random, files: _Files, keys: list[_Key]) -> None:
    files[draw.choice(keys)].needs.append(draw.choice(keys))


def _gone(draw: random.Random, files: _Files, keys: list[_Key]) -> None:
    del files[draw.choice(keys)]


def _second_end(draw: random.Random, files: _Files, keys: list[_Key]) -> None:
    parent = draw.choice(keys)
    files[parent[0], "0009_end"] = _File([parent], [], [])


def _merged(draw: random.Random, files: _Files, keys: list[_Key]) -> None:
    _second_end(draw, files, keys)
    app = next(key[0] for key in files if key[1] == "0009_end")
    ends = [(app, "0009_end"), max(key for key in keys if key[0] == app)]
    files[app, "0010_merge"] = _File(ends, [], [])


def _run_before(draw: random.Random, files: _Files, keys: list[_Key]) -> None:
    first, second = draw.sample(keys, 2)
    files[first].before.append(second)


def _squash(draw: random.Random, files: _Files, keys: list[_Key]) -> None:
    replaced = [key for key in keys if key[0] == "shop"][: draw.randint(1, 3)]
    files["shop", "0001_squashed"] = _File([], [], replaced)
    if draw.random() < 0.4:
        for key in replaced:
            del files[key]
        for file in files.values():
            file.needs = [("shop", "0001_squashed") if n in replaced else n for n in file.needs]


_FAULTS = {
    "nothing": _nothing,
    "other parent": _other_parent,
    "more parents": _more_parents,
    "gone": _gone,
    "second end": _second_end,
    "merged": _merged,
    "run before": _run_before,
    "squash": _squash,
    "no package": _nothing,
}


def judged(histories: list[History]) -> list[str]:
    """What Django says of each, in a process of its own."""
    words = json.dumps([{**asdict(one), "applied": one.applied} for one in histories])
    program = [sys.executable, __file__]
    done = subprocess.run(program, input=words, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def _main() -> None:
    import django
    from django.conf import settings

    folder = Path(tempfile.mkdtemp())
    sys.path.insert(0, str(folder))
    for app in APPS:
        (folder / app).mkdir()
        (folder / app / "__init__.py").touch()
    memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    settings.configure(
        DATABASES={"default": memory}, INSTALLED_APPS=list(APPS), MIGRATION_MODULES={}
    )
    django.setup()
    histories = json.load(sys.stdin)
    json.dump([_refusal(folder, n, one) for n, one in enumerate(histories)], sys.stdout)


def _refusal(folder: Path, number: int, history: dict[str, dict[str, str]]) -> str:
    from django.conf import settings
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.migrations.recorder import MigrationRecorder

    name = f"history{number}"
    for path, text in history["new"].items():
        place = folder / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    settings.MIGRATION_MODULES = {app: f"{name}.{app}.migrations" for app in APPS}
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    recorder.flush()
    for app, migration in history["applied"]:
        recorder.record_applied(app, migration)
    try:
        executor = MigrationExecutor(connection)
        executor.loader.check_consistent_history(connection)
        if executor.loader.detect_conflicts():
            return "two come last"
        if executor.loader.unmigrated_apps:
            return "no package"
        executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


if __name__ == "__main__":
    _main()
