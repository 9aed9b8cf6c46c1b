"""Apps and their collaborators."""

from __future__ import annotations

from typing import Any

from minion.sandbox.api.http import Answer, Call, Routes
from minion.sandbox.api.named import named
from minion.sandbox.errors import invalid
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import App, Slug

routes = Routes()
CEDAR = named("generation", "cedar")
REGION = named("region", "us")
STACK = named("stack", "heroku-24")


def reference(app: App) -> dict[str, str]:
    """An app inside of another answer."""
    return {"id": app.id, "name": app.name}


def user(platform: Platform) -> dict[str, str]:
    """The sandbox's one user inside of another answer."""
    return {"id": platform.installation.id, "email": platform.installation.email}


def show(platform: Platform, app: App) -> dict[str, Any]:
    """An app."""
    release = platform.formations.current(app)
    slug = platform.store.get(Slug, release.slug_id) if release else None
    return {
        "id": app.id,
        "name": app.name,
        "acm": False,
        "archived_at": None,
        "build_stack": STACK,
        "buildpack_provided_description": "Python" if slug else None,
        "created_at": app.created_at,
        "generation": CEDAR,
        "git_url": f"https://{platform.git_host}/{app.name}.git",
        "internal_routing": None,
        "maintenance": app.maintenance,
        "organization": None,
        "owner": user(platform),
        "region": REGION,
        "released_at": app.released_at,
        "repo_size": None,
        "slug_size": slug.size_bytes if slug else None,
        "space": None,
        "stack": STACK,
        "team": None,
        "updated_at": app.updated_at,
        "web_url": app.web_url,
    }


@routes("GET", "/apps")
async def list_all(call: Call) -> object:
    return [show(call.platform, app) for app in call.platform.store.all(App)]


@routes("POST", "/apps")
async def create(call: Call) -> object:
    name = call.body.get("name")
    if not isinstance(name, str):
        raise invalid("The sandbox makes up no names: name is required.")
    return Answer(show(call.platform, await call.platform.create_app(name)), 201)


@routes("GET", "/apps/{app}")
async def info(call: Call) -> object:
    return show(call.platform, call.app())


@routes("PATCH", "/apps/{app}")
async def update(call: Call) -> object:
    """Maintenance mode, of which routers know at once, and the name. No release is made."""
    app = call.app()
    maintenance = call.body.get("maintenance", app.maintenance)
    if not isinstance(maintenance, bool):
        raise invalid("maintenance must be true or false.")
    name = call.body.get("name", app.name)
    if name != app.name:
        call.platform.rename(app, name)
    if maintenance != app.maintenance:
        app.maintenance = maintenance
        call.platform.store.save(app)
        state = "on" if maintenance else "off"
        email = call.platform.installation.email
        call.platform.running.of(app).log.add("app[api]", f"Maintenance mode {state} by {email}")
    return show(call.platform, app)


@routes("POST", "/filters/apps")
async def filter_apps(call: Call) -> object:
    wanted = call.body.get("in", {}).get("id", [])
    return [show(call.platform, app) for app in call.platform.store.all(App) if app.id in wanted]


@routes("GET", "/apps/{app}/collaborators")
async def collaborators(call: Call) -> object:
    app = call.app()
    return [
        {
            "id": call.platform.installation.id,
            "app": reference(app),
            "created_at": app.created_at,
            "permissions": [],
            "role": "owner",
            "updated_at": app.updated_at,
            "user": {**user(call.platform), "federated": False},
        }
    ]
