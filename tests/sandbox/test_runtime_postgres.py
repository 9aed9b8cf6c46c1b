"""The embedded PostgreSQL: databases, restarts, leftovers of a killed sandbox, other users."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from minion.sandbox.postgres.home import find_home, sweep
from minion.sandbox.postgres.server import Postgres, PostgresFailed

PROJECT = Path(__file__).parents[2]

SERVE = """
import asyncio, sys
from pathlib import Path
from minion.sandbox.postgres.server import Postgres

async def main():
    postgres = Postgres(Path(sys.argv[1]), int(sys.argv[2]))
    await postgres.start()
    url = await postgres.create_database("shop", "first")
    print(url, flush=True)
    if sys.argv[3] == "wait":
        await asyncio.sleep(600)
    await postgres.destroy()

asyncio.run(main())
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, connect_timeout=30) as connection:
        row = connection.execute(question).fetchone()
        return row[0] if row else None


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state" / "postgres"
    yield folder

    async def destroy() -> None:
        await Postgres(folder, free_port()).destroy()

    asyncio.run(destroy())


def test_databases_are_made_reset_and_dropped(folder: Path) -> None:
    async def main() -> None:
        postgres = Postgres(folder, free_port())
        await postgres.start()
        await postgres.start()
        url = await postgres.create_database("shop", "p@ss/w:rd")
        other = await postgres.create_database("till", "other")

        assert ask(url, "SELECT current_user || current_database()") == "shopshop"
        assert ask(url, "SHOW server_encoding") == "UTF8"
        assert ask(url, "SELECT lower('ÄÖ') || upper('é')") == "äöÉ"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE t AS SELECT 1 AS n")
            assert await postgres.create_database("shop", "p@ss/w:rd") == url
            assert ask(url, "SELECT n FROM t") == 1
            await postgres.reset_database("shop")  # although someone is connected
        assert ask(url, "SELECT to_regclass('t')") is None

        changed = await postgres.create_database("shop", "changed")
        assert ask(changed, "SELECT 1") == 1
        with pytest.raises(psycopg.OperationalError):
            ask(url, "SELECT 1")

        await postgres.drop_database("shop")
        await postgres.drop_database("shop")
        with pytest.raises(psycopg.OperationalError):
            ask(changed, "SELECT 1")
        assert ask(other, "SELECT 1") == 1
        dump = [str(postgres.program("pg_dump")), "--format=custom", f"--dbname={other}"]
        assert subprocess.run(dump, capture_output=True, check=True).stdout.startswith(b"PGDMP")
        await postgres.stop()

    asyncio.run(main())


def test_data_survives_a_restart_on_another_port(folder: Path) -> None:
    async def main() -> None:
        first = Postgres(folder, free_port())
        await first.start()
        url = await first.create_database("shop", "secret")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE t AS SELECT 'kept' AS word")
        await first.stop()
        with pytest.raises(psycopg.OperationalError):
            ask(url, "SELECT 1")

        second = Postgres(folder, free_port())
        await second.start()
        url = await second.create_database("shop", "secret")
        assert ask(url, "SELECT word FROM t") == "kept"
        await second.stop()

    asyncio.run(main())


def test_a_server_left_behind_is_replaced(folder: Path) -> None:
    """The sandbox is killed so hard that even its warden could not tidy up."""

    async def main() -> None:
        first = Postgres(folder, free_port())
        await first.start()
        await first.create_database("shop", "secret")
        second = Postgres(folder, free_port())
        await second.start()  # ends the first server, which nobody has stopped
        url = await second.create_database("shop", "secret")
        assert ask(url, "SELECT 1") == 1
        await second.stop()

        # A pid file whose pid is some other program's by now.
        pid_file = find_home(folder).cluster / "postmaster.pid"
        pid_file.write_text(f"{os.getpid()}\n/elsewhere\n")
        await second.start()
        assert ask(url, "SELECT 1") == 1
        await second.stop()
        await first.stop()

    asyncio.run(main())


def test_a_taken_port_is_reported_in_the_servers_words(folder: Path) -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            with pytest.raises(PostgresFailed, match="could not"):
                await Postgres(folder, taken.getsockname()[1]).start()

    asyncio.run(main())


def test_it_ends_when_the_sandbox_is_killed(folder: Path) -> None:
    port = free_port()
    argv = [sys.executable, "-c", SERVE, str(folder), str(port), "wait"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as sandbox:
        assert sandbox.stdout is not None
        url = sandbox.stdout.readline().strip()
        assert ask(url, "SELECT 1") == 1
        sandbox.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            ask(url, "SELECT 1")
        except psycopg.OperationalError:
            return
        time.sleep(0.1)
    pytest.fail("PostgreSQL still answers")


def nobody_can_run_python() -> bool:
    user = pwd.getpwnam("nobody")
    try:
        subprocess.run([sys.executable, "-c", ""], user=user.pw_uid, extra_groups=[], check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already")
def test_an_ordinary_user_can_run_it() -> None:
    if not nobody_can_run_python():
        pytest.skip(f"an ordinary user cannot reach {sys.executable}")
    user = pwd.getpwnam("nobody")
    home = Path(tempfile.mkdtemp(prefix="minion-"))
    try:
        os.chown(home, user.pw_uid, user.pw_gid)
        done = subprocess.run(
            [sys.executable, "-c", SERVE, str(home / "state"), str(free_port()), "end"],
            cwd=PROJECT,
            env={"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("postgres://shop:first@127.0.0.1:")
        assert not (home / "state" / "data").exists()
    finally:
        shutil.rmtree(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as somebody else")
def test_roots_private_folders_stay_private(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    folder = closed / "postgres"
    home = find_home(folder)
    assert closed.stat().st_mode & 0o777 == 0o700
    assert not home.place.is_relative_to(tmp_path)
    assert find_home(folder) == home
    shutil.rmtree(folder)
    again = find_home(folder)
    assert again.place != home.place
    (home.place / "cluster").mkdir()
    (home.place / "cluster" / "PG_VERSION").write_text("18")
    sweep(lambda: False)
    assert home.place.exists(), "a sweep that may not go on has not begun"
    sweep(lambda: True)
    assert not home.place.exists(), "the data of a state folder that is gone is swept away"
    assert again.place.exists()
    again.remove()
