"""How many breaking changes of the usual kinds `fab split` makes two deployments of.

Each change is one migration of a project of its own app. It is measured whole; what needs the
maintenance page is split, and both halves are measured like any deployment. A change counts as
split when neither half needs the page. Prints a line for each that is not, and the count.
Run: python benchmarks/bench_split.py [WORD_OF_NAME ...]
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "migrations"))

from breaking_changes import CHANGES
from measured_project import groups_of, project_of
from trial_cases import Case

from minion.analyser.measured import judge
from minion.analyser.migrations import Kind
from minion.sandbox.measuring import Order, measure, split

#: Changes in one project: a migration without a transaction is tried with all models that it has.
TOGETHER = 20
PAGE = (Kind.BREAKING, Kind.UNKNOWN)


def main() -> None:
    words = sys.argv[1:]
    chosen = [case for case in CHANGES if not words or any(word in case.name for word in words)]
    begun = time.monotonic()
    told: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        groups = [
            group[start : start + TOGETHER]
            for group in groups_of(chosen)
            for start in range(0, len(group), TOGETHER)
        ]
        for number, cases in enumerate(groups):
            told.update(tried(cases, Path(folder) / f"p{number}"))
    needed = {name: word for name, word in told.items() if word != "no page"}
    for name, word in needed.items():
        if word != "split":
            print(f"{name}: {word}")
    for name in sorted(set(told) - set(needed)):
        print(f"{name}: needs no page as it is, not counted")
    done = sum(word == "split" for word in needed.values())
    seconds = time.monotonic() - begun
    print(f"{done} of {len(needed)} are split, both halves without a page ({seconds:.0f} s)")


def tried(cases: list[Case], folder: Path) -> dict[str, str]:
    """By the name of a case "split", "no page", or why not."""
    project, labels = project_of(cases, folder)
    whole = measured(project.repo, project.old, project.new)
    paths = {f"{label}/migrations/": label for label in labels}
    needing = {label for label in labels if _needs_page(whole, label)}
    asked = [one["path"] for one in whole["migrations"] if one["path"] and one["app"] in needing]
    found = asyncio.run(split(Order(project.repo, project.old, project.new), asked))
    cannot = {paths[f"{path.rpartition('/')[0]}/"]: why for path, why in found["cannot"].items()}
    middle = project.commit(found["first"])
    first = measured(project.repo, project.old, middle)
    end = project.commit(found["second"])
    second = measured(project.repo, middle, end)
    told = {}
    for label, case in labels.items():
        if label not in needing:
            told[case.name] = "no page"
        elif label in cannot:
            told[case.name] = cannot[label]
        else:
            told[case.name] = (
                _needs_page(first, label, "first half: ")
                or _needs_page(second, label, "second half: ")
                or "split"
            )
    return told


def measured(repo: Path, old: str, new: str) -> Mapping[str, Any]:
    return asyncio.run(measure(Order(repo, old, new)))


def _needs_page(document: Mapping[str, Any], label: str, title: str = "") -> str:
    """Why one of the app's migrations needs the page; "" if none does."""
    for one in document["migrations"]:
        if one["app"] == label:
            found = judge(one)
            if found.kind in PAGE:
                return f"{title}{one['name']} is {found.kind}: {'; '.join(found.why)}"
    return ""


if __name__ == "__main__":
    main()
