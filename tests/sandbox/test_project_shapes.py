"""Projects of the usual shapes come up, are deployed a second time and rolled back.

Each in a new clone, by what README says to type and nothing else. What is asked for is the
page itself: it writes into the database, and names the columns that its code knows.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
from shape_kit import Project

pytestmark = pytest.mark.timeout(600)
Make = Callable[[str], Project]


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Make]:
    """Makes a clone of the project of that name, with its settings and its sandbox."""
    made: list[Project] = []

    def make(name: str) -> Project:
        made.append(Project(name, tmp_path))
        made[0].begin()
        return made[0]

    yield make
    for project in made:
        project.end()


def comes_up(project: Project, columns: str = "id, text") -> None:
    """First deployment, page, second one with a migration, page, rollback, page."""
    project.confirmed("deploy")
    assert f"1 notes of {columns}" in project.page().text
    project.add_column()
    said = project.confirmed("deploy")
    assert "0002_note_pinned.py" in said
    assert f"2 notes of {columns.replace('text', 'text, pinned')}" in project.page().text
    project.confirmed("rollback")
    assert f"3 notes of {columns}" in project.page().text
    # What stays of the second deployment needs no page when it comes again.
    assert "Downtime:            False" in project.fab(f"plan:{project.environment}")


@pytest.mark.whole
def test_a_web_command_that_migrates(begun: Make) -> None:
    project = begun("migrating_web")
    assert re.search(r"NOTE +Procfile:1: runs migrate", project.fab("doctor"))
    comes_up(project)


@pytest.mark.whole
def test_extensions_that_migrations_make(begun: Make) -> None:
    project = begun("extensions")
    if "NOTE:" in project.started:
        for name in ("citext", "pg_trgm"):
            assert f"0001_initial.py:11 makes the extension {name}, which" in project.started
        pytest.skip("this machine's PostgreSQL has no contrib modules")
    comes_up(project)
    assert project.page("/?q=visit").text.endswith("; 1 found")


@pytest.mark.whole
def test_pipenv(begun: Make) -> None:
    comes_up(begun("pipenv"))


@pytest.mark.whole
def test_channels_with_daphne(begun: Make) -> None:
    project = begun("channels")
    comes_up(project)

    async def talk() -> list[object]:
        async with aiohttp.ClientSession() as session:
            url, origin = f"{project.url}/ws/echo/", project.url
            async with session.ws_connect(url, origin=origin) as one:
                async with session.ws_connect(url, origin=origin) as other:
                    await one.send_json({"text": "hello"})
                    return [await each.receive_json(timeout=20) for each in (one, other)]

    assert asyncio.run(talk()) == [{"text": "hello", "notes": 4}] * 2

    async def strange() -> int:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(f"{project.url}/ws/echo/", origin="http://evil.example")
            return refused.value.status

    assert asyncio.run(strange()) == 403


@pytest.mark.whole
def test_a_celery_worker_with_its_queue_in_the_database(begun: Make) -> None:
    project = begun("celery_worker")
    columns = "id, text, reader"

    def is_read_by_the_worker() -> bool:
        return set(project.page("/readers").text.split(" ")) == {"worker.1"}

    project.confirmed("deploy")
    assert f"1 notes of {columns}" in project.page().text
    project.api("PATCH", "formation/worker", {"quantity": 1})
    assert eventually(is_read_by_the_worker)
    project.add_column()
    project.confirmed("deploy")
    assert "2 notes of id, text, pinned, reader" in project.page().text
    assert eventually(is_read_by_the_worker)
    project.confirmed("rollback")
    assert f"3 notes of {columns}" in project.page().text
    assert eventually(is_read_by_the_worker)


@pytest.mark.whole
def test_two_databases(begun: Make) -> None:
    project = begun("two_databases")
    assert "--database=archive && " in (project.root / "minion.toml").read_text()
    assert "database archive" not in project.fab("doctor")
    asked = {"plan": "heroku-postgresql:essential-0", "attachment": {"name": "ARCHIVE"}}
    project.api("POST", "addons", asked)
    comes_up(project)
    assert project.page("/archived").text == "1 pages of id, text"
    # Of the archive what the code before cannot live with is taken back, there.
    project.add_column("archive.page", "kept", "models.BooleanField(default=False)")
    project.confirmed("deploy")
    assert project.page("/archived").text == "2 pages of id, text, kept"
    assert "0002_page_kept.py: breaking: reversed first" in project.confirmed("rollback")
    assert project.page("/archived").text == "3 pages of id, text"


@pytest.mark.whole
def test_the_layout_of_cookiecutter(begun: Make) -> None:
    project = begun("cookiecutter")
    project.confirmed("config")
    comes_up(project)
    page = project.page()
    assert page.url.startswith("https://")
    (css,) = re.findall(r'href="(/static/css/project\.\w{12}\.css)"', page.text)
    sent = project.page(css)
    assert re.search(r"url\(\S*/images/paper\.\w{12}\.svg", sent.text)
    assert "immutable" in sent.headers["Cache-Control"]


@pytest.mark.whole
def test_sources_in_src_with_uv_and_a_hook(begun: Make) -> None:
    project = begun("src_with_uv")
    comes_up(project)
    assert project.page("/revision").text == project.git("rev-parse", "HEAD~1") + "\n"


def eventually(holds: Callable[[], bool], within_s: float = 60) -> bool:
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True
