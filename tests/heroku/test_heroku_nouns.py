"""Apps, builds, pipelines and add-ons: what is asked, and what is made of the answers."""

from __future__ import annotations

from typing import Any

import pytest
from scripted import DROP, Answer, ScriptedServer, Time, app

from minion.errors import AnswerLost, HerokuError, NotFound
from minion.heroku import Heroku
from minion.heroku.api import Api
from minion.heroku.pipelines import Pipelines
from minion.heroku.records import Attachment, Coupling, Formation, PromotionTarget


def test_the_token_s_owner_is_named(heroku: Heroku, server: ScriptedServer) -> None:
    server.on("GET /account", Answer({"id": "u", "email": "ada@example.com"}))
    assert heroku.account_email() == "ada@example.com"


# Apps


def test_an_app_is_read(heroku: Heroku, server: ScriptedServer) -> None:
    server.on("GET /apps/shop", Answer(app(maintenance=True)))
    shop = heroku.apps.get("shop")
    assert (shop.id, shop.maintenance, shop.generation, shop.stack) == (
        "id-of-shop",
        True,
        "cedar",
        "heroku-24",
    )
    with pytest.raises(NotFound, match="Couldn't find that"):
        heroku.apps.get("other")


def test_maintenance_is_set_and_read_from_the_answer(
    heroku: Heroku, server: ScriptedServer
) -> None:
    server.on("PATCH /apps/shop", Answer(app(maintenance=True)))
    assert heroku.apps.set_maintenance("shop", True).maintenance
    assert server.requests[0].body == {"maintenance": True}
    with pytest.raises(HerokuError, match="switched off, but is still on"):
        heroku.apps.set_maintenance("shop", False)
    server.on("PATCH /apps/shop", DROP)
    with pytest.raises(AnswerLost):
        heroku.apps.set_maintenance("shop", False)


def test_config_vars_change_in_one_request(heroku: Heroku, server: ScriptedServer) -> None:
    server.on("GET /apps/shop/config-vars", Answer({"A": "1", "B": ""}))
    server.on("PATCH /apps/shop/config-vars", Answer({"A": "2"}))
    assert heroku.apps.config_vars("shop") == {"A": "1", "B": ""}
    assert heroku.apps.set_config_vars("shop", {"A": "2", "B": None}) == {"A": "2"}
    assert [one.body for one in server.asked("PATCH /apps/shop/config-vars")] == [
        {"A": "2", "B": None}
    ]


def test_a_formation_is_read_and_scaled(heroku: Heroku, server: ScriptedServer) -> None:
    web = {"type": "web", "quantity": 2, "size": "Standard-1X", "command": "gunicorn"}
    worker = {"type": "worker", "quantity": 0, "dyno_size": {"name": "Basic"}, "command": "w"}
    server.on("GET /apps/shop/formation", Answer([web, worker]))
    server.on("PATCH /apps/shop/formation", Answer([web]))
    assert heroku.apps.formation("shop") == [
        Formation("web", 2, "Standard-1X", "gunicorn"),
        Formation("worker", 0, "Basic", "w"),
    ]
    assert heroku.apps.scale("shop", {"web": 2}) == [Formation("web", 2, "Standard-1X", "gunicorn")]
    assert server.asked("PATCH /apps/shop/formation")[0].body == {
        "updates": [{"type": "web", "quantity": 2}]
    }


def test_preboot_is_read_and_switched(heroku: Heroku, server: ScriptedServer) -> None:
    path = "/apps/shop/features/preboot"
    assert heroku.apps.is_preboot("shop") is None
    server.on(f"GET {path}", Answer({"enabled": False}))
    server.on(f"PATCH {path}", Answer({"enabled": True}))
    assert heroku.apps.is_preboot("shop") is False
    heroku.apps.set_preboot("shop", True)
    assert server.asked(f"PATCH {path}")[0].body == {"enabled": True}
    with pytest.raises(HerokuError, match="preboot could not be switched off"):
        heroku.apps.set_preboot("shop", False)


# Builds


def build(number: int, status: str) -> dict[str, Any]:
    return {
        "id": f"build-{number}",
        "status": status,
        "created_at": f"2026-02-03T04:05:{number:02}Z",
        "source_blob": {"version": "abc"},
        "slug": None,
        "release": {"id": "r"},
    }


def test_a_build_under_way_is_found(heroku: Heroku, server: ScriptedServer) -> None:
    path = "GET /apps/shop/builds"
    server.on(path, Answer([build(2, "pending"), build(1, "succeeded")]))
    found = heroku.builds.pending("shop")
    assert found is not None
    assert (found.id, found.version, found.slug_id, found.release_id) == (
        "build-2",
        "abc",
        None,
        "r",
    )
    assert server.requests[0].headers["Range"] == "started_at ..; max=5, order=desc"
    server.on(path, Answer([build(1, "succeeded")]))
    assert heroku.builds.pending("shop") is None


def test_builds_are_found_where_they_sort_by_id_only(
    heroku: Heroku, server: ScriptedServer
) -> None:
    refusal = Answer({"id": "requested_range_not_satisfiable", "message": "No."}, 416)
    builds = [build(number, "succeeded") for number in range(1, 9)]
    server.on("GET /apps/shop/builds", refusal, Answer([*builds, build(9, "pending")]))
    newest = heroku.builds.newest("shop", n=2)
    assert [one.id for one in newest] == ["build-9", "build-8"]


