"""Pipelines, couplings and promotions."""

from __future__ import annotations

import re
from typing import Any

from minion.sandbox.api.apps import user
from minion.sandbox.api.bodies import identity
from minion.sandbox.api.http import Answer, Call, Routes
from minion.sandbox.api.named import named
from minion.sandbox.errors import found, invalid
from minion.sandbox.pipelines.couplings import check_stage, couple
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import (
    App,
    Coupling,
    Pipeline,
    Promotion,
    PromotionTarget,
)

routes = Routes()


def _show(platform: Platform, pipeline: Pipeline) -> dict[str, Any]:
    return {
        "id": pipeline.id,
        "created_at": pipeline.created_at,
        "generation": named("generation", "cedar"),
        "name": pipeline.name,
        "owner": {"id": user(platform)["id"], "type": "user"},
        "updated_at": pipeline.updated_at,
    }


def _show_coupling(platform: Platform, coupling: Coupling) -> dict[str, Any]:
    """A coupling; like the real API it names the pipeline beyond what the schema says."""
    pipeline = platform.store.get(Pipeline, coupling.pipeline_id)
    return {
        "id": coupling.id,
        "app": {"id": coupling.app_id},
        "created_at": coupling.created_at,
        "pipeline": {"id": coupling.pipeline_id, "name": pipeline.name if pipeline else ""},
        "stage": coupling.stage,
        "updated_at": coupling.updated_at,
    }


def _show_promotion(promotion: Promotion) -> dict[str, Any]:
    return {
        "id": promotion.id,
        "created_at": promotion.created_at,
        "pipeline": {"id": promotion.pipeline_id},
        "source": {
            "app": {"id": promotion.source_app_id},
            "release": {"id": promotion.source_release_id},
        },
        "status": promotion.status,
        "updated_at": promotion.updated_at,
    }


def _pipeline(call: Call, identity: str) -> Pipeline:
    return found(call.platform.store.find(Pipeline, identity), "pipeline")


@routes("GET", "/pipelines")
async def list_all(call: Call) -> object:
    return [_show(call.platform, each) for each in call.platform.store.all(Pipeline)]


def _name(call: Call, pipeline: Pipeline) -> str:
    """The name that the body gives, if `pipeline` can have it."""
    name = call.body.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9-]{2,29}", name):
        raise invalid("Name must be 3 to 30 lowercase letters, digits and dashes.")
    other = call.platform.store.first(Pipeline, name=name)
    if other and other.id != pipeline.id:
        raise invalid("Name is already taken.")
    return name


@routes("POST", "/pipelines")
async def create(call: Call) -> object:
    pipeline = Pipeline(name="")
    pipeline.name = _name(call, pipeline)
    call.platform.store.save(pipeline)
    return Answer(_show(call.platform, pipeline), 201)


@routes("GET", "/pipelines/{pipeline}")
async def info(call: Call) -> object:
    return _show(call.platform, _pipeline(call, call.part("pipeline")))


@routes("PATCH", "/pipelines/{pipeline}")
async def rename(call: Call) -> object:
    pipeline = _pipeline(call, call.part("pipeline"))
    pipeline.name = _name(call, pipeline)
    call.platform.store.save(pipeline)
    return _show(call.platform, pipeline)


@routes("DELETE", "/pipelines/{pipeline}")
async def destroy(call: Call) -> object:
    """Its apps stay, in no pipeline."""
    pipeline = _pipeline(call, call.part("pipeline"))
    shown, store = _show(call.platform, pipeline), call.platform.store
    store.delete(pipeline, *store.all(Coupling, pipeline_id=pipeline.id))
    return shown


@routes("GET", "/pipelines/{pipeline}/pipeline-couplings")
async def couplings(call: Call) -> object:
    pipeline = _pipeline(call, call.part("pipeline"))
    found_ = call.platform.store.all(Coupling, pipeline_id=pipeline.id)
    return [_show_coupling(call.platform, each) for each in found_]


@routes("GET", "/pipeline-couplings")
async def all_couplings(call: Call) -> object:
    return [_show_coupling(call.platform, each) for each in call.platform.store.all(Coupling)]


@routes("GET", "/apps/{app}/pipeline-couplings")
async def of_app(call: Call) -> object:
    """One object, not a list."""
    coupling = call.platform.store.first(Coupling, app_id=call.app().id)
    return _show_coupling(call.platform, found(coupling, "pipeline coupling"))


@routes("POST", "/pipeline-couplings")
async def place(call: Call) -> object:
    app = call.platform.find_app(identity(call.body, "app"))
    pipeline = _pipeline(call, identity(call.body, "pipeline"))
    stage = check_stage(call.body.get("stage"))
    coupling = couple(call.platform.store, app, pipeline.name, stage)
    return Answer(_show_coupling(call.platform, coupling), 201)


@routes("GET", "/pipeline-couplings/{coupling}")
async def coupling_info(call: Call) -> object:
    coupling = call.platform.store.get(Coupling, call.part("coupling"))
    return _show_coupling(call.platform, found(coupling, "pipeline coupling"))


@routes("PATCH", "/pipeline-couplings/{coupling}")
async def move(call: Call) -> object:
    coupling = found(call.platform.store.get(Coupling, call.part("coupling")), "pipeline coupling")
    coupling.stage = check_stage(call.body.get("stage"))
    call.platform.store.save(coupling)
    return _show_coupling(call.platform, coupling)


@routes("DELETE", "/pipeline-couplings/{coupling}")
async def uncouple(call: Call) -> object:
    coupling = found(call.platform.store.get(Coupling, call.part("coupling")), "pipeline coupling")
    shown = _show_coupling(call.platform, coupling)
    call.platform.store.delete(coupling)
    return shown


@routes("POST", "/pipeline-promotions")
async def promote(call: Call) -> object:
    """Begin a promotion; it goes on after the answer."""
    pipeline = _pipeline(call, identity(call.body, "pipeline"))
    source_body = call.body.get("source")
    source = call.platform.find_app(identity(source_body, "app"))
    release = None
    if isinstance(source_body, dict) and source_body.get("release"):
        version = identity(source_body, "release")
        release = found(call.platform.releases.find(source, version), "release")
    targets = call.body.get("targets")
    if not isinstance(targets, list):
        raise invalid("targets must be an array.")
    apps: list[App] = [call.platform.find_app(identity(each, "app")) for each in targets]
    promotion = call.platform.promotions.start(pipeline, source, release, apps)
    return Answer(_show_promotion(promotion), 201)


@routes("GET", "/pipeline-promotions/{promotion}")
async def promotion_info(call: Call) -> object:
    return _show_promotion(_promotion(call))


@routes("GET", "/pipeline-promotions/{promotion}/promotion-targets")
async def promotion_targets(call: Call) -> object:
    promotion = _promotion(call)
    return [
        {
            "id": target.id,
            "app": {"id": target.app_id},
            "error_message": target.error_message,
            "pipeline_promotion": {"id": promotion.id},
            "release": {"id": target.release_id} if target.release_id else None,
            "status": target.status,
        }
        for target in call.platform.store.all(PromotionTarget, promotion_id=promotion.id)
    ]


def _promotion(call: Call) -> Promotion:
    promotion = call.platform.store.get(Promotion, call.part("promotion"))
    return found(promotion, "pipeline promotion")
