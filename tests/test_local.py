"""The developer's own database, on a real PostgreSQL; downloads from a real HTTP server."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable

import psycopg
import pytest
from psycopg import sql

from minion.errors import Refused
from minion.postgres import (
    Copy,
    LocalDatabase,
    LocalError,
    download,
    local_url,
    private_folder,
    row_counts,
    without_redirection,
)
from minion.postgres.address import Address
from minion.postgres.copy import MARK, fitting
from minion.postgres.programs import open_dump
from minion.postgres.restore import discreet
from minion.sandbox.postgres.server import SUPERUSER, Postgres

HERE = "postgres://shop:s3cret@127.0.0.1:5433/shop"


# Where it is


def test_the_first_source_that_is_set_wins() -> None:
    rehearsal, own, configured = (HERE.replace("/shop", f"/{name}") for name in "abc")
    environ = {"MINION_LOCAL_DATABASE": rehearsal, "DATABASE_URL": own}
    assert local_url(environ, configured).endswith("/a")
    assert local_url({"DATABASE_URL": own, "MINION_LOCAL_DATABASE": ""}, configured).endswith("/b")
    assert local_url({}, configured).endswith("/c")
    with pytest.raises(Refused, match=r"No local database is known.*minion\.toml"):
        local_url({}, None)


@pytest.mark.parametrize(
    ("url", "host", "port", "name"),
    [
        (HERE, "127.0.0.1", 5433, "shop"),
        ("postgresql://LOCALHOST/shop", "localhost", 5432, "shop"),
        ("postgis://127.8.9.10/shop", "127.8.9.10", 5432, "shop"),
        ("postgres://u@[::1]:77/shop", "::1", 77, "shop"),
        ("postgres://%2Fvar%2Frun%2Fpg/shop", "/var/run/pg", 5432, "shop"),
        ("postgres:///shop?host=/var/run/pg&port=77", "/var/run/pg", 77, "shop"),
        ("postgres://u:%40%2F@localhost/it%27s%22%C3%A9%2F%3D", "localhost", 5432, "it's\"é/="),
        ("postgres://localhost/shop?hostaddr=127.0.0.1", "127.0.0.1", 5432, "shop"),
    ],
)
def test_a_database_on_this_machine_is_taken(url: str, host: str, port: int, name: str) -> None:
    address = Address.of(url)
    assert (address.host, address.port, address.name) == (host, port, name)
    assert Address.of(address.url) == address, "its own URL means the same"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgres://u:s3cret@db.example.com/shop", "db.example.com"),
        ("postgres://u:s3cret@localhost.example.com/shop", "localhost.example.com"),
        ("postgres://u:s3cret@localhost,db.example.com/shop", "localhost,db.example.com"),
        ("postgres://u:s3cret@10.0.0.1/shop", "10.0.0.1"),
        ("postgres://u:s3cret@0.0.0.0/shop", "0.0.0.0"),
        ("postgres://u:s3cret@2130706433/shop", "2130706433"),
        (f"postgres://u:s3cret@{socket.gethostname()}x/shop", "names the host"),
        ("postgres://u:s3cret@localhost/shop?host=db.example.com", "db.example.com"),
        ("postgres://u:s3cret@localhost/shop?hostaddr=10.0.0.1", "10.0.0.1"),
        ("postgres:///shop?host=db.example.com&password=s3cret", "db.example.com"),
        ("postgres://u:s3cret@localhost/shop?service=live", "service"),
        ("postgres://u:s3cret@localhost/shop?dbname=live", "dbname"),
        ("mysql://u:s3cret@localhost/shop", "another kind"),
        ("sqlite:////s3cret.db", "another kind"),
        ("s3cret", "not a database URL"),
        ("postgres://u:s3cret@localhost:port/shop", "not a database URL"),
        ("postgres://u:s3cret@localhost/", "names no database"),
        ("postgres://u:s3cret@localhost/postgres", "PostgreSQL's own"),
        (f"postgres://u:s3cret@localhost/{'x' * 64}", "63 bytes"),
        ("postgres:///shop?port=99999&password=s3cret", "port"),
    ],
)
def test_anything_else_is_refused_without_its_url(url: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        local_url({"DATABASE_URL": url}, None)
    assert reason in str(caught.value)
    assert "DATABASE_URL" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_without_a_host_nothing_but_this_machine_is_found() -> None:
    environ = {"DATABASE_URL": "postgres:///shop", "PGHOST": "db.example.com", "PGPORT": "5999"}
    address = Address.of(local_url(environ, None))
    assert address.host == "localhost" or address.host.startswith("/")
    assert address.port == 5999
    assert address.parameters()["hostaddr"] == ""


def test_programs_get_the_password_and_no_way_elsewhere() -> None:
    environ = {"PATH": "/bin", "PGHOSTADDR": "10.0.0.1", "PGSERVICE": "live", "PGHOST": "x"}
    env = Address.of(HERE + "?sslmode=disable").environment(environ)
    assert {"PGHOST": "127.0.0.1", "PGPORT": "5433", "PGPASSWORD": "s3cret"}.items() <= env.items()
    assert env["PGSSLMODE"] == "disable"
    assert "PGHOSTADDR" not in env
    assert "PGSERVICE" not in env
    assert without_redirection(environ) == {"PATH": "/bin"}


def test_names_stay_within_what_postgresql_keeps() -> None:
    assert fitting("shop", "_minion_1") == "shop_minion_1"
    long = fitting("é" * 31, "_minion_0123abcd")
    assert len(long.encode()) <= 63
    assert long == "é" * 23 + "_minion_0123abcd"


def test_lines_of_pg_restore_lose_the_rows_that_they_quote() -> None:
    assert discreet('pg_restore: creating TABLE "public.customer"\n') == (
        'pg_restore: creating TABLE "public.customer"'
    )
    assert discreet("DETAIL:  Key (email)=(ada@example.com) already exists.\n") is None
    assert discreet('CONTEXT:  COPY customer, line 3: "7\tAda"\n') is None
    line = 'pg_restore: error: COPY failed for table "t": ERROR:  invalid input for integer: "Ada"'
    assert discreet(line) == line.replace('"Ada"', "…")


# A real server


@dataclass
class Cluster:
    """A PostgreSQL server with a superuser and `ada`, who may make databases."""

    postgres: Postgres
    password: str

    @property
    def programs(self) -> Path:
        return self.postgres.program("pg_restore").parent

    @property
    def environ(self) -> dict[str, str]:
        return {"PATH": os.defpath, "MINION_PG_BIN": str(self.programs)}

    def url(self, name: str, user: str = "ada") -> str:
        password = self.password if user == SUPERUSER else user
        address = Address(name, "127.0.0.1", self.postgres.port, user, password)
        return address.url

    def ask(self, question: Any, name: str = "postgres", user: str = SUPERUSER) -> list[Any]:
        parameters = Address.of(self.url("x", user)).on_same_server(name).parameters()
        with psycopg.connect(**parameters, autocommit=True) as connection:
            cursor = connection.execute(question)
            return [row[0] for row in cursor] if cursor.description else []

    def create(self, name: str, *, owner: str = "ada", values: tuple[str, ...] = ()) -> None:
        """A database with a table `t` of the `values`."""
        make = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
        self.ask(make.format(sql.Identifier(name), sql.Identifier(owner)))
        self.ask("CREATE TABLE t (word text UNIQUE)", name, owner)
        for value in values:
            self.ask(sql.SQL("INSERT INTO t VALUES ({})").format(value), name, owner)

    def dump(self, name: str, file: Path, *options: str) -> Path:
        argv = [str(self.programs / "pg_dump"), "--format=custom", f"--file={file}", *options]
        dbname = psycopg.conninfo.make_conninfo(dbname=name)
        env = Address.of(self.url("x", SUPERUSER)).environment({})
        subprocess.run([*argv, f"--dbname={dbname}"], env=env, check=True)
        return file

    def names(self) -> set[str]:
        return set(self.ask("SELECT datname FROM pg_database"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("local") / "postgres"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    postgres = Postgres(folder, port)

    def run(coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, loop).result(120)

    try:
        run(postgres.start())
        made = Cluster(postgres, (folder / "password").read_text(encoding="ascii"))
        made.ask("CREATE ROLE ada LOGIN CREATEDB PASSWORD 'ada'")
        made.ask("CREATE ROLE bob LOGIN PASSWORD 'bob'")
        yield made
    finally:
        run(postgres.destroy())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture(autouse=True)
def tidy(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test leaves a database behind for the next one."""
    yield
    if "cluster" not in request.fixturenames:
        return
    cluster = request.getfixturevalue("cluster")
    for name in cluster.names() - {"postgres", "template0", "template1"}:
        cluster.ask(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def dump(cluster: Cluster, tmp_path: Path) -> Path:
    """A dump with the words "new" and "newer"."""
    cluster.create("source", values=("new", "newer"))
    file = cluster.dump("source", tmp_path / "the dump; $(x).dump")
    cluster.ask("DROP DATABASE source")
    return file


def unheard(line: str) -> None:
    """What is restored is not of interest."""


def test_the_database_is_described(cluster: Cluster) -> None:
    database = LocalDatabase.open(cluster.url("shop"), cluster.environ)
    assert not database.exists()
    assert database.size_bytes() == 0
    cluster.create("shop", values=("a", "b"))
    cluster.ask('CREATE SCHEMA more; CREATE TABLE more."T; x" (n int)', "shop", "ada")
    assert database.exists()
    assert database.size_bytes() > 1_000_000
    assert database.row_counts() == {"t": 2, "more.T; x": 0}
    assert "ada:ada" not in repr(database)


def test_a_server_that_does_not_answer_is_told_of(cluster: Cluster) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        with pytest.raises(LocalError, match="refused") as caught:
            LocalDatabase.open(f"postgres://u:s3cret@127.0.0.1:{port}/shop", {})
    assert "s3cret" not in str(caught.value)
    with pytest.raises(LocalError, match="password authentication failed"):
        LocalDatabase.open(cluster.url("shop").replace("ada:ada", "ada:eve"), {})


@pytest.mark.parametrize("name", ["shop", 'it\'s "é" = a; --x\\', "é" * 31])
def test_a_dump_takes_the_place_of_the_old_database(
    cluster: Cluster, dump: Path, name: str
) -> None:
    cluster.create(name, values=("old",))
    database = LocalDatabase.open(cluster.url(name), cluster.environ)
    lines: list[str] = []
    copy = database.restore_copy(dump, lines.append)
    assert any('TABLE "public.t"' in line for line in lines)
    assert row_counts(copy.url) == {"t": 2}
    assert database.row_counts() == {"t": 1}, "the old one is untouched"

    before = copy.swap(keep_old=True)
    assert before is not None
    assert before.startswith((f"{name}_before_2", fitting(name, "_before_20000101_000000")[:20]))
    assert cluster.ask("SELECT word FROM t ORDER BY 1", name, "ada") == ["new", "newer"]
    assert cluster.ask("SELECT word FROM t", before, "ada") == ["old"]
    assert database.leftovers() == []
    copy.discard()
    assert cluster.names() >= {name, before}, "what is in place is not discarded"
    # The mark of an unfinished database is gone from it.
    assert cluster.ask(
        "SELECT count(*) FROM pg_database WHERE shobj_description(oid, 'pg_database') IS NOT NULL"
        " AND datname NOT LIKE 'template%' AND datname <> 'postgres'"
    ) == [0]


def test_the_old_database_goes_only_if_it_is_not_to_be_kept(cluster: Cluster, dump: Path) -> None:
    cluster.create("shop", values=("old",))
    database = LocalDatabase.open(cluster.url("shop"), cluster.environ)
    assert database.restore_copy(dump, unheard).swap(keep_old=False) is None
    assert database.row_counts() == {"t": 2}
    assert cluster.names() == {"postgres", "template0", "template1", "shop"}


def test_a_database_that_did_not_exist_is_made(cluster: Cluster, dump: Path) -> None:
    database = LocalDatabase.open(cluster.url("shop"), cluster.environ)
    with database.restore_copy(dump, unheard) as copy:
        assert copy.swap(keep_old=True) is None
    assert database.row_counts() == {"t": 2}


def test_two_kept_databases_have_two_names(cluster: Cluster, dump: Path) -> None:
    database = LocalDatabase.open(cluster.url("shop"), cluster.environ)
    kept = [database.restore_copy(dump, unheard).swap(keep_old=True) for _ in range(3)]
    assert kept[0] is None
    assert len({*kept}) == 3
    assert cluster.names() >= {name for name in kept if name}


def test_encoding_and_sorting_stay_as_they_were(cluster: Cluster, dump: Path) -> None:
    cluster.ask(
        "CREATE DATABASE shop OWNER ada TEMPLATE template0 ENCODING 'SQL_ASCII'"
        " LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    database = LocalDatabase.open(cluster.url("shop"), cluster.environ)
    database.restore_copy(dump, unheard).swap(keep_old=False)
    assert cluster.ask(
        "SELECT pg_encoding_to_char(encoding) || ' ' || datcollate || ' ' || datctype"
        " FROM pg_database WHERE datname = 'shop'"
    ) == ["SQL_ASCII C C"]


def test_the_environment_cannot_lead_elsewhere(
    cluster: Cluster, dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = tmp_path / "services"
    services.write_text("[live]\nhost=192.0.2.1\nhostaddr=192.0.2.1\nport=1\ndbname=live\n")
    astray = {
        "PGHOST": "192.0.2.1",
        "PGHOSTADDR": "192.0.2.1",
        "PGPORT": "1",
        "PGDATABASE": "live",
        "PGSERVICE": "live",
        "PGSERVICEFILE": str(services),
        "PGTARGETSESSIONATTRS": "standby",
    }
    for key, value in astray.items():
        monkeypatch.setenv(key, value)
    for host in ("127.0.0.1", "localhost"):
        url = cluster.url("shop").replace("127.0.0.1", host)
        database = LocalDatabase.open(url, {**cluster.environ, **astray})
        database.restore_copy(dump, unheard).swap(keep_old=False)
        assert database.row_counts() == {"t": 2}
    for key in astray:
        monkeypatch.delenv(key)
    assert "shop" in cluster.names()


class Clinging(threading.Thread):
    """A program that is connected to a database, and connects again whenever it is sent away."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        super().__init__(daemon=True)
        self._parameters = parameters
        self.is_there = threading.Event()
        self.over = threading.Event()
        self.count = 0

    def run(self) -> None:
        while not self.over.is_set():
            try:
                with psycopg.connect(**self._parameters, autocommit=True) as connection:
                    self.count += 1
                    self.is_there.set()
                    while not self.over.wait(0.005):
                        connection.execute("SELECT 1")
            except psycopg.Error:
                continue


def test_whoever_clings_to_the_old_database_is_sent_away(cluster: Cluster, dump: Path) -> None:
    cluster.create("shop", values=("old",))
    database = LocalDatabase.open(cluster.url("shop"), cluster.environ)
    copy = database.restore_copy(dump, unheard)
    clinging = Clinging(Address.of(cluster.url("shop")).parameters())
    clinging.start()
    try:
        assert clinging.is_there.wait(30)
        assert copy.swap(keep_old=False) is None
    finally:
        clinging.over.set()
        clinging.join(30)
    assert database.row_counts() == {"t": 2}
    assert cluster.names() == {"postgres", "template0", "template1", "shop"}


def test_a_connection_that_may_not_be_ended_leaves_everything_as_it_was(
    cluster: Cluster, dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minion.postgres.server.PATIENCE_S", 0.0)
    cluster.create("shop", values=("old",))
    database = LocalDatabase.open(cluster.url("shop"), cluster.environ)
    with database.restore_copy(dump, unheard) as copy:
        with psycopg.connect(
            **Address.of(cluster.url("shop", SUPERUSER)).parameters()
        ) as superuser:
            with pytest.raises(
                LocalError, match=r"being accessed by other users.*shop is as it was"
            ):
                copy.swap(keep_old=False)
            row = superuser.execute("SELECT word FROM t").fetchone()
            assert row == ("old",)
    assert cluster.names() == {"postgres", "template0", "template1", "shop"}


def test_a_failure_half_way_puts_the_old_database_back(cluster: Cluster, dump: Path) -> None:
    cluster.create("shop", values=("old",))
    database = LocalDatabase.open(cluster.url("shop"), cluster.environ)
    copy = database.restore_copy(dump, unheard)
    # The old one can be renamed, and then the new one cannot: it is not there.
    cluster.ask(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(copy.name)))
    with pytest.raises(LocalError, match=r"does not exist.*shop is as it was"):
        copy.swap(keep_old=False)
    assert database.row_counts() == {"t": 1}
    copy.discard()
    assert cluster.names() == {"postgres", "template0", "template1", "shop"}


# What cannot be restored


def test_a_user_who_could_not_finish_is_refused_before_anything_is_done(
    cluster: Cluster, dump: Path
) -> None:
    cluster.create("shop", owner="bob")
    before = cluster.names()
    with pytest.raises(Refused, match='ALTER USER "bob" CREATEDB'):
        LocalDatabase.open(cluster.url("shop", "bob"), cluster.environ).restore_copy(dump, unheard)
    with pytest.raises(Refused, match='ALTER DATABASE "shop" OWNER TO "ada"'):
        LocalDatabase.open(cluster.url("shop"), cluster.environ).restore_copy(dump, unheard)
    assert cluster.names() == before


def test_a_failed_restore_leaves_nothing_and_quotes_no_row(
    cluster: Cluster, tmp_path: Path
) -> None:
    cluster.create("source", values=("ada@example.com",))
    cluster.ask("ALTER TABLE t DROP CONSTRAINT t_word_key", "source")
    cluster.ask("INSERT INTO t SELECT word FROM t", "source")
    # A check that the dumped rows do not pass any more.
    cluster.ask("CREATE FUNCTION no(text) RETURNS bool LANGUAGE sql AS 'SELECT true'", "source")
    cluster.ask("ALTER TABLE t ADD CONSTRAINT c CHECK (public.no(word))", "source")
    cluster.ask(
        "CREATE OR REPLACE FUNCTION no(text) RETURNS bool LANGUAGE sql AS 'SELECT false'", "source"
    )
    file = cluster.dump("source", tmp_path / "bad.dump")
    database = LocalDatabase.open(cluster.url("shop"), cluster.environ)
    before = cluster.names()
    lines: list[str] = []
    with pytest.raises(LocalError, match="violates check constraint") as caught:
        database.restore_copy(file, lines.append)
    assert "ada@example.com" not in str(caught.value) + "\n".join(lines)
    assert cluster.names() == before


def test_an_interrupted_restore_leaves_nothing(cluster: Cluster, dump: Path) -> None:
    database = LocalDatabase.open(cluster.url("shop"), cluster.environ)
    before = cluster.names()

    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.restore_copy(dump, interrupt)
    assert cluster.names() == before


def test_what_only_heroku_has_is_left_out(cluster: Cluster, tmp_path: Path) -> None:
    cluster.create("source", values=("kept",))
    for statement in (
        "CREATE SCHEMA _heroku",
        "CREATE FUNCTION _heroku.f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION _heroku.f()",
        "CREATE PUBLICATION p FOR ALL TABLES",
        "CREATE SCHEMA heroku_ext",
        "COMMENT ON EXTENSION plpgsql IS 'ours'",
        "COMMENT ON SCHEMA public IS 'ours'",
        "GRANT SELECT ON t TO bob",
    ):
        cluster.ask(statement, "source")
    file = cluster.dump("source", tmp_path / "heroku.dump")
    database = LocalDatabase.open(cluster.url("shop"), cluster.environ)
    database.restore_copy(file, unheard).swap(keep_old=False)
    assert database.row_counts() == {"t": 1}
    assert cluster.ask("SELECT evtname FROM pg_event_trigger", "shop") == []
    assert cluster.ask("SELECT nspname FROM pg_namespace WHERE nspname ~ 'heroku'", "shop") == []
    assert cluster.ask("SELECT has_table_privilege('bob', 't', 'SELECT')", "shop") == [False]
    assert cluster.ask("SELECT tableowner FROM pg_tables WHERE tablename = 't'", "shop") == ["ada"]


def test_leftovers_of_killed_runs_are_removed(cluster: Cluster, dump: Path) -> None:
    cluster.create("shop")
    cluster.create("shop_minion_00000000")  # looks like one, but is somebody's own
    database = LocalDatabase.open(cluster.url("shop"), cluster.environ)
    other = LocalDatabase.open(cluster.url("shop2"), cluster.environ)
    killed = database.restore_copy(dump, unheard)
    others = other.restore_copy(dump, unheard)
    under_way = database.restore_copy(dump, unheard)
    assert killed._claim is not None
    killed._claim.close()  # as the end of the process does
    gone = sql.SQL("SELECT 1 FROM pg_stat_activity WHERE datname = {}").format(killed.name)
    deadline = time.monotonic() + 30
    while cluster.ask(gone) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert database.leftovers() == [killed.name]
    assert other.leftovers() == []
    assert database.drop_leftovers() == [killed.name]
    assert cluster.names() >= {under_way.name, others.name, "shop_minion_00000000"}
    assert killed.name not in cluster.names()
    under_way.swap(keep_old=False)
    others.discard()
    assert database.row_counts() == {"t": 2}


# PostgreSQL's programs


def program(folder: Path, script: str) -> Path:
    folder.mkdir(parents=True)
    file = folder / "pg_restore"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return folder


OLD = """
case "$1" in
--version) echo "pg_restore (PostgreSQL) 9.6.24" ;;
*) echo "pg_restore: [archiver] unsupported version (1.14) in file header" >&2; exit 1 ;;
esac
"""


def test_pg_restore_is_found_on_the_path_if_it_suits(
    cluster: Cluster, dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = tmp_path / "usual" / "18" / "bin"
    usual.parent.mkdir(parents=True)
    usual.symlink_to(cluster.programs)
    program(tmp_path / "usual" / "9.6" / "bin", OLD)
    old = program(tmp_path / "old", OLD)
    monkeypatch.setattr("minion.postgres.programs.USUAL_PLACES", [f"{tmp_path}/usual/*/bin"])
    database = LocalDatabase.open(cluster.url("shop"), {"PATH": f"{old}:{os.defpath}"})
    database.restore_copy(dump, unheard).swap(keep_old=False)
    assert database.row_counts() == {"t": 2}

    monkeypatch.setattr("minion.postgres.programs.USUAL_PLACES", [])
    database = LocalDatabase.open(cluster.url("shop"), {"PATH": str(old)})
    with pytest.raises(LocalError, match=r"old/pg_restore \(9\) is older than the dump.*install"):
        database.restore_copy(dump, unheard)
    database = LocalDatabase.open(cluster.url("shop"), {"PATH": str(tmp_path)})
    with pytest.raises(LocalError, match=r"no pg_restore on this machine.*MINION_PG_BIN"):
        database.restore_copy(dump, unheard)


def test_a_pg_restore_that_the_server_would_not_understand_is_passed_over(
    dump: Path, tmp_path: Path
) -> None:
    new = program(tmp_path / "new", 'echo "pg_restore (PostgreSQL) 17.2"')
    assert open_dump(dump, {"MINION_PG_BIN": str(new)}, 17).program == new / "pg_restore"
    with pytest.raises(LocalError, match=r"\(17\) needs a server of version 17 or newer, not 16"):
        open_dump(dump, {"MINION_PG_BIN": str(new)}, 16)


def test_a_folder_that_is_named_is_the_only_one(
    cluster: Cluster, dump: Path, tmp_path: Path
) -> None:
    environ = {"PATH": str(cluster.programs), "MINION_PG_BIN": str(tmp_path)}
    database = LocalDatabase.open(cluster.url("shop"), environ)
    with pytest.raises(LocalError, match="MINION_PG_BIN: there is no program"):
        database.restore_copy(dump, unheard)


def test_a_newer_dump_a_damaged_one_and_none_at_all(cluster: Cluster, dump: Path) -> None:
    database = LocalDatabase.open(cluster.url("shop"), cluster.environ)
    before, whole = cluster.names(), dump.read_bytes()
    # The header is PGDMP and the format's version in three bytes.
    dump.write_bytes(whole[:6] + b"\x63" + whole[7:])
    with pytest.raises(LocalError, match="is older than the dump"):
        database.restore_copy(dump, unheard)
    dump.write_bytes(whole[:200])
    with pytest.raises(LocalError, match="damaged"):
        database.restore_copy(dump, unheard)
    dump.write_bytes(b"<html>expired</html>")
    with pytest.raises(LocalError, match="custom format"):
        database.restore_copy(dump, unheard)
    assert cluster.names() == before


# Downloads


@dataclass
class FileServer:
    """Serves `content` at every path; each request first meets the next of `mishaps`."""

    content: bytes
    mishaps: list[Callable[[BaseHTTPRequestHandler], bool]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    tag: str | None = '"v1"'

    def __post_init__(self) -> None:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.headers.append(dict(self.headers.items()))
                if not (owner.mishaps and owner.mishaps.pop(0)(self)):
                    owner.serve(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/dump?Signature=s3cret"
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def serve(self, handler: BaseHTTPRequestHandler, most: int | None = None) -> None:
        """Answer; with `most`, break off after so many bytes."""
        wanted = handler.headers.get("Range")
        if wanted and handler.headers.get("If-Range") == self.tag:
            start = int(wanted[len("bytes=") : -1])
            handler.send_response(206)
            last = len(self.content) - 1
            handler.send_header("Content-Range", f"bytes {start}-{last}/{last + 1}")
        else:
            start = 0
            handler.send_response(200)
        if self.tag:
            handler.send_header("ETag", self.tag)
        body = self.content[start:]
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body if most is None else body[:most])


@pytest.fixture
def files() -> Iterator[FileServer]:
    server = FileServer(os.urandom(1_000_000))
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def folder() -> Iterator[Path]:
    with private_folder() as folder:
        yield folder


def at_once(seconds: float) -> None:
    """No test waits."""


def test_a_file_comes_whole_private_and_with_progress(files: FileServer) -> None:
    seen: list[tuple[int, int | None]] = []
    with private_folder() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        download(files.url, folder / "f", lambda *now: seen.append(now))
        assert (folder / "f").read_bytes() == files.content
        assert stat.S_IMODE((folder / "f").stat().st_mode) == 0o600
    assert not folder.exists()
    assert seen[-1] == (1_000_000, 1_000_000)
    assert seen == sorted(seen)
    assert "Authorization" not in files.headers[0]
    assert "Range" not in files.headers[0]


def test_it_goes_on_where_the_connection_broke(files: FileServer, folder: Path) -> None:
    def broken(handler: BaseHTTPRequestHandler) -> bool:
        files.serve(handler, most=300_000)
        return True

    def refused(handler: BaseHTTPRequestHandler) -> bool:
        handler.send_error(503)
        return True

    files.mishaps = [broken, refused, broken, broken]
    download(files.url, folder / "f", sleep=at_once)
    assert (folder / "f").read_bytes() == files.content
    assert files.headers[0].get("Range") is None
    starts = [int(one["Range"][len("bytes=") : -1]) for one in files.headers[1:]]
    # What came of a chunk that was not whole may have to come again.
    assert 0 < starts[0] == starts[1] < starts[2] < starts[3] <= 900_000


@pytest.mark.parametrize("later", ['"v2"', None])
def test_parts_of_two_files_are_never_put_together(
    files: FileServer, folder: Path, later: str | None
) -> None:
    def changes(handler: BaseHTTPRequestHandler) -> bool:
        if later is None:
            files.tag = None
        files.serve(handler, most=300_000)
        files.tag, files.content = later, b"other" * 1000
        return True

    files.mishaps = [changes]
    download(files.url, folder / "f", sleep=at_once)
    assert (folder / "f").read_bytes() == b"other" * 1000


def test_a_refusal_and_a_host_that_never_delivers_are_told_without_the_url(
    files: FileServer, folder: Path
) -> None:
    def forbidden(handler: BaseHTTPRequestHandler) -> bool:
        handler.send_error(403)
        return True

    def nothing(handler: BaseHTTPRequestHandler) -> bool:
        files.serve(handler, most=0)
        return True

    files.mishaps = [forbidden]
    with pytest.raises(LocalError, match=r"127\.0\.0\.1 refuses.*403") as caught:
        download(files.url, folder / "a", sleep=at_once)
    assert "s3cret" not in str(caught.value)
    files.mishaps = [nothing] * 20
    with pytest.raises(LocalError, match=r"connection broke|0 of 1000000 bytes") as caught:
        download(files.url, folder / "b", sleep=at_once)
    assert "s3cret" not in str(caught.value)
    assert len(files.headers) == 6
    files.server.shutdown()
    files.server.server_close()
    with pytest.raises(LocalError, match="the connection broke") as caught:
        download(files.url, folder / "c", sleep=at_once)
    assert "s3cret" not in str(caught.value)


def test_the_marks_are_what_the_modules_say(cluster: Cluster) -> None:
    own = Address.of(cluster.url("shop"))
    with Copy.create(own) as copy:
        assert cluster.ask(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
            f" WHERE datname = '{copy.name}'"
        ) == [MARK]
    assert copy.name not in cluster.names()