# Pipelines


def coupling(**more: Any) -> dict[str, Any]:
    return {"app": {"id": "a"}, "stage": "staging", "pipeline": {"id": "p", **more}}


@pytest.mark.parametrize("as_list", [True, False])
def test_a_coupling_is_read(heroku: Heroku, server: ScriptedServer, as_list: bool) -> None:
    one = coupling(name="line")
    server.on("GET /apps/shop/pipeline-couplings", Answer([one] if as_list else one))
    assert heroku.pipelines.coupling("shop") == Coupling("a", "p", "line", "staging")
    assert len(server.requests) == 1


def test_the_pipeline_s_name_is_asked_for_where_it_is_missing(
    heroku: Heroku, server: ScriptedServer
) -> None:
    server.on("GET /apps/shop/pipeline-couplings", Answer(coupling()))
    server.on("GET /pipelines/p", Answer({"id": "p", "name": "line"}))
    found = heroku.pipelines.coupling("shop")
    assert found is not None and found.pipeline_name == "line"


def test_an_app_without_pipeline_is_fine(heroku: Heroku, server: ScriptedServer) -> None:
    assert heroku.pipelines.coupling("shop") is None
    server.on("GET /apps/shop/pipeline-couplings", Answer([]))
    assert heroku.pipelines.coupling("shop") is None
    server.on("GET /pipelines/p/pipeline-couplings", Answer([coupling()]))
    assert heroku.pipelines.couplings("p") == [Coupling("a", "p", "", "staging")]


def target(app_id: str, status: str, release: str | None = None) -> dict[str, Any]:
    return {
        "id": f"t-{app_id}",
        "app": {"id": app_id},
        "status": status,
        "release": {"id": release} if release else None,
        "error_message": "Release command failed" if status == "failed" else None,
    }


def test_a_promotion_is_followed_to_each_target(
    api: Api, server: ScriptedServer, time: Time
) -> None:
    pipelines = Pipelines(api)
    targets = "GET /pipeline-promotions/promo/promotion-targets"
    server.on("POST /pipeline-promotions", Answer({"id": "promo", "status": "pending"}, 201))
    server.on(
        targets,
        Answer([]),
        Answer([target("b", "succeeded", "r1"), target("c", "pending")]),
        Answer([target("b", "succeeded", "r1"), target("c", "failed")]),
    )
    assert pipelines.promote("p", "a", ["b", "c"]) == "promo"
    assert server.requests[0].body == {
        "pipeline": {"id": "p"},
        "source": {"app": {"id": "a"}},
        "targets": [{"app": {"id": "b"}}, {"app": {"id": "c"}}],
    }
    assert pipelines.wait("promo", timeout_s=60, poll_s=1) == [
        PromotionTarget("b", "succeeded", "r1", None),
        PromotionTarget("c", "failed", None, "Release command failed"),
    ]
    assert time.slept == [1, 1]
    server.on(targets, Answer([target("b", "pending")]))
    with pytest.raises(HerokuError, match="promotion has not ended within 60 seconds"):
        pipelines.wait("promo", timeout_s=60, poll_s=7)


def test_a_promotion_is_never_asked_for_twice(heroku: Heroku, server: ScriptedServer) -> None:
    server.on("POST /pipeline-promotions", DROP)
    with pytest.raises(AnswerLost):
        heroku.pipelines.promote("p", "a", ["b"])
    assert len(server.requests) == 1


# Add-ons


def attachment(name: str, **addon: Any) -> dict[str, Any]:
    of = {"id": "ad", "name": "pg-round-1", "app": {"id": "i", "name": "owner"}, **addon}
    return {"id": f"at-{name}", "name": name, "addon": of}


def test_attachments_say_which_plan_they_are_of(heroku: Heroku, server: ScriptedServer) -> None:
    plan = {"name": "heroku-postgresql:mini"}
    addon = {"id": "ad", "name": "pg-round-1", "plan": plan, "config_vars": ["DATABASE_URL"]}
    path = "GET /apps/shop/addon-attachments"
    expected = [Attachment("DATABASE", "ad", "pg-round-1", "owner", "heroku-postgresql:mini")]
    server.on(path, Answer([attachment("DATABASE", plan=plan)]))
    assert heroku.addons.attachments("shop") == expected
    assert server.requests[0].headers["Accept-Inclusion"] == "addon:plan"
    server.on(path, Answer([attachment("DATABASE")]))
    server.on("GET /addons/ad", Answer(addon))
    assert heroku.addons.attachments("shop") == expected


def test_the_variables_of_add_ons_are_known(heroku: Heroku, server: ScriptedServer) -> None:
    mail = {"id": "m", "name": "mail-flat-2", "config_vars": ["MAIL_USER", "MAIL_KEY"]}
    server.on("GET /apps/shop/addon-attachments", Answer([attachment("DATABASE")]))
    server.on("GET /apps/shop/addons", Answer([mail]))
    assert heroku.addons.managed_vars("shop") == {
        "DATABASE_URL": "pg-round-1",
        "MAIL_USER": "mail-flat-2",
        "MAIL_KEY": "mail-flat-2",
    }
