"""The extensions that Heroku Postgres allows, in a database's owner's hands."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest
from runtime_kit import free_port, git

from minion.sandbox.lifecycle.needs import missing_extensions
from minion.sandbox.postgres import installs
from minion.sandbox.postgres.extensions import HEROKUS
from minion.sandbox.postgres.facts import available
from minion.sandbox.postgres.plans import most_connections
from minion.sandbox.postgres.server import Postgres


def test_the_owner_creates_what_heroku_allows_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = installs._of_the_wheel()
    assert wheel is not None
    monkeypatch.setenv(installs.VARIABLE, str(wheel.programs))

    async def main() -> None:
        postgres = Postgres(tmp_path / "postgres", free_port())
        try:
            await postgres.start()
            url = await postgres.create_database("shop", "secret")
            there = set(await available(postgres))
            allowed = sorted(HEROKUS & there)
            assert {"pg_trgm", "citext", "hstore", "unaccent", "btree_gin", "vector"} < set(allowed)
            assert {"dblink", "earthdistance", "pg_stat_statements"} < set(allowed)
            with psycopg.connect(url, autocommit=True) as owner:
                for name in allowed:
                    owner.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}" CASCADE')
                schemas = owner.execute(
                    "SELECT DISTINCT nspname FROM pg_extension "
                    "JOIN pg_namespace n ON n.oid = extnamespace WHERE extname <> 'plpgsql'"
                ).fetchall()
                assert schemas == [("public",)]
                assert owner.execute("SELECT similarity('book', 'books') > 0.5").fetchone() == (
                    True,
                )
                assert owner.execute("SELECT count(*) > 0 FROM pg_stat_statements").fetchone() == (
                    True,
                )
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    owner.execute("CREATE EXTENSION file_fdw")
                with pytest.raises(psycopg.errors.FeatureNotSupported, match="no_such_thing"):
                    owner.execute("CREATE EXTENSION no_such_thing")
            # A dump that names them is restored by the owner, too.
            await postgres.stop()
            await postgres.start()
            with psycopg.connect(url) as owner:
                assert owner.execute("SELECT 'a=>1'::public.hstore -> 'a'").fetchone() == ("1",)
        finally:
            await postgres.destroy()

    asyncio.run(main())


MIGRATIONS = {
    "shop/migrations/0001_initial.py": """
from django.contrib.postgres.operations import CITextExtension, CryptoExtension, CreateExtension
operations = [
    CITextExtension(),
    CryptoExtension(),
    CreateExtension("postgis"),
    migrations.RunSQL('CREATE EXTENSION IF NOT EXISTS "uuid-ossp"'),
    migrations.RunSQL("create extension pg_trgm with schema public"),
]
""",
    "shop/models.py": "CreateExtension('plpython3u')\n",
}


def test_a_project_hears_what_the_sandbox_lacks_by_name(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    for name, text in MIGRATIONS.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    told = missing_extensions(root, {"citext", "pg_trgm"})
    assert [line.partition(", which")[0] for line in told] == [
        "NOTE: shop/migrations/0001_initial.py:5 makes the extension pgcrypto",
        "NOTE: shop/migrations/0001_initial.py:6 makes the extension postgis",
        "NOTE: shop/migrations/0001_initial.py:7 makes the extension uuid-ossp",
    ]
    assert all(line.endswith("then: fab sandbox:reset") for line in told)
    assert missing_extensions(root, {"citext", "pg_trgm", "pgcrypto", "postgis", "uuid-ossp"}) == []


@pytest.mark.parametrize(
    ("plan", "most"),
    [
        ("heroku-postgresql:essential-0", 20),
        ("heroku-postgresql:essential-2", 40),
        ("heroku-postgresql:standard-0", 120),
        ("heroku-postgresql:premium-2", 400),
        ("heroku-postgresql:standard-5", 500),
    ],
)
def test_the_connections_of_plans(plan: str, most: int) -> None:
    assert most_connections(plan) == most
