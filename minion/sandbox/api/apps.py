"""Apps and their collaborators."""

from __future__ import annotations

from typing import Any

from minion.sandbox.api.bodies import flag, identity_of, text
from minion.sandbox.api.http import Answer, Call, Routes
from minion.sandbox.api.named import named
from minion.sandbox.api.places import region_name, stack_name
from minion.sandbox.errors import invalid
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import App, Slug

routes = Routes()
CEDAR = named("generation", "cedar")


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
        "build_stack": named("stack", app.stack),
        "buildpack_provided_description": "Python" if slug else None,
        "created_at": app.created_at,
        "generation": CEDAR,
        "git_url": f"https://{platform.git_host}/{app.name}.git",
        "internal_routing": None,
        "maintenance": app.maintenance,
        "organization": None,
        "owner": user(platform),
        "region": named("region", app.region),
        "released_at": app.released_at,
        "repo_size": None,
        "slug_size": slug.size_bytes if slug else None,
        "space": None,
        "stack": named("stack", slug.stack if slug else app.stack),
        "team": None,
        "updated_at": app.updated_at,
        "web_url": app.web_url,
    }


@routes("GET", "/apps")
async def list_all(call: Call) -> object:
    return [show(call.platform, app) for app in call.platform.store.all(App)]


@routes("POST", "/apps")
async def create(call: Call) -> object:
    """A new app, under a name that is made up where none is asked for."""
    app = await call.platform.create_app(
        text(call.body, "name"),
        region=region_name(call.body.get("region")),
        stack=stack_name(call.body.get("stack")),
    )
    return Answer(show(call.platform, app), 201)


@routes("GET", "/apps/{app}")
async def info(call: Call) -> object:
    return show(call.platform, call.app())


@routes("PATCH", "/apps/{app}")
async def update(call: Call) -> object:
    """Maintenance mode, of which routers know at once; the name; the next build's stack.

    No release is made.
    """
    app = call.app()
    maintenance = flag(call.body, "maintenance", app.maintenance)
    name = text(call.body, "name") or app.name
    stack = stack_name(call.body.get("build_stack"), app.stack)
    if stack != app.stack:
        app.stack = stack
        call.platform.store.save(app)
    if name != app.name:
        call.platform.rename(app, name)
    if maintenance != app.maintenance:
        app.maintenance = maintenance
        call.platform.store.save(app)
        state = "on" if maintenance else "off"
        email = call.platform.installation.email
        call.platform.running.of(app).log.add("app[api]", f"Maintenance mode {state} by {email}")
    return show(call.platform, app)


@routes("DELETE", "/apps/{app}")
async def destroy(call: Call) -> object:
    app = call.app()
    shown = show(call.platform, app)
    await call.platform.destroy_app(app)
    return shown


@routes("POST", "/filters/apps")
async def filter_apps(call: Call) -> object:
    """The apps with these ids or, as the schema has it too, these names."""
    wanted = call.body.get("in")
    if not isinstance(wanted, dict):
        raise invalid("in must be an object.")
    lists = [wanted.get(key) for key in ("id", "name")]
    named_ = {identity_of(each) for names in lists if isinstance(names, list) for each in names}
    apps = call.platform.store.where(App, lambda app: bool({app.id, app.name} & named_))
    return [show(call.platform, app) for app in apps]


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
