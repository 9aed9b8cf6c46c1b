"""One sandbox for the journeys of a test process, and `fab` as an operator types it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import tried
from desk_kit import Operator, Shop


@pytest.hookimpl(hookwrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Send on with the report what the test has tried."""
    tried.LINES.clear()
    yield
    pyfuncitem.user_properties += [("tried", line) for line in tried.LINES]


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """Where every module has its desk, one after the other: a copy is right only there.

    Anybody may enter it, so that PostgreSQL's data lie within, which root could not read else.
    """
    folder = Path(tempfile.mkdtemp(prefix="journeys-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def operator(place: Path) -> Iterator[Operator]:
    folder = place / "desk"
    folder.mkdir()
    (folder / "fabfile.py").write_text("from minion.tasks import *\n")
    operator = Operator(folder)
    yield operator
    operator.fab("sandbox:stop")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def shop(operator: Operator, place: Path) -> Shop:
    """The bookshop as it is at first: made once, then copied, which takes a third of the time."""
    kept, there = place / "kept", operator.folder / ".minion"
    if not kept.exists():
        operator.fab("sandbox")
        operator.fab("sandbox:stop")
        _copy(there, kept)
    else:
        _copy(kept, there)
    operator.fab("sandbox")
    shop = Shop(operator)
    shop.api("PATCH", "/_sandbox/settings", {"preboot_s": 0.3})
    return shop


def _copy(folder: Path, target: Path) -> None:
    """With the owners, as PostgreSQL's data may be another user's."""
    subprocess.run(["cp", "-a", str(folder), str(target)], check=True)
