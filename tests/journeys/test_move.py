"""Data on the way down: moved, anonymised, proven; and thrown away where that did not work."""

import os
import re
import signal
import subprocess

import psycopg
import pytest
from conftest import FAB

#: What a customer of live may be known by. Every row of these is looked for.
PERSONAL = (
    ("customers_customer", "email"),
    ("customers_customer", "phone"),
    ("customers_customer", "address"),
    ("newsletter_subscriber", "email"),
    ("shop_order", "delivery_address"),
)


@pytest.fixture(scope="module", autouse=True)
def same_code(operator, shop):
    """uat runs what it ran; live's newest customer is one whom nobody could invent."""
    with connect(shop, "live") as live:
        live.execute(
            "UPDATE customers_customer SET name = 'Planted Person-7391',"
            " email = 'planted-7391@canary.example', phone = '+44 1632 7391739'"
            " WHERE id = (SELECT max(id) FROM customers_customer)"
        )


@pytest.fixture(autouse=True)
def afresh(shop):
    shop.api("DELETE", "/_sandbox/faults")
    shop.api("PATCH", "/_sandbox/settings", {"transfer_s": 0})
    for app in ("bookshop-uat", "bookshop-dev"):
        shop.api("PATCH", f"/apps/{app}", {"maintenance": False})


def connect(shop, environment):
    url = shop.state["apps"][f"bookshop-{environment}"]["database_url"]
    return psycopg.connect(url, autocommit=True)


