"""Which databases of the environments above an app can reach, on a scripted wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scripted import DROP, Answer, ScriptedServer, Time

from minion.errors import Forbidden, HerokuError
from minion.heroku import Heroku
from minion.operations.databases import (
    DatabasesAbove,
    SharedDatabase,
    databases_above,
)
from minion.settings import parse

SETTINGS = parse(
    b"""
[environments.dev]
apps = ["dev-a", "dev-b"]
[environments.uat]
app = "uat"
[environments.live]
apps = ["live-a", "live-b"]
""",
    Path("/repo/minion.toml"),
)
APPS = ("dev-a", "dev-b", "uat", "live-a", "live-b")
HOST = "ec2-9.compute-1.amazonaws.com"


def url(name: str, login: str = "u:canary", host: str = HOST, port: int = 5432) -> str:
    return f"postgres://{login}@{host}:{port}/{name}"


def attachment(
    variable: str, addon: str, owner: str, namespace: str | None = None
) -> dict[str, Any]:
    return {
        "id": f"{variable}-{addon}",
        "name": variable[:-4],
        "namespace": namespace,
        "app": {"id": "i", "name": owner},
        "addon": {
            "id": f"id-{addon}",
            "name": f"pg-{addon}",
            "app": {"id": "i", "name": owner},
            "plan": {"name": "heroku-postgresql:standard-0"},
        },
    }


class Wire:
    """Five apps, each with a database of its own, until something else is said."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self.attached = {app: [attachment("DATABASE_URL", app, app)] for app in APPS}
        self.config = {app: {"DATABASE_URL": url(app)} for app in APPS}
        self.following: dict[str, str] = {}

    def attach(self, app: str, variable: str, addon: str, login: str = "u:canary") -> None:
        """Attach the database of the app `addon` to `app`, under another name or the same."""
        kept = [one for one in self.attached[app] if f"{one['name']}_URL" != variable]
        self.attached[app] = [*kept, attachment(variable, addon, addon, login)]
        self.config[app][variable] = url(addon, login)

    def serve(self) -> None:
        for app in APPS:
            path = f"GET /apps/{app}"
            self.server.on(f"{path}/addon-attachments", Answer(self.attached[app]))
            self.server.on(f"{path}/config-vars", Answer(self.config[app]))
            found = {"info": [], "following": self.following.get(app)}
            self.server.on(f"GET /client/v11/databases/id-{app}", Answer(found))


@pytest.fixture
def wire(server: ScriptedServer) -> Wire:
    return Wire(server)


def above(wire: Wire, heroku: Heroku, name: str = "dev", **more: Any) -> DatabasesAbove:
    wire.serve()
    return databases_above(SETTINGS, SETTINGS.environment(name), heroku, **more)


def test_databases_of_their_own_are_not_shared(wire: Wire, heroku: Heroku) -> None:
    for name in ("dev", "uat", "live"):
        assert above(wire, heroku, name, copies=True) == DatabasesAbove()


def test_the_live_site_has_nothing_above_and_asks_nothing(wire: Wire, heroku: Heroku) -> None:
    above(wire, heroku, "live", copies=True)
    assert wire.server.requests == []


@pytest.mark.parametrize("variable", ["DATABASE_URL", "REPORTS_URL", "HEROKU_POSTGRESQL_AQUA_URL"])
@pytest.mark.parametrize("login", ["u:canary", "other-credential:canary"])
@pytest.mark.parametrize("other", ["uat", "live-a", "live-b"])
def test_an_attachment_by_any_name_and_credential_is_found(
    wire: Wire, heroku: Heroku, variable: str, login: str, other: str
) -> None:
    wire.attach("dev-b", variable, other, login)
    environment = other.partition("-")[0]
    found = above(wire, heroku)
    assert found.shared == (
        SharedDatabase(
            app="dev-b",
            variables=(variable,),
            other=other,
            other_variables=("DATABASE_URL",),
            environment=environment,
            is_live=environment == "live",
        ),
    )
    said = str(found.shared[0])
    for word in ("dev-b", variable, other, environment):
        assert word in said
    assert ("the live site" in said) is (environment == "live")
    assert "canary" not in said + repr(found)


@pytest.mark.parametrize(
    "value",
    [
        url("live-a"),
        url("live-a", "somebody:else"),
        url("live-a", host=HOST.upper()),
        url("live-a", port=5433),
        f"postgresql://u:p@{HOST}/live-a?sslmode=require",
        f"postgis://u:p@/live%2Da?host={HOST}",
        f"postgres://u:p@proxy.example.com/live-a?host={HOST}",
    ],
)
@pytest.mark.parametrize("key", ["DATABASE_URL", "WAREHOUSE"])
def test_a_config_var_with_its_url_is_found(
    wire: Wire, heroku: Heroku, key: str, value: str
) -> None:
    wire.attached["dev-a"] = []
    wire.config["dev-a"][key] = value
    (found,) = above(wire, heroku).shared
    assert (found.app, found.variables, found.other) == ("dev-a", (key,), "live-a")
    assert found.is_live


def test_all_ways_to_one_app_are_told_together(wire: Wire, heroku: Heroku) -> None:
    wire.attach("dev-a", "DATABASE_URL", "live-a")
    wire.config["dev-a"]["COPY"] = url("live-a", "x:y")
    wire.config["live-a"]["PRIMARY_URL"] = url("live-a")
    (found,) = above(wire, heroku).shared
    assert found.variables == ("COPY", "DATABASE_URL")
    assert found.other_variables == ("DATABASE_URL", "PRIMARY_URL")


