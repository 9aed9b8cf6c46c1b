"""Data on the way down: moved, anonymised, proven; and thrown away where that did not work."""

import os
import re
import signal
import time

import psycopg
import pytest
from disturbing import kill_at_request

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


def one_of(names, always):
    """One of them in the suite, and all in the whole: the others differ in little."""
    return [
        name if name == always else pytest.param(name, marks=pytest.mark.whole) for name in names
    ]


HERE = (r"\] local: restore", r"\] local: python manage.py anon")


def test_live_to_local_is_anonymised_here(operator, shop):
    operator.fab("sandbox", "migrate_data:live,local,keep=yes,confirm=local")
    with psycopg.connect(shop.state["local_database_url"]) as local:
        assert counts(local)["public.customers_customer"] == 3000
        assert leaks(local, secrets_of(shop)) == []
        names = [name for (name,) in local.execute("SELECT datname FROM pg_database")]
    assert not [name for name in names if "_minion_" in name]


@pytest.mark.parametrize("moment", one_of(HERE, r"\] local: python manage.py anon"))
def test_a_kill_while_it_copies_to_this_machine_leaves_no_copy(operator, shop, moment):
    url = shop.state["local_database_url"]
    kill_at(operator, ["sandbox", "migrate_data:live,local,confirm=local"], moment)
    operator.fab("sandbox", "resume:local")
    with psycopg.connect(url) as local:
        names = [name for (name,) in local.execute("SELECT datname FROM pg_database")]
        assert leaks(local, secrets_of(shop)) == []
    assert not [name for name in names if "_minion_" in name]
    assert not list((shop.project / ".git" / "minion").glob("downloads/*"))


BROKEN = {
    "fail": "exited with status 1",
    "nothing": "customers_customer.email",
    "forget-column": "not anonymised",
    "all-but-one": "not anonymised",
}


@pytest.mark.parametrize("how", one_of(BROKEN, "forget-column"))
def test_what_is_not_anonymised_does_not_stay(operator, shop, how):
    planted = secrets_of(shop)
    shop.api("PATCH", "/apps/bookshop-uat/config-vars", {"ANONYMISE_BREAK": how})
    try:
        done = operator.fab("sandbox", "migrate_data:live,uat,confirm=bookshop-uat", status=1)
    finally:
        shop.api("PATCH", "/apps/bookshop-uat/config-vars", {"ANONYMISE_BREAK": None})
    assert BROKEN[how] in done.stdout + done.stderr
    assert "The database of bookshop-uat is empty" in done.stderr
    assert "fab sandbox migrate_data:live,uat" in done.stderr
    assert not [value for value in planted if value in done.stdout + done.stderr]
    with connect(shop, "uat") as uat:
        assert tables(uat) == []
    assert shop.api("GET", "/apps/bookshop-uat")["maintenance"] is True
    assert formation(shop, "bookshop-uat")["web"] == 1
    unfinished = operator.fab("sandbox", "resume:uat", status=1).stderr
    assert "nothing to resume" in unfinished


def read_to(process, trigger):
    """What it says, up to the line that matches `trigger`."""
    said = []
    for line in process.stdout:
        said.append(line)
        if re.search(trigger, line):
            return "".join(said)
    raise AssertionError("".join(said))


def kill_at(operator, words, trigger):
    """Start ``fab WORDS`` and kill it, hard, when a line that matches `trigger` comes."""
    with operator.begun(*words) as process:
        read_to(process, trigger)
        os.killpg(process.pid, signal.SIGKILL)
        process.stdout.read()
        assert process.wait() == -signal.SIGKILL


def dynos(shop):
    return shop.api("GET", "/apps/bookshop-uat/dynos")


def until(look):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("in vain")


STEPS = {
    "restoring": r"into bookshop-uat: \d",
    "anonymise": r"\] bookshop-uat: python manage\.py anonymise_data",
    "down": "",
}


@pytest.mark.parametrize("moment", one_of(STEPS, "anonymise"))
def test_a_kill_leaves_nothing_open_once_it_is_resumed(operator, shop, moment):
    """Every place is hit in test_matrix_moves; here is what is said and left at some of them."""
    planted, is_emptied = secrets_of(shop), moment != "down"
    shop.api("PATCH", "/_sandbox/settings", {"transfer_s": 1})
    before = formation(shop, "bookshop-uat")
    call = ["sandbox", "migrate_data:live,uat,confirm=bookshop-uat"]
    if is_emptied:
        kill_at(operator, call, STEPS[moment])
    else:
        kill_at_request(operator, shop, call, "PATCH", "/apps/bookshop-uat$", skip=1)
    refused = operator.fab("sandbox", "deploy:uat,confirm=bookshop-uat", status=1)
    assert "fab sandbox resume:uat" in refused.stderr
    operator.fab("sandbox", "resume:uat")
    with connect(shop, "uat") as uat:
        assert leaks(uat, planted) == []
        assert not is_emptied or tables(uat) == []
    assert formation(shop, "bookshop-uat") == before
    assert shop.api("GET", "/apps/bookshop-uat")["maintenance"] is is_emptied
    assert shop.git("ls-remote", "origin", "refs/minion/*") == ""
    again = operator.fab("sandbox", "resume:uat", status=1)
    assert "nothing to resume" in again.stderr