def tables(connection):
    found = connection.execute(
        "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    return sorted(name for (name,) in found)


def counts(connection):
    return {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in tables(connection)
    }


def secrets_of(shop, environment="live"):
    with connect(shop, environment) as connection:
        return {
            value
            for table, column in PERSONAL
            for (value,) in connection.execute(f"SELECT {column} FROM {table}")
            if value and len(value) > 8
        }


def everything(connection):
    """Every row of every table as PostgreSQL writes it."""
    for table in tables(connection):
        for (row,) in connection.execute(f"SELECT t::text FROM {table} t"):
            yield row


def leaks(connection, values):
    """Those of `values` that stand anywhere in the database."""
    text = "\n".join(everything(connection))
    return sorted(value for value in values if value in text)


def formation(shop, app):
    return {one["type"]: one["quantity"] for one in shop.api("GET", f"/apps/{app}/formation")}


def test_live_to_uat_and_on_to_dev_and_local(operator, shop):
    planted = secrets_of(shop)
    assert "planted-7391@canary.example" in planted
    before = formation(shop, "bookshop-uat")
    done = operator.fab("sandbox", "migrate_data:live,uat,confirm=bookshop-uat")
    said = done.stdout
    assert "everything in uat's database" in said
    assert "customers_customer.email" in said
    assert "planted" not in said
    assert re.search(r"customers_customer\.email.*3000", said)
    with connect(shop, "live") as live, connect(shop, "uat") as uat:
        ours, theirs = counts(live), counts(uat)
        for table in ("customers_customer", "shop_order", "newsletter_subscriber"):
            assert theirs[f"public.{table}"] == ours[f"public.{table}"] > 0
        assert leaks(uat, planted) == []
    assert formation(shop, "bookshop-uat") == before
    assert shop.api("GET", "/apps/bookshop-uat")["maintenance"] is False
    assert shop.page("bookshop-uat").status_code == 200

    done = operator.fab("sandbox", "migrate_data:uat,dev,confirm=bookshop-dev")
    assert "from bookshop-live" in done.stdout
    with connect(shop, "uat") as uat, connect(shop, "dev") as dev:
        assert counts(dev)["public.shop_order"] == counts(uat)["public.shop_order"]
        assert leaks(dev, planted) == []

    done = operator.fab("sandbox", "migrate_data:uat,local,confirm=local")
    with psycopg.connect(shop.state["local_database_url"]) as local, connect(shop, "uat") as uat:
        assert counts(local)["public.shop_order"] == counts(uat)["public.shop_order"]
        assert leaks(local, planted) == []


def test_live_to_local_is_anonymised_here(operator, shop):
    operator.fab("sandbox", "migrate_data:live,local,keep=yes,confirm=local")
    with psycopg.connect(shop.state["local_database_url"]) as local:
        assert counts(local)["public.customers_customer"] == 3000
        assert leaks(local, secrets_of(shop)) == []
        names = [name for (name,) in local.execute("SELECT datname FROM pg_database")]
    assert not [name for name in names if "_minion_" in name]


BROKEN = {
    "fail": "exited with status 1",
    "nothing": "customers_customer.email",
    "forget-column": "not anonymised",
    "all-but-one": "not anonymised",
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_is_not_anonymised_does_not_stay(operator, shop, how):
    planted = secrets_of(shop)
    shop.api("PATCH", "/apps/bookshop-uat/config-vars", {"ANONYMISE_BREAK": how})
    try:
        done = operator.fab("sandbox", "migrate_data:live,uat,confirm=bookshop-uat", status=1)
    finally:
        shop.api("PATCH", "/apps/bookshop-uat/config-vars", {"ANONYMISE_BREAK": None})
    assert BROKEN[how] in done.stdout + done.stderr
    assert "The database of bookshop-uat is empty" in done.stderr
    assert "fab migrate_data:live,uat" in done.stderr
    assert not [value for value in planted if value in done.stdout + done.stderr]
    with connect(shop, "uat") as uat:
        assert tables(uat) == []
    assert shop.api("GET", "/apps/bookshop-uat")["maintenance"] is True
    assert formation(shop, "bookshop-uat")["web"] == 1
    unfinished = operator.fab("sandbox", "resume:uat", status=1).stderr
    assert "nothing to resume" in unfinished


def kill_at(operator, words, trigger):
    """Start ``fab WORDS`` and kill it, hard, when a line that matches `trigger` comes."""
    process = subprocess.Popen(
        [str(FAB), *words],
        cwd=operator.folder,
        env=operator.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said = []
    for line in process.stdout:
        said.append(line)
        if re.search(trigger, line):
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.stdout.read()
    process.wait()
    assert process.returncode == -signal.SIGKILL, "".join(said)
    return "".join(said)


#: One for each step that is not like its neighbour.
STEPS = {
    "capture": r"\] bookshop-live: back up",
    "page": r"\] bookshop-uat: maintenance page up",
    "dynos": r"\] bookshop-uat: every dyno to zero",
    "restore": r"\] bookshop-uat: restore the backup",
    "restoring": r"into bookshop-uat: \d",
    "migrate": r"\] bookshop-uat: python manage\.py migrate",
    "anonymise": r"\] bookshop-uat: python manage\.py anonymise_data",
    "proof": r"\] bookshop-uat: prove",
    "back": r"\] bookshop-uat: dynos back",
    "down": r"\] bookshop-uat: maintenance page down",
}


@pytest.mark.parametrize("moment", STEPS)
def test_a_kill_at_any_step_leaves_nothing_open_once_it_is_resumed(operator, shop, moment):
    planted = secrets_of(shop)
    shop.api("PATCH", "/_sandbox/settings", {"transfer_s": 1})
    before = formation(shop, "bookshop-uat")
    kill_at(operator, ["sandbox", "migrate_data:live,uat,confirm=bookshop-uat"], STEPS[moment])
    refused = operator.fab("sandbox", "deploy:uat,confirm=bookshop-uat", status=1)
    assert "fab resume:uat" in refused.stderr
    operator.fab("sandbox", "resume:uat")
    with connect(shop, "uat") as uat:
        assert leaks(uat, planted) == []
        is_empty = tables(uat) == []
    assert formation(shop, "bookshop-uat") == before
    page = shop.api("GET", "/apps/bookshop-uat")["maintenance"]
    assert page is is_empty
    assert shop.git("ls-remote", "origin", "refs/minion/*") == ""
    again = operator.fab("sandbox", "resume:uat", status=1)
    assert "nothing to resume" in again.stderr


def test_a_new_personal_column_stops_the_move(operator, shop):
    with connect(shop, "live") as live:
        live.execute("ALTER TABLE customers_customer ADD COLUMN pen_pal_letter text")
        live.execute("UPDATE customers_customer SET pen_pal_letter = 'Dear ' || name || md5(name)")
        live.execute("ALTER TABLE shop_book ADD COLUMN remark text")
        live.execute("UPDATE shop_book SET remark = title || ' by ' || author || id")
    try:
        done = operator.fab("sandbox", "migrate_data:live,uat,confirm=bookshop-uat", status=1)
    finally:
        with connect(shop, "live") as live:
            live.execute("ALTER TABLE customers_customer DROP COLUMN pen_pal_letter")
            live.execute("ALTER TABLE shop_book DROP COLUMN remark")
    assert "Nothing was changed" in done.stderr


BAD = {
    "migrate_data:uat,live": "live is the live site: data never move into it",
    "migrate_data:dev,uat": "uat does not stand below dev",
    "migrate_data:live,live": "data never move into it",
    "migrate_data:uat,uat": "does not stand below",
    "migrate_data:local,dev": "down only",
    "migrate_data:live,prod": "unknown environment 'prod'",
    "migrate_data:live,uat,backup=b999": "there is no backup 'b999'",
    "migrate_data:live,uat,backup=yesterday": "say new, latest or a backup's name",
    "migrate_data:live,uat,keep=yes": "only the local database",
    "migrate_data:live": "migrate_data: target is missing",
}


@pytest.mark.parametrize("call", BAD)
def test_bad_input_gets_one_line(operator, shop, call):
    done = operator.fab("sandbox", f"{call}", status=1)
    line = done.stderr.strip().splitlines()[-1]
    assert BAD[call] in line