def test_live_attached_to_a_database_from_below_is_the_same(wire: Wire, heroku: Heroku) -> None:
    wire.attach("live-a", "DATABASE_URL", "dev-a")
    (found,) = above(wire, heroku).shared
    assert (found.app, found.other) == ("dev-a", "live-a")


def test_the_live_site_is_told_before_others(wire: Wire, heroku: Heroku) -> None:
    wire.attach("dev-a", "A_URL", "uat")
    wire.attach("dev-a", "B_URL", "live-b")
    assert [one.other for one in above(wire, heroku).shared] == ["live-b", "uat"]


def test_what_is_below_does_not_count(wire: Wire, heroku: Heroku) -> None:
    wire.attach("uat", "DEV_URL", "dev-a")
    assert above(wire, heroku, "uat") == DatabasesAbove()


def test_other_add_ons_and_urls_may_be_shared(wire: Wire, heroku: Heroku) -> None:
    for app in ("dev-a", "live-a"):
        mail = attachment("MAIL_URL", "mail", "live-a")
        mail["addon"]["plan"] = {"name": "mailer:free"}
        wire.attached[app].append(mail)
        wire.config[app].update(MAIL_URL="smtp://m/x", FIREBASE_DATABASE_URL="https://f/x", N="1")
    assert above(wire, heroku) == DatabasesAbove()


def test_a_database_of_another_vendor_is_known_by_its_url(wire: Wire, heroku: Heroku) -> None:
    for app in ("dev-a", "live-a"):
        wire.config[app]["JAWSDB_URL"] = "mysql://u:p@db.example.com:3306/x"
    (found,) = above(wire, heroku).shared
    assert found.variables == ("JAWSDB_URL",)


@pytest.mark.parametrize(("copy", "of"), [("dev-a", "live-a"), ("live-a", "dev-a")])
def test_a_follower_is_the_database_that_it_follows(
    wire: Wire, heroku: Heroku, copy: str, of: str
) -> None:
    wire.following[copy] = url(of, "replication:canary")
    assert above(wire, heroku) == DatabasesAbove()
    (found,) = above(wire, heroku, copies=True).shared
    assert (found.app, found.other) == ("dev-a", "live-a")
    assert "canary" not in repr(found)


@pytest.mark.parametrize("status", [403, 404])
def test_an_app_above_that_may_not_be_read_is_named(
    wire: Wire, heroku: Heroku, server: ScriptedServer, status: int
) -> None:
    wire.serve()
    body = {"id": "forbidden", "message": "You do not have access to the app live-a."}
    for path in ("addon-attachments", "config-vars"):
        server.on(f"GET /apps/live-a/{path}", Answer(body, status))
    found = databases_above(SETTINGS, SETTINGS.environment("dev"), heroku)
    assert found == DatabasesAbove(unread=("live-a",))


@pytest.mark.parametrize("way", ["billed", "attached"])
def test_its_database_is_known_all_the_same_by_whose_the_add_on_is(
    wire: Wire, heroku: Heroku, server: ScriptedServer, way: str
) -> None:
    if way == "billed":
        wire.attach("dev-a", "REPORTS_URL", "live-a")
    wire.serve()
    server.on("GET /apps/live-a/addon-attachments", Answer({"id": "forbidden"}, 403))
    for app in ("dev-a", "live-a"):
        there = [{**attachment("DATABASE_URL", app, app)}]
        if (way, app) == ("attached", "dev-a"):
            there.append({**attachment("EXTRA_URL", app, app), "app": {"name": "live-a"}})
        server.on(f"GET /addons/id-{app}/addon-attachments", Answer(there))
    found = databases_above(SETTINGS, SETTINGS.environment("dev"), heroku)
    assert [(one.app, one.other) for one in found.shared] == [("dev-a", "live-a")]
    assert found.unread == ("live-a",)


@pytest.mark.parametrize("answer", [DROP, Answer({"id": "error"}, 500), Answer(b"<html>", 200)])
def test_what_cannot_be_told_for_another_reason_is_an_error(
    wire: Wire, heroku: Heroku, server: ScriptedServer, time: Time, answer: Answer
) -> None:
    wire.serve()
    # What may pass is asked again for half a minute, which nobody waits for here.
    heroku.api.sleep, heroku.api.clock = time.sleep, time.clock
    server.on("GET /apps/live-a/config-vars", answer)
    with pytest.raises(HerokuError):
        databases_above(SETTINGS, SETTINGS.environment("dev"), heroku)


def test_an_own_app_that_may_not_be_read_is_an_error(
    wire: Wire, heroku: Heroku, server: ScriptedServer
) -> None:
    wire.serve()
    server.on("GET /apps/dev-b/config-vars", Answer({"id": "forbidden", "message": "no"}, 403))
    with pytest.raises(Forbidden):
        databases_above(SETTINGS, SETTINGS.environment("dev"), heroku)


def test_it_takes_two_calls_for_each_app(wire: Wire, heroku: Heroku) -> None:
    above(wire, heroku, "uat")
    assert len(wire.server.requests) == 2 * 3
    assert not {one.method for one in wire.server.requests} - {"GET"}