@pytest.mark.whole
def test_a_new_personal_column_stops_the_move_until_it_is_listed(operator, shop, tmp_path):
    with connect(shop, "live") as live:
        live.execute("ALTER TABLE shop_order ADD COLUMN dedication text")
        live.execute("UPDATE shop_order SET dedication = 'For ' || delivery_address")
    call = "migrate_data:live,uat,confirm=bookshop-uat"
    settings = shop.project / "minion.toml"
    before = settings.read_text()
    try:
        done = operator.fab("sandbox", call, status=1)
        assert "whether these columns are personal: shop_order.dedication" in done.stderr
        assert "Nothing was changed" in done.stderr
        pasted = [line.strip() for line in done.stdout.splitlines() if '"shop_order.ded' in line]
        assert len(pasted) == 1
        listed = before.replace('"shop_order.delivery_address",', f"{pasted[0]}\n", 1)
        settings.write_text(listed.replace("pii = [", 'pii = ["shop_order.delivery_address",', 1))
        # Listed, it is compared: this anonymiser does not know it, so the data do not stay.
        done = operator.fab("sandbox", call, status=1)
        assert "shop_order.dedication: FOUND" in done.stdout
        settings.write_text(before.replace("pii_ignore = [", 'pii_ignore = ["shop_order.ded*",'))
        operator.fab("sandbox", call)
    finally:
        settings.write_text(before)
        with connect(shop, "live") as live:
            live.execute("ALTER TABLE shop_order DROP COLUMN dedication")


def is_emptied(shop, done):
    """The move failed, and says that and what is left; nothing of live is."""
    assert "The database of bookshop-uat is empty" in done.stdout + done.stderr
    with connect(shop, "uat") as uat:
        return tables(uat) == []


def test_a_restore_whose_answer_was_lost_is_undone(operator, shop):
    fault = {"method": "POST", "path": "/restores$", "times": 1, "after": True}
    shop.api("POST", "/_sandbox/faults", fault)
    done = operator.fab("sandbox", "migrate_data:live,uat,confirm=bookshop-uat", status=1)
    assert is_emptied(shop, done)


@pytest.mark.whole
def test_a_backup_whose_answer_was_lost_is_found_and_not_asked_for_twice(operator, shop):
    fault = {"method": "POST", "path": "/backups$", "times": 1, "after": True}
    shop.api("POST", "/_sandbox/faults", fault)
    before = len(shop.api("GET", "/client/v11/apps/bookshop-live/transfers"))
    operator.fab("sandbox", "migrate_data:live,uat,confirm=bookshop-uat")
    assert len(shop.api("GET", "/client/v11/apps/bookshop-live/transfers")) == before + 1


@pytest.mark.whole
def test_a_reset_that_cannot_be_reached_is_said_in_capitals_and_can_be_resumed(operator, shop):
    shop.api("PATCH", "/apps/bookshop-uat/config-vars", {"ANONYMISE_BREAK": "fail"})
    fault = {"method": "PUT", "path": "/reset$", "times": 99, "status": 503}
    shop.api("POST", "/_sandbox/faults", fault)
    done = operator.fab("sandbox", "migrate_data:live,uat,confirm=bookshop-uat", status=1)
    shop.api("PATCH", "/apps/bookshop-uat/config-vars", {"ANONYMISE_BREAK": None})
    said = done.stdout + done.stderr
    assert "THE DATABASE OF BOOKSHOP-UAT MAY STILL HOLD DATA OF BOOKSHOP-LIVE" in said
    assert "heroku pg:reset DATABASE_URL --app bookshop-uat --confirm bookshop-uat" in said
    assert "THIS IS NOT OVER. TYPE: fab sandbox resume:uat" in said
    assert shop.api("GET", "/apps/bookshop-uat")["maintenance"] is True
    assert formation(shop, "bookshop-uat").get("web", 0) == 0
    shop.api("DELETE", "/_sandbox/faults")
    assert is_emptied(shop, operator.fab("sandbox", "resume:uat"))
    assert formation(shop, "bookshop-uat")["web"] == 1


