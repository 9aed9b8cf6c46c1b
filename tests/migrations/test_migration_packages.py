"""The migrations that Django itself brings, as they are installed."""

from __future__ import annotations

import time
from pathlib import Path

import django.contrib
import pytest

from minion.analyser.migrations import Kind, read_migrations

CODE = ("RunPython", "RunSQL")


@pytest.fixture(scope="module")
def tree():
    folder = Path(django.contrib.__file__).parent
    paths = [path for path in folder.glob("*/migrations/*.py") if path.name != "__init__.py"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_nothing_of_django_contrib_is_unknown_but_what_runs_python(tree):
    readings = read_migrations(tree, list(tree))
    assert len(readings) == len(tree) > 15
    unknown = [
        (reading.path, found.operation)
        for reading in readings
        for found in reading.findings
        if found.kind is Kind.UNKNOWN and found.operation not in CODE
    ]
    assert unknown == []


def test_known_migrations_are_what_they_are(tree):
    kinds = {reading.path: reading for reading in read_migrations(tree, list(tree))}

    def of(name):
        (found,) = [reading for path, reading in kinds.items() if name in path]
        return found

    assert of("auth/migrations/0001_initial").kind is Kind.EXPAND
    assert of("0002_alter_permission_name_max_length").kind is Kind.EXPAND
    assert of("0003_alter_user_email_max_length").kind is Kind.EXPAND
    assert of("0004_alter_user_username_opts").kind is Kind.NEUTRAL
    assert of("0005_alter_user_last_login_null").kind is Kind.EXPAND
    assert of("0006_require_contenttypes").kind is Kind.NEUTRAL
    assert of("0011_update_proxy_permissions").kind is Kind.UNKNOWN
    assert of("sites/migrations/0002").locks  # a name becomes unique
    assert of("sites/migrations/0002").kind is Kind.CONTRACT
    assert of("admin/migrations/0003").kind is Kind.NEUTRAL
    assert of("contenttypes/migrations/0002").kind in (Kind.BREAKING, Kind.UNKNOWN)
    assert of("redirects/migrations/0002").kind is Kind.NEUTRAL


def test_order_follows_the_dependencies(tree):
    readings = read_migrations(tree, sorted(tree, reverse=True))
    at = {reading.key: place for place, reading in enumerate(readings)}
    for reading in readings:
        for key in reading.dependencies:
            if key in at:
                assert at[key] < at[reading.key]


def test_a_thousand_files_in_little_time(tree):
    copies = {
        f"copy{number}/{path}": content
        for number in range(1000 // len(tree) + 1)
        for path, content in tree.items()
    }
    start = time.process_time()
    readings = read_migrations(copies, list(copies))
    assert len(readings) >= 1000
    # Each text is parsed once, so this measures the replay; the benchmark measures all of it.
    assert time.process_time() - start < 3
