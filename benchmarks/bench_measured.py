"""Migrations of public packages: what is read of them beside what PostgreSQL and Django show.

Each package goes into a project of its own. Its migrations are new there, all of them, and are
carried out one by one on a scratch database, each tried with the models of before and of after.
Prints a table of both classes, every disagreement, and first those in the dangerous direction:
where a reading would have let something run that must not.

    python benchmarks/bench_measured.py [--json FILE] [PACKAGE ...]

`measured_packages.py` lists them. Wants what `fab sandbox` wants, and PyPI the first time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measured_packages import COMMON, PACKAGES, Package

from minion.analyser.measured import with_measured
from minion.analyser.migrations import Kind, Reading, read_migrations
from minion.sandbox.measuring import NotMeasured, Order, measure

KINDS = [str(kind) for kind in Kind]
FILES = {
    "Procfile": "web: python manage.py runserver\n",
    ".python-version": "3.13\n",
    "manage.py": (
        "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n"
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line(sys.argv)\n"
    ),
    "urls.py": "urlpatterns = []\n",
}
SETTINGS = """\
import dj_database_url
SECRET_KEY = "x"
ROOT_URLCONF = "urls"
USE_TZ = True
SITE_ID = 1
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
MIDDLEWARE = []
TEMPLATES = [{{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}}]
{more}
INSTALLED_APPS = {apps!r}
DATABASES = {{"default": dj_database_url.config()}}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--json", type=Path, help="keep what was measured there")
    options = parser.parse_args()
    chosen = [one for one in PACKAGES if not options.names or one.name in options.names]
    found: list[Reading] = []
    kept: dict[str, Any] = {}
    for package in chosen:
        try:
            document = kept[package.name] = measured(package)
        except NotMeasured as error:
            print(f"{package.name}: not measured: {error}")
            continue
        readings = compared(document)
        found += readings
        counts = f"{len(readings)} migrations in {document['seconds']:.0f} s"
        print(f"{package.name}: {counts}, Django {document['new']['django']}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(kept, indent=1))
    report(found)


def measured(package: Package) -> Mapping[str, Any]:
    """The measurement of all of the package's migrations."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        git(folder, "init", "-q")
        requirements = ["Django", "dj-database-url", "psycopg[binary]", *package.requirements]
        files = {**FILES, "requirements.txt": "\n".join(requirements) + "\n"}
        old = commit(folder, {**files, "settings.py": SETTINGS.format(apps=list(COMMON), more="")})
        apps = [*COMMON, *(app for app in package.apps if app not in COMMON)]
        settings = SETTINGS.format(apps=apps, more=package.settings)
        new = commit(folder, {"settings.py": settings})
        order = Order(folder / ".git", old, new, limit_s=300)
        return asyncio.run(measure(order, lambda line: print(line, file=sys.stderr)))


def compared(document: Mapping[str, Any]) -> list[Reading]:
    """The readings with what was measured of each."""
    files = {Path(one["file"]) for one in document["migrations"]}
    folders = {file.parent for file in files}
    tree = {
        str(path): path.read_bytes() for folder in folders for path in sorted(folder.glob("*.py"))
    }
    readings = read_migrations(tree, list(tree))
    seen = [{**one, "path": one["file"]} for one in document["migrations"]]
    measured_ones = with_measured(readings, {**document, "migrations": seen})
    return [one for one in measured_ones if one.measured is not None]


def report(found: list[Reading]) -> None:
    """The table, and where the two differ."""
    table: Counter[tuple[str, str]] = Counter()
    for one in found:
        assert one.measured is not None
        table[str(one.read), str(one.measured.kind)] += 1
    print(f"\n{'read, measured:':<18}" + "".join(f"{kind:>10}" for kind in KINDS))
    for read in [*KINDS, "None"]:
        row = [table[read, kind] for kind in KINDS]
        if any(row):
            print(f"{read:<18}" + "".join(f"{count or '-':>10}" for count in row))
    dangerous = [one for one in found if any("a bug of minion" in w for w in one.warnings)]
    unknown = [one for one in found if one.measured and one.measured.kind is Kind.UNKNOWN]
    print(f"\n{len(found)} migrations; dangerous disagreements: {len(dangerous)}")
    print(f"not known after measuring: {len(unknown)}")
    for title, ones in (("DANGEROUS", dangerous), ("NOT KNOWN", unknown)):
        for one in ones:
            assert one.measured is not None
            place = "/".join(Path(one.path).parts[-4:])
            why = "; ".join(one.measured.why)
            print(f"{title} {place}: read {one.read}, measured {one.measured.kind}: {why}")
    for one in found:
        assert one.measured is not None
        if one.read not in (None, Kind.UNKNOWN, one.measured.kind) and one not in dangerous:
            place = "/".join(Path(one.path).parts[-4:])
            print(f"more careful {place}: read {one.read}, measured {one.measured.kind}")


def commit(folder: Path, files: Mapping[str, str]) -> str:
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qm", "Go on")
    return git(folder, "rev-parse", "HEAD")


def git(folder: Path, *argv: str) -> str:
    done = subprocess.run(["git", *argv], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