def test_a_dyno_that_is_killed_while_it_anonymises(operator, shop):
    shop.api("PATCH", "/apps/bookshop-uat/config-vars", {"ANONYMISE_BREAK": "slow"})
    try:
        with operator.begun("sandbox", "migrate_data:live,uat,confirm=bookshop-uat") as process:
            said = read_to(process, STEPS["anonymise"])
            run = until(
                lambda: [d for d in dynos(shop) if d["type"] == "run" and d["state"] == "up"]
            )
            shop.api("POST", f"/apps/bookshop-uat/dynos/{run[0]['name']}/actions/stop")
            said += process.stdout.read()
            assert process.wait() == 1
    finally:
        shop.api("PATCH", "/apps/bookshop-uat/config-vars", {"ANONYMISE_BREAK": None})
    assert "The database of bookshop-uat is empty" in said
    with connect(shop, "uat") as uat:
        assert tables(uat) == []


@pytest.mark.whole
def test_ctrl_c_while_it_restores_empties_the_database(operator, shop):
    shop.api("PATCH", "/_sandbox/settings", {"transfer_s": 5})
    with operator.begun("sandbox", "migrate_data:live,uat,confirm=bookshop-uat") as process:
        said = read_to(process, STEPS["restoring"])
        os.kill(process.pid, signal.SIGINT)
        shop.api("PATCH", "/_sandbox/settings", {"transfer_s": 0})
        said += process.stdout.read()
        assert process.wait() == 130, said
    assert "The database of bookshop-uat is empty" in said
    with connect(shop, "uat") as uat:
        assert tables(uat) == []


@pytest.mark.whole
def test_a_backup_that_is_there_already_is_taken_with_its_age(operator, shop):
    transfers = shop.api("GET", "/client/v11/apps/bookshop-live/transfers")
    newest = max(one["num"] for one in transfers if one["from_type"] == "pg_dump")
    done = operator.fab("sandbox", "migrate_data:live,uat,backup=latest,confirm=bookshop-uat")
    assert re.search(rf"Backup: +b{newest:03}, \d+ (min|h) old, \d", done.stdout)
    again = shop.api("GET", "/client/v11/apps/bookshop-live/transfers")
    assert len(again) == len(transfers)
    named = f"migrate_data:live,uat,backup=b{newest:03},confirm=bookshop-uat"
    assert f"b{newest:03}" in operator.fab("sandbox", named).stdout


def test_a_missing_anonymise_command_is_found_before_anything_changes(operator, shop):
    settings = shop.project / "minion.toml"
    before = settings.read_text()
    name = "anonymize_everything"
    settings.write_text(f'{before}\n[commands]\nanonymise = "python manage.py {name}"\n')
    try:
        done = operator.fab("sandbox", "migrate_data:live,uat,confirm=bookshop-uat", status=1)
    finally:
        settings.write_text(before)
    assert f"bookshop-uat has no `python manage.py {name}`" in done.stderr
    assert "Nothing was changed" in done.stderr


def test_two_environments_on_one_database_and_none_at_all(operator, shop):
    attached = shop.api("GET", "/apps/bookshop-dev/addon-attachments")
    own = next(one for one in attached if one["name"] == "DATABASE")
    theirs = shop.api("GET", "/apps/bookshop-uat/addon-attachments")[0]["addon"]["name"]
    body = {"app": "bookshop-dev", "name": "DATABASE", "confirm": "bookshop-dev"}
    try:
        shop.api("POST", "/addon-attachments", {**body, "addon": theirs})
        done = operator.fab("sandbox", "migrate_data:uat,dev,confirm=bookshop-dev", status=1)
        assert "DATABASE_URL leads to the database of bookshop-uat (uat)" in done.stderr
        now = shop.api("GET", "/apps/bookshop-dev/addon-attachments")
        shop.api("DELETE", f"/addon-attachments/{now[0]['id']}")
        done = operator.fab("sandbox", "migrate_data:uat,dev,confirm=bookshop-dev", status=1)
        assert "bookshop-dev: no Heroku Postgres is behind DATABASE_URL" in done.stderr
    finally:
        shop.api("POST", "/addon-attachments", {**body, "addon": own["addon"]["name"]})


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


@pytest.mark.parametrize("call", one_of(BAD, "migrate_data:uat,live"))
def test_bad_input_gets_one_line(operator, shop, call):
    done = operator.fab("sandbox", f"{call}", status=1)
    line = done.stderr.strip().splitlines()[-1]
    assert BAD[call] in line
