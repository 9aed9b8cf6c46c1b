"""PostgreSQL over TLS, as Heroku's guides have apps ask for it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from runtime_kit import free_port

from minion.sandbox.machine.certificate import Certificate, make_certificate
from minion.sandbox.postgres import installs
from minion.sandbox.postgres.server import Postgres

GETTING_STARTED = """
import dj_database_url, django
from django.conf import settings
settings.configure(DATABASES={"default": dj_database_url.config(
    env="DATABASE_URL", conn_max_age=600, conn_health_checks=True, ssl_require=True)})
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT 6 * 7")
    print(cursor.fetchone()[0], connection.connection.pgconn.ssl_in_use)
"""


def with_tls() -> list[str]:
    """Where this machine has a PostgreSQL with TLS of its own, of whatever version."""
    return [str(each.programs) for each in installs._of_the_machine() if each.has_tls][:1]


class Cluster:
    """A server that runs on a loop of its own, as the tests' clients block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.certificate: Certificate = make_certificate(folder / "certificate")
        self.postgres = Postgres(folder / "postgres", free_port(), self.certificate)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.run(self.postgres.start())
        self.url = str(self.run(self.postgres.create_database("shop", "secret")))

    def run(self, work: object) -> object:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)  # type: ignore[arg-type]

    def password(self) -> str:
        return (self._folder / "postgres" / "password").read_text(encoding="ascii")

    def end(self) -> None:
        self.run(self.postgres.destroy())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture(scope="module", params=["the wheel's", *with_tls()])
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    with pytest.MonkeyPatch.context() as patch:
        wheel = installs._of_the_wheel()
        assert wheel is not None
        is_wheels = request.param == "the wheel's"
        patch.setenv(installs.VARIABLE, str(wheel.programs) if is_wheels else request.param)
        cluster = Cluster(tmp_path_factory.mktemp("tls"))
        yield cluster
        cluster.end()


def test_an_app_that_requires_tls_comes_up(cluster: Cluster) -> None:
    done = subprocess.run(
        [sys.executable, "-c", GETTING_STARTED],
        env={"DATABASE_URL": cluster.url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == ["42", "True"], done.stderr


def test_the_certificate_is_the_sandboxs(cluster: Cluster) -> None:
    checked = f"{cluster.url}?sslmode=verify-full&sslrootcert={cluster.certificate.ca_pem}"
    with psycopg.connect(checked) as connection:
        assert connection.pgconn.ssl_in_use


def test_what_goes_over_it_arrives_whole_and_can_be_called_off(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url, sslmode="require", autocommit=True) as connection:
        text = "ä" * 3_000_000
        answer = connection.execute("SELECT %s || 'z', repeat('x', 5000000)", [text]).fetchone()
        assert answer == (text + "z", "x" * 5_000_000)
        rows = connection.execute("SELECT generate_series(1, 200000)").fetchall()
        assert sum(number for (number,) in rows) == 200000 * 200001 // 2
        timer = threading.Timer(0.2, connection.cancel_safe)
        timer.start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(60)")


def test_without_tls_nobody_gets_in_but_the_machines_own_roles(cluster: Cluster) -> None:
    told = r'no pg_hba\.conf entry for host "127\.0\.0\.1", user "shop", .*no encryption'
    with pytest.raises(psycopg.OperationalError, match=told):
        psycopg.connect(cluster.url, sslmode="disable")
    password = cluster.password()
    with psycopg.connect(
        f"postgres://postgres:{password}@127.0.0.1:{cluster.postgres.port}/shop", sslmode="disable"
    ) as own:
        assert not own.pgconn.ssl_in_use
    programs = cluster.postgres.direct(cluster.url)
    dump = [str(cluster.postgres.program("pg_dump")), "--format=custom", f"--dbname={programs}"]
    assert subprocess.run(dump, capture_output=True, check=True).stdout.startswith(b"PGDMP")


def test_nothing_unencrypted_is_taken_for_encrypted(cluster: Cluster) -> None:
    """A client behind which somebody sits who adds to its first packet (CVE-2021-23214)."""
    if cluster.postgres._find_home().install().has_tls:
        pytest.skip("PostgreSQL's own doing")
    with socket.create_connection(("127.0.0.1", cluster.postgres.port), timeout=60) as client:
        client.sendall(struct.pack("!II", 8, 80877103) + b"Q\0\0\0\x0dSELECT 1;")
        with contextlib.suppress(ConnectionError):
            assert client.recv(4096) == b""


def test_whoever_is_connected_hears_of_the_servers_end(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    try:
        with psycopg.connect(cluster.url, sslmode="require") as connection:
            cluster.run(cluster.postgres.stop())
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        cluster.run(cluster.postgres.start())
        with psycopg.connect(cluster.url, sslmode="require") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        cluster.end()


def test_a_folder_without_postgresql_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(installs.VARIABLE, str(tmp_path))
    with pytest.raises(installs.NoPostgres, match=f"MINION_POSTGRES: {tmp_path} has not postgres"):
        installs.choose()
    monkeypatch.delenv(installs.VARIABLE)
    with pytest.raises(installs.NoPostgres, match="data is PostgreSQL 9's; here is PostgreSQL"):
        installs.choose(9)


def test_what_an_older_postgresql_has_left_can_be_thrown_away(tmp_path: Path) -> None:
    """`fab sandbox:reset` is what the refusal says to type."""

    async def main() -> None:
        postgres = Postgres(tmp_path / "postgres", free_port())
        cluster = postgres._find_home().cluster
        cluster.mkdir()
        (cluster / "PG_VERSION").write_text("9\n")
        with pytest.raises(installs.NoPostgres, match="fab sandbox:reset"):
            await postgres.start()
        await postgres.destroy()
        assert not cluster.exists()

    asyncio.run(main())
