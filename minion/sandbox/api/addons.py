"""Add-ons: databases, and what their names can mean."""

from __future__ import annotations

from typing import Any

from minion.sandbox.addons.addons import SERVICE
from minion.sandbox.api.apps import reference
from minion.sandbox.api.bodies import identity, identity_of, text
from minion.sandbox.api.http import Answer, Call, Routes
from minion.sandbox.api.named import named
from minion.sandbox.errors import NotFound, found, invalid
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import AddOn, App, Attachment

routes = Routes()


def _show(platform: Platform, addon: AddOn) -> dict[str, Any]:
    owner = platform.find_app(addon.app_id)
    own = platform.store.all(Attachment, addon_id=addon.id, app_id=owner.id)
    return {
        "id": addon.id,
        "actions": [],
        "addon_service": named("addon-service", SERVICE),
        "app": reference(owner),
        "billed_price": {"cents": 0, "contract": False, "unit": "month"},
        "billing_entity": {**reference(owner), "type": "app"},
        "config_vars": [f"{each.name}_URL" for each in own],
        "created_at": addon.created_at,
        "name": addon.name,
        "plan": named("plan", addon.plan),
        "provider_id": addon.id,
        "state": "provisioned",
        "updated_at": addon.updated_at,
        "web_url": None,
    }


def find(platform: Platform, identity: str) -> AddOn:
    """The add-on with this name or id, or with this attachment, as ``app::DATABASE``.

    Dev Center: Heroku Postgres, "Sharing Heroku Postgres Between Applications".

    Raises:
        NotFound: there is none.
    """
    owner, colons, name = identity.partition("::")
    if not colons:
        return found(platform.store.find(AddOn, identity), "add_on")
    app = found(platform.store.find(App, owner), "add_on")
    pairs = attached(platform, app)
    return found(next((addon for one, addon in pairs if matches(one, name)), None), "add_on")


def attached(platform: Platform, app: App) -> list[tuple[Attachment, AddOn]]:
    """An app's attachments, each with its add-on."""
    pairs = [
        (each, platform.store.get(AddOn, each.addon_id))
        for each in platform.store.all(Attachment, app_id=app.id)
    ]
    return [(attachment, addon) for attachment, addon in pairs if addon]


@routes("GET", "/addons")
async def list_all(call: Call) -> object:
    return [_show(call.platform, addon) for addon in call.platform.store.all(AddOn)]


@routes("GET", "/addons/{addon}")
async def info(call: Call) -> object:
    return _show(call.platform, find(call.platform, call.part("addon")))


@routes("GET", "/apps/{app}/addons")
async def of_app(call: Call) -> object:
    pairs = attached(call.platform, call.app())
    unique = {addon.id: addon for _, addon in pairs}
    return [_show(call.platform, addon) for addon in unique.values()]


@routes("GET", "/apps/{app}/addons/{addon}")
async def info_in_app(call: Call) -> object:
    for attachment, addon in attached(call.platform, call.app()):
        if call.part("addon") in (addon.id, addon.name, attachment.name):
            return _show(call.platform, addon)
    raise NotFound("add_on")


@routes("POST", "/apps/{app}/addons")
async def create(call: Call) -> object:
    attachment = call.body.get("attachment")
    addon = await call.platform.addons.provision(
        call.app(),
        identity(call.body, "plan"),
        text(call.body, "name"),
        text(attachment, "name") if isinstance(attachment, dict) else None,
    )
    return Answer(_show(call.platform, addon), 201)


@routes("PATCH", "/apps/{app}/addons/{addon}")
async def update(call: Call) -> object:
    """Another name; another plan is what the sandbox cannot give a database that is there."""
    addon = find(call.platform, call.part("addon"))
    if addon.app_id != call.app().id:
        raise NotFound("add_on")
    if call.body.get("plan") is not None:
        raise invalid("The sandbox changes no plan: make another database, pg:copy, pg:promote.")
    call.platform.addons.rename(addon, text(call.body, "name") or "")
    return _show(call.platform, addon)


@routes("DELETE", "/apps/{app}/addons/{addon}")
async def destroy(call: Call) -> object:
    addon = find(call.platform, call.part("addon"))
    if addon.app_id != call.app().id:
        raise NotFound("add_on")
    shown = _show(call.platform, addon)
    await call.platform.addons.destroy(addon)
    return {**shown, "state": "deprovisioned"}


@routes("POST", "/actions/addons/resolve")
async def resolve(call: Call) -> object:
    """The add-ons that a name, an id or (with an app) an attachment's name can mean."""
    wanted, platform = identity(call.body, "addon"), call.platform
    named_ = [each for each in platform.store.all(AddOn) if wanted in (each.id, each.name)]
    app = identity_of(call.body.get("app"))
    if not named_ and app:
        pairs = attached(platform, platform.find_app(app))
        named_ = [addon for attachment, addon in pairs if matches(attachment, wanted)]
    if not named_:
        raise NotFound("add_on")
    return [_show(platform, addon) for addon in named_]


def matches(attachment: Attachment, wanted: str) -> bool:
    """Whether a client that asks for `wanted` can mean this attachment."""
    return wanted in (attachment.id, attachment.name, f"{attachment.name}_URL", attachment.addon_id)
