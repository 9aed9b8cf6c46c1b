"""The list of how the sandbox behaves beside Heroku is complete, held by tests, and README's."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from minion.sandbox.differences import STATES, Behaviour, behaviours, counts, markdown

ROOT = Path(__file__).parents[2]
ROWS = behaviours()


@cache
def functions_of(name: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / "sandbox" / name).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what[:40])
def test_each_is_whole_and_what_is_the_same_has_its_test(row: Behaviour) -> None:
    assert row.area and row.what and row.heroku and row.sandbox
    assert row.state in STATES
    assert row.test or row.state != "same"
    if row.test:
        name, _, function = row.test.partition("::")
        assert function in functions_of(name)


def test_none_is_told_of_twice() -> None:
    assert len({row.what for row in ROWS}) == len(ROWS)
    areas = [row.area for row in ROWS]
    assert len(set(areas)) == 1 + sum(a != b for a, b in zip(areas, areas[1:]))


def test_the_readme_has_those_that_are_not_the_same() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    told = readme.partition("<!-- differences -->\n")[2].partition("\n\n## ")[0]
    assert told == f"{counts(ROWS)}\n\n{markdown(ROWS)}"


def test_the_task_prints_them_all(tmp_path: Path) -> None:
    def run(argument: str) -> str:
        argv = [sys.executable, "-m", "minion", f"sandbox:differences{argument}"]
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stderr
        return done.stdout

    said = run("")
    assert counts(ROWS) in said
    for row in ROWS:
        assert row.what in said and row.sandbox in said
    assert json.loads(run(",format=json"))[0]["what"] == ROWS[0].what
    assert not (tmp_path / ".minion").exists(), "nothing is started for it"
