"""Moving a million rows: the time beside plain pg_dump | pg_restore, and the memory.

    python benchmarks/bench_move.py [--rows 1000000]

A table with ROWS people and six personal columns is moved from the sandbox's
live to its uat by ``fab migrate_data``, and the same database is copied with
PostgreSQL's own programs on the same server. The anonymiser is one UPDATE.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

FAB = Path(sys.executable).with_name("fab")
PEOPLE = """
CREATE TABLE crowd_person (
    id bigint PRIMARY KEY, name text, email text, phone text, address text, born date, notes text
);
INSERT INTO crowd_person
SELECT n, 'Person ' || md5(n::text), 'person' || n || '@crowd.example', '+44 1632 ' || 1000000 + n,
       n || ' Long Street, Some Town', date '1940-01-01' + (n % 25000),
       'note ' || md5((n + 1)::text)
FROM generate_series(1, {rows}) n
"""
NOBODY = (
    "UPDATE crowd_person SET name = id::text, email = NULL, phone = NULL, address = NULL, "
    "born = NULL, notes = NULL"
)
ANONYMISE = (
    "python manage.py anonymise_data && python -c 'import os, psycopg; "
    f'psycopg.connect(os.environ["DATABASE_URL"], autocommit=True).execute("{NOBODY}")\''
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "fabfile.py").write_text("from minion.tasks import *\n", encoding="utf-8")
        fab(folder, "sandbox")
        try:
            measure(folder, rows)
        finally:
            fab(folder, "sandbox:stop")


def measure(folder: str, rows: int) -> None:
    state = json.loads(fab(folder, "sandbox:status,format=json"))
    live, uat = (state["apps"][f"bookshop-{name}"]["database_url"] for name in ("live", "uat"))
    with psycopg.connect(live) as connection:
        connection.execute(PEOPLE.format(rows=rows))
    settings = Path(state["project"]) / "minion.toml"
    text = settings.read_text(encoding="utf-8")
    text += f"\n[commands]\nanonymise = {json.dumps(ANONYMISE)}\n"
    settings.write_text(text.replace("pii = [", 'pii = ["crowd_person.*",', 1), encoding="utf-8")

    plain = copy(live, uat, Path(state["environ"]["MINION_PG_BIN"]))
    began = time.monotonic()
    process = subprocess.Popen(
        [str(FAB), "sandbox", "migrate_data:live,uat,confirm=bookshop-uat"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    if status:
        raise SystemExit(said)
    with psycopg.connect(uat) as connection:
        count = connection.execute("SELECT count(*) FROM crowd_person").fetchone()
        assert count == (rows,), count
    print(f"rows                        {rows:>10}")
    print(f"pg_dump | pg_restore        {plain:>10.1f} s")
    print(f"migrate_data                {seconds:>10.1f} s")
    print(f"memory of fab               {memory(usage):>10.0f} MB")
    for line in said.splitlines():
        if "crowd_person.email" in line and "compared" in line:
            print(line.strip())


def copy(source: str, target: str, programs: Path) -> float:
    """Seconds that PostgreSQL's own programs take for the same copy."""
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    began = time.monotonic()
    dump = subprocess.Popen(
        [str(programs / "pg_dump"), "-Fc", *where(source)],
        env=secret(source),
        stdout=subprocess.PIPE,
    )
    subprocess.run(
        [str(programs / "pg_restore"), "--no-owner", "--no-acl", *where(target)],
        env=secret(target),
        stdin=dump.stdout,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    dump.wait()
    return time.monotonic() - began


def where(url: str) -> list[str]:
    parts = urlsplit(url)
    return [
        f"--host={parts.hostname}",
        f"--port={parts.port}",
        f"--username={parts.username}",
        f"--dbname={parts.path[1:]}",
    ]


def secret(url: str) -> dict[str, str]:
    return {**os.environ, "PGPASSWORD": urlsplit(url).password or ""}


def memory(usage: resource.struct_rusage) -> float:
    """The most that was in memory at once, in MB (ru_maxrss is in kB, on macOS in bytes)."""
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def fab(folder: str, *words: str) -> str:
    done = subprocess.run(
        [str(FAB), *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


if __name__ == "__main__":
    main()
