"""How many operations of real projects are read as something, and how fast.

Takes folders, or the names of installed packages (default: django). Every file is read
as new, after those that it depends on. Counted apart are the operations that run Python
or SQL, which nobody reads here, and those of a package's own classes.
Run: python benchmarks/bench_migrations.py [--unknown] PACKAGE_OR_FOLDER ...
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from minion.analyser.migrations import Finding, Kind, Reading, read_migrations

#: What runs arbitrary code.
CODE = ("RunPython", "RunSQL")
#: Folders of apps that nobody deploys.
TESTS = frozenset(("test", "tests"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("places", nargs="*", default=["django"])
    parser.add_argument("--unknown", action="store_true", help="list what was not read, and why")
    options = parser.parse_args()
    print(
        f"{'':<28}{'files':>6}{'ops':>7}{'code':>6}{'unknown':>8}{'read':>8}{'s':>7}{'ms/file':>9}"
    )
    everything: list[Reading] = []
    seconds = 0.0
    for name in options.places:
        tree = {str(path): path.read_bytes() for path in migrations(folder_of(name))}
        start = time.process_time()
        readings = read_migrations(tree, list(tree))
        spent = time.process_time() - start
        report(name, readings, spent)
        everything += readings
        seconds += spent
    report("all", everything, seconds)
    if options.unknown:
        for reading in everything:
            for found in reading.findings:
                if found.kind is Kind.UNKNOWN and not is_code(found):
                    print(f"{reading.path}:{found.line}: {found.operation}: {found.why}")


def folder_of(name: str) -> Path:
    if Path(name).is_dir():
        return Path(name)
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{name} is neither a folder nor an installed package")
    return Path(next(iter(spec.submodule_search_locations)))


def migrations(folder: Path) -> Iterator[Path]:
    """The modules of migrations packages that have a Migration class, as Django demands it.

    Others are somebody's helpers, or the machinery of Django itself. Apps that serve a
    package's own tests are left out: nobody deploys them.
    """
    for path in sorted(folder.rglob("migrations/*.py")):
        is_machinery = path.parent.parent.name in ("db", "blocks")
        is_for_tests = not TESTS.isdisjoint(path.relative_to(folder).parts)
        if is_machinery or is_for_tests:
            continue
        if b"\nclass Migration(" in path.read_bytes():
            yield path


def is_code(found: Finding) -> bool:
    return found.operation.rpartition(": ")[2] in CODE


def report(name: str, readings: list[Reading] | tuple[Reading, ...], seconds: float) -> None:
    findings = [found for reading in readings for found in reading.findings]
    counts = Counter(
        "code" if is_code(found) else "unknown" if found.kind is Kind.UNKNOWN else "read"
        for found in findings
    )
    judged = counts["read"] + counts["unknown"]
    share = counts["read"] / judged if judged else 1.0
    print(
        f"{Path(name).name:<28}{len(readings):>6}{len(findings):>7}{counts['code']:>6}"
        f"{counts['unknown']:>8}{share:>8.1%}{seconds:>7.2f}"
        f"{1000 * seconds / max(len(readings), 1):>9.2f}"
    )


if __name__ == "__main__":
    main()
