"""Moves of data from the request to the last word: a scripted Heroku, a real PostgreSQL."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
import scripted
from postgres_server import execute
from scripted import Answer
from shops import COMMAND, MIGRATE, SETTINGS, Shop, asked
from small_shop import ANONYMISE

from minion.api import MoveRequest, migrate_data, resume
from minion.errors import ArgumentError, DeployInterrupted, NotFound, PlanOutdated, Refused

FORBIDDEN = Answer({"id": "forbidden", "message": "no"}, 403)


@pytest.fixture
def shop(site, databases):
    site.commit({"minion.toml": SETTINGS})
    return Shop(site, databases)


def move(source="live", target="uat", *, confirm="shop-uat", **more):
    migrate_data(MoveRequest(source, target, **more), confirm=confirm, wait_s=0)


def refused(*ends, **more):
    with pytest.raises(Refused) as caught:
        move(*ends, **more)
    return str(caught.value)


def failed(*ends, **more):
    with pytest.raises(DeployInterrupted) as caught:
        move(*ends, **more)
    return str(caught.value)


# Down


def test_data_arrive_anonymised_and_the_target_is_as_it_was(shop, capsys):
    uat, seen = shop.site.heroku["shop-uat"], []
    uat.formation = {"web": 2, "worker": 0}
    shop.site.heroku.does[MIGRATE] = lambda app: (
        seen.append((uat.maintenance, uat.dynos)) or ("", 0)
    )
    move()
    assert seen == [(True, [])]
    assert (uat.maintenance, uat.formation) == (False, {"web": 2, "worker": 0})
    assert shop.rows("shop-uat") == ["c1@anonymous.invalid"]
    assert shop.rows("shop-a") == ["person1@mail.example"]
    said = capsys.readouterr().out
    for line in (
        "Moving data from live to uat.",
        "* shop_customer.email: ",
        "Backup:              a new one",
        "Will be lost:        everything in uat's database: 1 rows in 6 tables",
        "Stopped meanwhile:   shop-uat: web=2, maintenance page up",
        "uat has the data of live, anonymised.",
    ):
        assert line in said
    assert re.search(r"^shop_customer +40 +0$", said, re.M)
    assert "@mail.example" not in said


def test_from_there_the_proof_is_enough(shop, capsys):
    move()
    shop.site.heroku.ran.clear()
    move("uat", "dev", confirm="shop-dev")
    said = capsys.readouterr().out
    assert "Proof:               that of 20" in said
    assert " from shop-a" in said
    assert "The proof is that of" in said


def test_an_older_backup_than_the_proof_is_proven_anew(shop, capsys):
    move()
    uat = shop.site.heroku["shop-uat"]
    uat.transfers = [scripted.transfer(12)]
    # Not what the source was made to be, for that would be the source's own.
    words = {"Customer": "Client", "anonymous": "nobody", "Nowhere": "Some Street", "staff": "one"}
    shop.anonymises(re.sub("|".join(words), lambda found: words[found[0]], ANONYMISE))
    move("uat", "dev", backup="b012", confirm="shop-dev")
    said = capsys.readouterr().out
    assert "Backup:              b012, " in said
    assert "personal columns, before anybody sees the data" in said


def test_a_backup_that_is_not_complete_is_not_taken(shop):
    shop.site.heroku["shop-a"].transfers = [scripted.transfer(12, succeeded=False)]
    with pytest.raises(NotFound, match="there is no completed backup"):
        move(backup="latest")


# Refused


@pytest.mark.parametrize(
    ("ends", "more", "error", "why"),
    [
        (("local", "dev"), {}, Refused, "from local there is no further down"),
        (("live", "uat"), {"backup": "x1"}, ArgumentError, "say new, latest or a backup's name"),
        (("live", "uat"), {"keep": True}, ArgumentError, "only the local database can be kept"),
        (("uat", "live"), {}, Refused, "live is the live site: data never move into it"),
        (("dev", "uat"), {}, Refused, "uat does not stand below dev"),
    ],
)
def test_what_breaks_the_rule_asks_nothing(shop, ends, more, error, why):
    with pytest.raises(error, match=why):
        move(*ends, **more)
    assert shop.site.heroku.server.requests == []


def test_a_target_that_reaches_the_source_is_refused(shop):
    shop.site.heroku["shop-uat"].attach("REPORTS_URL", shop.urls["shop-a"], "shop-a")
    said = refused()
    assert "REPORTS_URL leads to the database of shop-a (live, the live site)" in said


def test_an_app_above_that_may_not_be_read_is_told_of(shop, capsys):
    shop.site.heroku.server.on("GET /apps/shop-b/config-vars", FORBIDDEN)
    move()
    assert "Take note: shop-b may not be read with your token" in capsys.readouterr().out


def test_ends_of_different_counts_cannot_be_paired(shop):
    heroku = shop.site.heroku
    heroku["shop-b"].attachments, heroku["shop-b"].config = [], {}
    heroku["shop-b"].attach("DATABASE_URL", shop.databases.make())
    assert "2 databases" in refused()
    assert "2 databases" in refused("live", "local", confirm="local")


def test_columns_of_which_nobody_has_spoken_are_asked_about(shop, capsys):
    execute(
        shop.urls["shop-a"],
        "ALTER TABLE shop_book ADD COLUMN shelf text",
        "UPDATE shop_book SET shelf = 'number ' || id",
    )
    said = refused()
    assert "nobody has said yet whether these columns are personal: shop_book.shelf" in said
    assert "Put these into minion.toml, under [data]:" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "told"), [("Unknown command\n", " (Unknown command)"), ("", "")])
def test_without_the_command_nothing_begins(shop, text, told):
    def missing(request):
        if request.method == "POST" and request.path.endswith("/dynos"):
            shop.site.heroku.otherwise = (text, 1)

    shop.site.heroku.before = missing
    said = refused()
    assert f"shop-uat has no `{COMMAND}`{told}: deploy code that has it" in said


def test_what_is_under_way_is_waited_for(shop):
    shop.site.heroku["shop-uat"].build()
    assert "shop-uat: a build is running; wait until it is done" in refused()


def test_on_fir_nothing_hides_the_data(shop, monkeypatch, tmp_path):
    shop.site.heroku["shop-uat"].generation = "fir"
    # There a dyno is reached by the Heroku CLI.
    cli = tmp_path / "bin" / "heroku"
    cli.parent.mkdir()
    cli.write_text("#!/bin/sh\nexit 0\n")
    cli.chmod(0o755)
    monkeypatch.setenv("PATH", f"{cli.parent}:{os.environ['PATH']}")
    assert "shop-uat is on Fir, where Heroku has no maintenance page" in refused()


def test_a_second_database_of_the_source_is_told_of_before_and_after(shop, capsys):
    heroku = shop.site.heroku
    commit = shop.site.commit(
        {
            "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
            "shop/settings.py": 'DATABASES = {"default": url(), "logs": url("LOGS_URL")}\n'
            'DATABASE_ROUTERS = ["shop.routers.Router"]\n',
            "shop/routers.py": "class Router:\n    def allow_migrate(self, db, app): ...\n",
        }
    )
    heroku["shop-a"].deploy(commit)
    heroku["shop-a"].config["LOGS_URL"] = "postgres://u:p@logs.example/logs"
    # The same database by another user, and what is no database.
    heroku["shop-a"].config["REPORTS_URL"] = shop.urls["shop-a"].replace("://", "://reader:x@", 1)
    heroku["shop-a"].config["REDIS_URL"] = "redis://h:p@redis.example:6379"
    move()
    said = capsys.readouterr().out
    for line in (
        "shop-a: LOGS_URL leads to another database; only the one of DATABASE_URL is moved",
        "shop/settings.py:1 names the database logs besides the default one; only the one of",
    ):
        assert f"Take note: {line}" in said
        assert f"\n{line}" in said.partition("uat has the data of live, anonymised.")[2]
    assert "REPORTS_URL" not in said
    assert "REDIS_URL" not in said


def test_settings_about_columns_that_are_not_there_and_older_code_are_told_of(shop, capsys):
    text = SETTINGS.replace("pii_ignore = [", 'pii_ignore = ["shop_gone.name", ')
    newer = shop.site.commit({"minion.toml": text})
    shop.site.heroku["shop-a"].deploy(newer)
    move()
    said = capsys.readouterr().out
    assert "[data] in minion.toml names shop_gone.name, which shop-a does not have (yet?)" in said
    assert "Take note: shop-uat runs older code than the source" in said


def test_commits_that_nobody_has_are_not_compared(shop, capsys):
    shop.site.heroku["shop-a"].deploy("f" * 40)
    move()
    assert "older code" not in capsys.readouterr().out


def test_what_moves_meanwhile_is_found_when_the_lock_is_held(shop):
    looks = []

    def at_second_look(request):
        looks.append(request.path)
        if looks.count("/apps/shop-uat/formation") == 2:
            shop.site.heroku["shop-uat"].formation = {"web": 7}

    shop.site.heroku.before = at_second_look
    with pytest.raises(PlanOutdated, match="the apps or databases are not as they were"):
        move()


# Broken off


def test_data_that_are_not_anonymous_are_thrown_away(shop, capsys):
    shop.anonymises("SELECT 1")
    said = failed()
    uat = shop.site.heroku["shop-uat"]
    assert shop.tables("shop-uat") == []
    assert (uat.maintenance, uat.formation) == (True, {"web": 1})
    assert "The database of shop-uat is empty: none of the copied data is left in it." in said
    assert "The maintenance page of shop-uat stays up, for there is nothing to show." in said
    assert "Or to go on without the data: fab deploy:uat,options=syncdb" in said
    assert "@mail.example" not in said + capsys.readouterr().out


def test_what_cannot_be_thrown_away_is_said_in_capitals_until_it_is(shop, capsys):
    shop.anonymises("SELECT 1")
    reset = "PUT /client/v11/databases/id-of-pg-shop-uat/reset"
    shop.site.heroku.server.on(reset, *[FORBIDDEN] * 9)
    said = failed() + capsys.readouterr().out
    assert shop.site.heroku.server.asked(reset)
    assert "THE DATABASE OF SHOP-UAT MAY STILL HOLD DATA OF SHOP-A" in said
    assert "heroku pg:reset DATABASE_URL --app shop-uat --confirm shop-uat" in said
    (advice,) = (line for line in said.splitlines() if "What to do: " in line)
    assert "shop_customer.name, " in advice and "statistics" not in advice
    uat = shop.site.heroku["shop-uat"]
    assert (uat.maintenance, uat.formation) == (True, {"web": 0})
    shop.site.heroku.server.forget(reset)
    resume("uat", how="back")
    assert shop.tables("shop-uat") == []


def test_a_backup_that_fails_changes_nothing(shop):
    shop.site.heroku.server.on("POST /client/v11/databases/id-of-pg-shop-a/backups", FORBIDDEN)
    said = failed()
    assert "Nothing was changed in the database of shop-uat." in said
    assert "When the cause is mended: fab migrate_data:live,uat" in said


def test_after_the_proof_only_the_page_is_left(shop):
    uat = shop.site.heroku["shop-uat"]

    def refuse_once_proven(request):
        if request.body == {"updates": [{"type": "web", "quantity": 1}]}:
            shop.site.heroku.server.on("PATCH /apps/shop-uat", FORBIDDEN)

    shop.site.heroku.before = refuse_once_proven
    said = failed()
    assert uat.maintenance
    assert "The data is in the database of shop-uat, anonymised and proven to be." in said
    assert "stays up. When the site is right again:\n  fab maintenance:uat,off" in said


@pytest.mark.parametrize(
    "place",
    [
        "POST /client/v11/databases/id-of-pg-shop-a/backups",
        "PATCH /apps/shop-uat/formation",
    ],
)
def test_what_was_stopped_before_the_restore_goes_back(shop, place):
    shop.site.heroku.stop_at(place)
    with pytest.raises(KeyboardInterrupt):
        move()
    resume("uat", how="ask")
    uat = shop.site.heroku["shop-uat"]
    assert (uat.maintenance, uat.formation) == (False, {"web": 1})
    assert "shop_customer" in shop.tables("shop-uat")


def test_what_was_stopped_after_the_proof_is_finished(shop, capsys):
    stops = []

    def stop_when_proven(request):
        if request.method == "PATCH" and request.body == {"maintenance": False} and not stops:
            stops.append(request)
            shop.site.heroku.interrupt()

    shop.site.heroku.before = stop_when_proven
    with pytest.raises(KeyboardInterrupt):
        move()
    resume("uat", how="ask")
    assert "The data is in place and proven; the rest follows." in capsys.readouterr().out
    assert not shop.site.heroku["shop-uat"].maintenance
    assert shop.rows("shop-uat") == ["c1@anonymous.invalid"]


# To the developer's own database


@pytest.fixture
def local(shop, monkeypatch, tmp_path):
    """The local database, with what its commands need; its URL."""
    own = shop.databases.make("CREATE TABLE mine (id int)")
    shop.databases.let_make_databases(own)
    programs = shop.databases.programs
    monkeypatch.setenv("MINION_LOCAL_DATABASE", own)
    monkeypatch.setenv("MINION_PG_BIN", str(programs))
    anonymise = tmp_path / "anonymise.py"
    anonymise.write_text(
        "import os, psycopg\n"
        'connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)\n'
        f"connection.execute({ANONYMISE!r})\n"
    )
    shop.command = f"{sys.executable} {anonymise}"
    shop.anonymises(ANONYMISE)
    commands = f"[commands]\nmigrate = 'true'\nanonymise = '{shop.command}'\n"
    shop.site.commit({"minion.toml": f"{SETTINGS}{commands}"})
    dumped = subprocess.run(
        [str(programs / "pg_dump"), "--format=custom", "--no-owner", shop.urls["shop-a"]],
        check=True,
        capture_output=True,
    )
    shop.site.heroku.data.dump = dumped.stdout
    return own


def test_the_copy_becomes_the_local_database(shop, local, capsys):
    move("live", "local", confirm="local")
    assert asked(local, "SELECT email FROM shop_customer ORDER BY id LIMIT 1") == [
        "c1@anonymous.invalid"
    ]
    said = capsys.readouterr().out
    assert f"{urlsplit(local).path}, " in said
    assert "Will be lost:        nothing before the new database is in place" in said
    assert "local has the data of live, anonymised." in said


def test_a_proof_from_above_is_enough_here_too(shop, local, capsys):
    move()
    move("uat", "local", confirm="local")
    assert "The proof is that of" in capsys.readouterr().out


def test_without_a_local_database_one_is_made(shop, local, monkeypatch, capsys):
    monkeypatch.setenv("MINION_LOCAL_DATABASE", f"{local}_new")
    move("live", "local", confirm="local", keep=True)
    assert "not there yet" in capsys.readouterr().out


def test_a_copy_that_is_not_anonymous_leaves_the_local_database(shop, local, tmp_path):
    (tmp_path / "anonymise.py").write_text("")
    said = failed("live", "local", confirm="local")
    assert asked(local, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == ["mine"]
    assert "Your local database is as it was, and nothing of the copy is left." in said


def test_the_source_is_not_overwritten_by_itself(shop, local, monkeypatch):
    monkeypatch.setenv("MINION_LOCAL_DATABASE", shop.urls["shop-a"])
    assert "local" in refused("live", "local", confirm="local")
