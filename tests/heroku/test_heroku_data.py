"""The data API: databases, backups and restores, and waiting for them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from scripted import DROP, TOKEN, Answer, Request, ScriptedServer, Time, transfer

from minion.errors import AnswerLost, Forbidden, HerokuError, NotFound, SettingsError
from minion.heroku import Heroku
from minion.heroku.api import Api
from minion.heroku.databases import Databases
from minion.heroku.hosts import data_url_of
from minion.heroku.records import Database, Transfer
from minion.heroku.transfers import Transfers, discreet

ATTACHMENTS = "GET /apps/shop/addon-attachments"
DATABASE = "/client/v11/databases/id-of-db"
TRANSFERS = "/client/v11/apps/shop/transfers"
URL = "postgres://u:hidden@db.example.com/d"

THE_DATABASE = Database("id-of-db", "postgresql-flat-1", "shop", "DATABASE_URL", "x")


@pytest.fixture
def databases(api: Api) -> Databases:
    return Databases(api, api)


@pytest.fixture
def transfers(api: Api) -> Transfers:
    return Transfers(api)


def attachment(name: str, addon: str = "db", **more: Any) -> dict[str, Any]:
    return {
        "id": f"attachment-{name}",
        "name": name,
        "namespace": None,
        "app": {"id": "id-of-shop", "name": "shop"},
        "addon": {
            "id": f"id-of-{addon}",
            "name": f"postgresql-{addon}-1",
            "app": {"id": "id-of-shop", "name": "shop"},
            "plan": {"id": "p", "name": "heroku-postgresql:standard-0"},
        },
        **more,
    }


def running(number: int = 12, **more: Any) -> dict[str, Any]:
    return transfer(number, finished_at=None, succeeded=None, **more)


# Where it is


@pytest.mark.parametrize(
    ("data_host", "api_url", "url"),
    [
        ("", "https://api.heroku.com", "https://api.data.heroku.com"),
        ("", "https://api.x.herokudev.com", "https://api.data.heroku.com"),
        ("", "http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("127.0.0.1", "http://localhost:5000", "http://127.0.0.1:5000"),
        (" localhost ", "http://127.0.0.1:5000", "http://localhost:5000"),
        ("::1", "http://127.0.0.1:5000", "http://[::1]:5000"),
        ("data.herokudev.com", "https://api.heroku.com", "https://data.herokudev.com"),
    ],
)
def test_the_data_api_is_found_beside_the_api(data_host: str, api_url: str, url: str) -> None:
    assert data_url_of({"HEROKU_DATA_HOST": data_host}, api_url) == url


@pytest.mark.parametrize(
    ("data_host", "api_url"),
    [
        ("evil.example", "https://api.heroku.com"),
        ("api.data.heroku.com", "http://127.0.0.1:5000"),
        ("127.0.0.1:6000", "http://127.0.0.1:5000"),
        ("https://api.data.heroku.com", "https://api.heroku.com"),
        ("me:hidden@api.data.heroku.com", "https://api.heroku.com"),
        ("evil.example/api.data.heroku.com", "https://api.heroku.com"),
        ("evil.example#.heroku.com", "https://api.heroku.com"),
        ("evil.example?.heroku.com", "https://api.heroku.com"),
    ],
)
def test_the_token_goes_to_no_other_data_host(data_host: str, api_url: str) -> None:
    with pytest.raises(SettingsError, match="HEROKU_DATA_HOST") as caught:
        Heroku.connect({"HEROKU_HOST": api_url, "HEROKU_DATA_HOST": data_host})
    assert "hidden" not in str(caught.value)


def test_both_apis_get_the_token_each_on_its_host(server: ScriptedServer) -> None:
    heroku = Heroku.connect(
        {"HEROKU_HOST": server.url, "HEROKU_DATA_HOST": "localhost", "HEROKU_API_KEY": TOKEN}
    )
    server.on(ATTACHMENTS, Answer([attachment("DATABASE")]))
    server.on(f"GET {TRANSFERS}", Answer([]))
    heroku.databases.attached("shop")
    assert heroku.transfers.all("shop") == []
    assert [one.headers["Host"] for one in server.requests] == [
        f"127.0.0.1:{server.port}",
        f"localhost:{server.port}",
    ]
    assert {one.headers["Authorization"] for one in server.requests} == {f"Bearer {TOKEN}"}


# The database behind a variable


def test_the_attached_database_is_found(heroku: Heroku, server: ScriptedServer) -> None:
    other = attachment("CACHE", "cache")
    other["addon"]["plan"]["name"] = "heroku-redis:mini"
    billed = attachment("DATABASE")
    billed["addon"]["app"]["name"] = "till"
    server.on(ATTACHMENTS, Answer([other, attachment("HEROKU_POSTGRESQL_PINK"), billed]))
    assert heroku.databases.attached("shop") == Database(
        addon_id="id-of-db",
        addon_name="postgresql-db-1",
        app="till",
        attachment="DATABASE_URL",
        plan="heroku-postgresql:standard-0",
    )
    assert server.requests[0].headers["Accept-Inclusion"] == "addon:plan"
    found = heroku.databases.attached("shop", "HEROKU_POSTGRESQL_PINK_URL")
    assert (found.app, found.attachment) == ("shop", "HEROKU_POSTGRESQL_PINK_URL")


def test_a_plan_that_is_not_told_is_asked_for(heroku: Heroku, server: ScriptedServer) -> None:
    bare = attachment("DATABASE")
    del bare["addon"]["plan"]
    server.on(ATTACHMENTS, Answer([bare]))
    server.on(
        "GET /addons/id-of-db",
        Answer({"id": "id-of-db", "name": "db", "plan": {"name": "heroku-postgresql:mini"}}),
    )
    assert heroku.databases.attached("shop").plan == "heroku-postgresql:mini"


def test_a_variable_set_by_hand_is_recognised_by_its_value(
    heroku: Heroku, server: ScriptedServer
) -> None:
    pink, blue = attachment("PINK", "pink"), attachment("BLUE", "blue")
    limited = attachment("LIMITED", "blue", namespace="credential:limited")
    server.on(ATTACHMENTS, Answer([pink, limited, blue]))
    config = {"DATABASE_URL": URL, "BLUE_URL": URL, "LIMITED_URL": URL, "PINK_URL": "else"}
    server.on("GET /apps/shop/config-vars", Answer(config))
    assert heroku.databases.attached("shop").addon_name == "postgresql-blue-1"

    server.on("GET /apps/shop/config-vars", Answer({**config, "PINK_URL": URL}))
    with pytest.raises(HerokuError, match=r"several.*postgresql-blue-1, postgresql-pink-1"):
        heroku.databases.attached("shop")
    server.on("GET /apps/shop/config-vars", Answer({"BLUE_URL": URL}))
    with pytest.raises(NotFound, match="behind DATABASE_URL; its databases are BLUE_URL") as caught:
        heroku.databases.attached("shop")
    assert "hidden" not in str(caught.value)


def test_an_app_without_a_database_is_told_of(heroku: Heroku, server: ScriptedServer) -> None:
    cache = attachment("DATABASE", "cache")
    cache["addon"]["plan"]["name"] = "heroku-redis:mini"
    for attached in ([], [cache]):
        server.on(ATTACHMENTS, Answer(attached))
        with pytest.raises(NotFound, match="shop: no Heroku Postgres is behind DATABASE_URL; it"):
            heroku.databases.attached("shop")
    with pytest.raises(NotFound, match="Couldn't find that"):
        heroku.databases.attached("other")


# What can be done to it


def test_a_database_is_described(databases: Databases, server: ScriptedServer) -> None:
    rows = [{"name": "PG Version", "values": ["16.2"]}, {"name": "Fork", "values": []}]
    server.on(f"GET {DATABASE}", Answer({"info": rows, "leader": None}))
    assert databases.info(THE_DATABASE) == {"PG Version": ("16.2",), "Fork": ()}
    server.on(f"GET {DATABASE}", Answer({}))
    with pytest.raises(HerokuError, match="about a database is odd"):
        databases.info(THE_DATABASE)


def test_backups_are_made_and_restored(databases: Databases, server: ScriptedServer) -> None:
    server.on(f"POST {DATABASE}/backups", Answer(running(12, started_at=None)))
    captured = databases.capture(THE_DATABASE)
    assert (captured.id, captured.name, captured.state) == ("uuid-12", "b012", "pending")
    server.on(
        f"POST {DATABASE}/restores",
        Answer(running(13, from_type="gof3r", to_type="pg_restore", to_url=URL)),
    )
    restored = databases.restore(THE_DATABASE, "https://s3.example.com/12?Signature=hidden")
    assert (restored.name, restored.kind, restored.state) == ("r013", "restore", "running")
    assert "hidden" not in repr((captured, restored))
    server.on(f"PUT {DATABASE}/reset", Answer({}))
    databases.reset(THE_DATABASE)
    assert [one.body for one in server.requests] == [
        None,
        {"backup_url": "https://s3.example.com/12?Signature=hidden"},
        {},
    ]


def test_a_lost_answer_to_a_write_is_no_failure(
    databases: Databases, server: ScriptedServer
) -> None:
    writes = [
        ("POST", "backups", lambda: databases.capture(THE_DATABASE)),
        ("POST", "restores", lambda: databases.restore(THE_DATABASE, URL)),
        ("PUT", "reset", lambda: databases.reset(THE_DATABASE)),
    ]
    for method, path, write in writes:
        server.on(f"{method} {DATABASE}/{path}", DROP)
        with pytest.raises(AnswerLost):
            write()
        assert len(server.asked(f"{method} {DATABASE}/{path}")) == 1


def test_heroku_s_message_may_repeat_the_address_but_we_do_not(
    databases: Databases, server: ScriptedServer
) -> None:
    said = "cannot read https://s3.example.com/12?Signature=hidden for now"
    server.on(f"POST {DATABASE}/restores", Answer({"id": "x", "message": said}, 422))
    with pytest.raises(HerokuError, match="cannot read https://… for now") as caught:
        databases.restore(THE_DATABASE, "https://s3.example.com/12?Signature=hidden")
    assert "hidden" not in str(caught.value)
    assert caught.value.request_id == "req-1"


# Transfers


@pytest.mark.parametrize(
    ("fields", "name", "kind"),
    [
        ({}, "b012", "backup"),
        ({"schedule": {"uuid": "s"}}, "a012", "backup"),
        ({"to_type": "pg_restore"}, "c012", "copy"),
        ({"from_type": "gof3r", "to_type": "pg_restore"}, "r012", "restore"),
        ({"from_type": "htcat", "to_type": "pg_restore"}, "r012", "restore"),
        ({"from_type": "htcat"}, "b012", "other"),
        ({"options": {"pgbackups_name": "b004"}}, "ob004", "backup"),
        ({"num": 1234}, "b1234", "backup"),
    ],
)
def test_transfers_are_named_as_heroku_names_them(
    transfers: Transfers, server: ScriptedServer, fields: dict[str, Any], name: str, kind: str
) -> None:
    server.on(f"GET {TRANSFERS}", Answer([transfer(12, **fields)]))
    (found,) = transfers.all("shop")
    assert (found.name, found.kind, found.is_backup) == (name, kind, kind == "backup")


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "completed"),
        ({"succeeded": False}, "failed"),
        ({"succeeded": False, "canceled_at": "2026-02-03 04:05:06 +0000"}, "canceled"),
        ({"finished_at": None, "succeeded": None}, "running"),
        ({"finished_at": None, "succeeded": None, "started_at": None}, "pending"),
    ],
)
def test_transfers_have_a_state(
    transfers: Transfers, server: ScriptedServer, fields: dict[str, Any], state: str
) -> None:
    server.on(f"GET {TRANSFERS}/12", Answer(transfer(12, **fields)))
    assert transfers.get("shop", 12).state == state


def test_a_transfer_is_read(transfers: Transfers, server: ScriptedServer) -> None:
    sparse = {"source_bytes": None, "processed_bytes": None, "to_url": None}
    logs = [{"created_at": "2026-02-03 04:05:06 +0000", "message": "hello"}]
    server.on(f"GET {TRANSFERS}/uuid-12", Answer(transfer(12, **sparse)))
    server.on(f"GET {TRANSFERS}/12?verbose=true", Answer(transfer(12, logs=logs)))
    found = transfers.get("shop", "uuid-12")
    assert (found.source_bytes, found.processed_bytes, found.to_url) == (None, 0, "")
    assert found.created_at == datetime(2026, 2, 3, 4, 12, 6, tzinfo=timezone.utc)
    found = transfers.get("shop", 12, verbose=True)
    assert (found.source_bytes, found.processed_bytes) == (9_000_000, 3_000_000)
    assert (found.from_name, found.to_name, found.logs) == ("DATABASE", "BACKUP", ("hello",))
    server.on(f"GET {TRANSFERS}/13", Answer(transfer(13, created_at="yesterday")))
    with pytest.raises(HerokuError, match="about a transfer is odd"):
        transfers.get("shop", 13)


def test_transfers_come_newest_first(transfers: Transfers, server: ScriptedServer) -> None:
    same = "2026-02-03 05:00:00 +0000"
    server.on(
        f"GET {TRANSFERS}",
        Answer(
            [
                transfer(2),
                transfer(9, created_at=same),
                transfer(3, to_type="pg_restore"),
                transfer(10, created_at=same, succeeded=False),
            ]
        ),
    )
    assert [one.number for one in transfers.all("shop")] == [10, 9, 3, 2]
    assert [one.number for one in transfers.backups("shop")] == [10, 9, 2]


def test_backups_are_found_by_name(transfers: Transfers, server: ScriptedServer) -> None:
    failed, restored = transfer(14, succeeded=False), transfer(13, to_type="pg_restore")
    scheduled = transfer(11, schedule={"uuid": "s"})
    server.on(f"GET {TRANSFERS}", Answer([scheduled, transfer(12), restored, failed, running(15)]))
    for name, number in (("latest", 12), ("b012", 12), ("B12", 12), ("a011", 11)):
        assert transfers.find("shop", name).number == number
    with pytest.raises(NotFound, match=r"no backup 'b099'; completed backups: b012, a011$"):
        transfers.find("shop", "b099")
    with pytest.raises(HerokuError, match="c013 is a copy, not a backup"):
        transfers.find("shop", "c013")
    with pytest.raises(HerokuError, match="b014 cannot be used: it is failed"):
        transfers.find("shop", "b014")
    with pytest.raises(HerokuError, match="b015 cannot be used: it is running"):
        transfers.find("shop", "b015")
    server.on(f"GET {TRANSFERS}", Answer([failed]))
    with pytest.raises(NotFound, match="no completed backup"):
        transfers.find("shop", "latest")
    with pytest.raises(NotFound, match="completed backups: none"):
        transfers.find("shop", "b012")


# Waiting


def begun(transfers: Transfers, server: ScriptedServer) -> Transfer:
    server.on(f"GET {TRANSFERS}/uuid-12", Answer(running()))
    return transfers.get("shop", "uuid-12")


def test_a_transfer_is_followed_to_its_end(
    transfers: Transfers, server: ScriptedServer, time: Time
) -> None:
    transfer_begun = begun(transfers, server)
    looks = [Answer(running(processed_bytes=size)) for size in (0, 10)]
    server.on(f"GET {TRANSFERS}/uuid-12", *looks, Answer(transfer(processed_bytes=20)))
    seen: list[int] = []
    found = transfers.wait(
        "shop",
        transfer_begun,
        timeout_s=100,
        poll_s=3,
        on_progress=lambda one: seen.append(one.processed_bytes),
    )
    assert found.state == "completed"
    assert seen == [0, 10, 20]
    assert time.slept == [3, 3]


def test_twenty_failed_looks_are_forgiven(transfers: Transfers, server: ScriptedServer) -> None:
    transfer_begun = begun(transfers, server)
    failing = [Answer({"id": "x", "message": "Hm."}, status) for status in (404, 422) * 10]
    script = [*failing, Answer(running()), *failing, Answer(transfer())]
    server.on(f"GET {TRANSFERS}/uuid-12", *script)
    assert transfers.wait("shop", transfer_begun, timeout_s=900, poll_s=3).state == "completed"

    server.on(f"GET {TRANSFERS}/uuid-12", *failing, failing[0], Answer(transfer()))
    with pytest.raises(NotFound, match="Hm"):
        transfers.wait("shop", transfer_begun, timeout_s=900, poll_s=3)
    server.on(f"GET {TRANSFERS}/uuid-12", Answer({"id": "x", "message": "No."}, 403))
    asked = len(server.requests)
    with pytest.raises(Forbidden):
        transfers.wait("shop", transfer_begun, timeout_s=900, poll_s=3)
    assert len(server.requests) == asked + 1


def test_the_end_of_a_failed_transfer_s_log_is_told(
    transfers: Transfers, server: ScriptedServer
) -> None:
    transfer_begun = begun(transfers, server)
    failed = transfer(succeeded=False)
    messages = [f"line {n}" for n in range(4)]
    messages += ['DETAIL: Key (email)=(ada@example.com) already exists.\nCOPY t, line 3: "ada"']
    messages += [f"connecting to {URL} failed"]
    server.on(f"GET {TRANSFERS}/uuid-12", Answer(failed))
    server.on(
        f"GET {TRANSFERS}/uuid-12?verbose=true",
        Answer({**failed, "logs": [{"message": message} for message in messages]}),
    )
    with pytest.raises(HerokuError, match=r"shop: b012 \(backup\) failed: line 1; ") as caught:
        transfers.wait("shop", transfer_begun, timeout_s=9, poll_s=3)
    assert "line 0" not in str(caught.value)
    assert "connecting to postgres://… failed" in str(caught.value)
    for secret in ("hidden", "ada"):
        assert secret not in str(caught.value)

    server.on(f"GET {TRANSFERS}/uuid-12?verbose=true", Answer({"id": "x"}, 404))
    with pytest.raises(HerokuError, match="failed: Heroku keeps no log"):
        transfers.wait("shop", transfer_begun, timeout_s=9, poll_s=3)
    server.on(f"GET {TRANSFERS}/uuid-12", Answer({**failed, "canceled_at": failed["finished_at"]}))
    with pytest.raises(HerokuError, match="b012 was canceled"):
        transfers.wait("shop", transfer_begun, timeout_s=9, poll_s=3)


def test_an_endless_transfer_is_given_up(
    transfers: Transfers, server: ScriptedServer, time: Time
) -> None:
    transfer_begun = begun(transfers, server)
    with pytest.raises(HerokuError, match=r"2 minutes.*heroku pg:backups:info b012 --app shop"):
        transfers.wait("shop", transfer_begun, timeout_s=120, poll_s=50)
    assert time.slept == [50, 50, 20]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('ERROR: relation "t" does not exist', 'ERROR: relation "t" does not exist'),
        (
            'invalid input syntax for type integer: "Ada"',
            "invalid input syntax for type integer: …",
        ),
        ("Failing row contains (1, Ada).", "Failing row contains (…"),
        ("at postgres://u:p@h/d, and\nmore", "at postgres://… and more"),
    ],
)
def test_log_lines_lose_addresses_and_rows(line: str, shown: str) -> None:
    assert discreet(line) == shown


# What else a transfer can be asked


def test_a_transfer_is_canceled(transfers: Transfers, server: ScriptedServer) -> None:
    transfer_begun = begun(transfers, server)
    server.on(f"POST {TRANSFERS}/uuid-12/actions/cancel", Answer({}))
    transfers.cancel("shop", transfer_begun)
    assert len(server.asked(f"POST {TRANSFERS}/uuid-12/actions/cancel")) == 1


def test_a_public_address_is_asked_for_again_if_the_answer_is_lost(
    transfers: Transfers, server: ScriptedServer
) -> None:
    transfer_begun = begun(transfers, server)
    path = f"POST {TRANSFERS}/12/actions/public-url"
    made = Answer({"url": "https://s3.example.com/x", "expires_at": "soon"})
    server.on(path, DROP, DROP, made)
    assert transfers.public_url("shop", transfer_begun) == "https://s3.example.com/x"
    server.on(path, DROP)
    with pytest.raises(AnswerLost):
        transfers.public_url("shop", transfer_begun)
    assert len(server.asked(path)) == 6


def test_names_are_data(transfers: Transfers, server: ScriptedServer) -> None:
    def echo(request: Request) -> Answer:
        return Answer(transfer(12))

    server.on(f"GET {TRANSFERS}/..%2Fx%3Fy", echo)
    assert transfers.get("shop", "../x?y").number == 12
