"""Remembering and proving a million rows: the time, and the memory of this process.

    python benchmarks/bench_proof.py [--rows 1000000] [--limit 100000]

A PostgreSQL of its own is started. ``live`` gets ROWS people with six personal
columns; ``uat`` gets the same, anonymised. Then one row is put back, which the
proof must find if all rows were remembered (``--rows 300000 --limit 300000``).
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from minion.privacy import judge, look, prove, remember, renew_statistics, take_inventory
from minion.sandbox.machine.ports import choose
from minion.sandbox.postgres.server import Postgres

PEOPLE = """
CREATE TABLE crowd_person (
    id bigint PRIMARY KEY, name text, email text, phone text, address text, born date, notes text
)
"""
LIVE = """
INSERT INTO crowd_person
SELECT n, 'Person ' || md5(n::text), 'person' || n || '@crowd.example', '+44 1632 ' || 1000000 + n,
       n || ' Long Street, Some Town', date '1940-01-01' + (n % 25000),
       'note ' || md5((n + 1)::text)
FROM generate_series(1, {rows}) n
"""
UAT = """
INSERT INTO crowd_person
SELECT n, 'Customer ' || n, 'c' || n || '@anonymous.invalid', '0000',
       n || ' Nowhere', date '1940-01-01' + ((n * 7919::bigint + 13) % 25000)::int, 'no note'
FROM generate_series(1, {rows}) n
"""
PUT_BACK = "UPDATE crowd_person SET email = %s WHERE id = 7"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--limit", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(rehearse(Path(folder), options.rows, options.limit))


async def rehearse(folder: Path, rows: int, limit: int) -> None:
    postgres = Postgres(folder / "postgres", choose())
    await postgres.start()
    try:
        live = await postgres.create_database("live", "secret")
        uat = await postgres.create_database("uat", "secret")
        await asyncio.to_thread(measure, live, uat, rows, limit)
    finally:
        await postgres.destroy()


def measure(live: str, uat: str, rows: int, limit: int) -> None:
    for url, filled in ((live, LIVE), (uat, UAT)):
        with psycopg.connect(url) as connection:
            connection.execute(PEOPLE)
            connection.execute(filled.format(rows=rows))
    before = memory_mb()
    began = time.monotonic()
    inventory = take_inventory(live)
    judgement = judge(inventory, look(live, inventory), (), ())
    personal = [finding.column for finding in judgement.personal]
    assert len(personal) == 6, personal
    judged = time.monotonic()
    memory = remember(live, personal, limit_rows=limit)
    remembered = time.monotonic()
    renew_statistics(uat)
    proof = prove([memory], uat, judgement)
    proven = time.monotonic()
    print(f"rows, remembered of them    {rows:>10} {min(rows, limit):>10}")
    print(f"inventory and judgement     {judged - began:>10.1f} s")
    print(f"remember                    {remembered - judged:>10.1f} s")
    print(f"prove                       {proven - remembered:>10.1f} s")
    print(f"memory before, at most      {before:>10.0f} {memory_mb():>10.0f} MB")
    print("\n".join(proof.lines()))
    assert proof.ok
    with psycopg.connect(uat) as connection:
        connection.execute(PUT_BACK, ["person7@crowd.example"])
    if all(one.at_least == 1 for one in proof.columns):
        found = prove([memory], uat, judgement)
        assert not found.ok
        print("\n".join(one.line for one in found.found))


def memory_mb() -> float:
    """The most that was in memory at once (ru_maxrss is in kB, on macOS in bytes)."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    main()
