"""App features. Preboot and the dynos' metadata change what the sandbox does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from minion.sandbox.api.http import Call, Routes
from minion.sandbox.api.named import named
from minion.sandbox.errors import NotFound, invalid
from minion.sandbox.state.records import METADATA, App

routes = Routes()
DEV_CENTER = "https://devcenter.heroku.com/articles/"


@dataclass(frozen=True)
class Feature:
    """What is the same for all apps; only features in state "general" are listed by the CLI."""

    name: str
    description: str
    doc_url: str
    state: str = "general"


FEATURES = (
    Feature(
        "http-session-affinity",
        "Send all requests of a client to the same web dyno",
        DEV_CENTER + "session-affinity",
    ),
    Feature(
        "log-runtime-metrics",
        "Write the load and memory of dynos to the log",
        DEV_CENTER + "log-runtime-metrics",
    ),
    Feature(
        "preboot",
        "Boot new web dynos before the old ones stop",
        DEV_CENTER + "preboot",
    ),
    Feature(
        METADATA,
        "Tell dynos in variables of which app and release they are",
        DEV_CENTER + "dyno-metadata",
        "beta",
    ),
)


def _find(identity: str) -> Feature:
    for feature in FEATURES:
        if identity in (feature.name, named("feature", feature.name)["id"]):
            return feature
    raise NotFound("feature")


def _show(app: App, feature: Feature) -> dict[str, Any]:
    return {
        "id": named("feature", feature.name)["id"],
        "name": feature.name,
        "created_at": app.created_at,
        "description": feature.description,
        "display_name": feature.name,
        "doc_url": feature.doc_url,
        "enabled": app.features.get(feature.name, False),
        "feedback_email": "feedback@example.com",
        "state": feature.state,
        "updated_at": app.updated_at,
    }


@routes("GET", "/apps/{app}/features")
async def list_all(call: Call) -> object:
    app = call.app()
    return [_show(app, feature) for feature in FEATURES]


@routes("GET", "/apps/{app}/features/{feature}")
async def info(call: Call) -> object:
    return _show(call.app(), _find(call.part("feature")))


@routes("PATCH", "/apps/{app}/features/{feature}")
async def update(call: Call) -> object:
    """Switch a feature; preboot counts from the next release on and restarts nothing."""
    app, feature = call.app(), _find(call.part("feature"))
    enabled = call.body.get("enabled")
    if not isinstance(enabled, bool):
        raise invalid("enabled must be true or false.")
    app.features[feature.name] = enabled
    call.platform.store.save(app)
    return _show(app, feature)
