"""Add-ons and their attachments."""

from __future__ import annotations

from typing import Any

from minion.sandbox.addons.addons import SERVICE
from minion.sandbox.api.apps import reference
from minion.sandbox.api.http import Answer, Call, Routes
from minion.sandbox.api.named import named
from minion.sandbox.errors import NotFound, found, invalid
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import AddOn, App, Attachment

routes = Routes()


def _show(platform: Platform, addon: AddOn) -> dict[str, Any]:
    owner = platform.find_app(addon.app_id)
    attached = platform.store.all(Attachment, addon_id=addon.id, app_id=owner.id)
    return {
        "id": addon.id,
        "actions": [],
        "addon_service": named("addon-service", SERVICE),
        "app": reference(owner),
        "billed_price": {"cents": 0, "contract": False, "unit": "month"},
        "billing_entity": {**reference(owner), "type": "app"},
        "config_vars": [f"{each.name}_URL" for each in attached],
        "created_at": addon.created_at,
        "name": addon.name,
        "plan": named("plan", addon.plan),
        "provider_id": addon.id,
        "state": "provisioned",
        "updated_at": addon.updated_at,
        "web_url": None,
    }


def _show_attachment(
    platform: Platform, attachment: Attachment, inclusion: str = ""
) -> dict[str, Any]:
    """An attachment, with what the Accept-Inclusion header asks for beyond the schema."""
    addon = found(platform.store.get(AddOn, attachment.addon_id), "add_on")
    inner: dict[str, Any] = {
        "id": addon.id,
        "name": addon.name,
        "app": reference(platform.find_app(addon.app_id)),
    }
    if "addon:plan" in inclusion:
        inner["plan"] = named("plan", addon.plan)
    body: dict[str, Any] = {
        "id": attachment.id,
        "addon": inner,
        "app": reference(platform.find_app(attachment.app_id)),
        "created_at": attachment.created_at,
        "log_input_url": None,
        "name": attachment.name,
        "namespace": None,
        "updated_at": attachment.updated_at,
        "web_url": None,
    }
    if "config_vars" in inclusion:
        body["config_vars"] = [f"{attachment.name}_URL"]
    return body


def _find(platform: Platform, identity: str) -> AddOn | None:
    return platform.store.find(AddOn, identity)


def _find_attachment(call: Call) -> Attachment:
    attachment = call.platform.store.get(Attachment, call.part("attachment"))
    return found(attachment, "add_on attachment")


def _attached(platform: Platform, app: App) -> list[tuple[Attachment, AddOn]]:
    pairs = [
        (each, platform.store.get(AddOn, each.addon_id))
        for each in platform.store.all(Attachment, app_id=app.id)
    ]
    return [(attachment, addon) for attachment, addon in pairs if addon]


def _inclusion(call: Call) -> str:
    return call.request.headers.get("Accept-Inclusion", "")


@routes("GET", "/addons")
async def list_all(call: Call) -> object:
    return [_show(call.platform, addon) for addon in call.platform.store.all(AddOn)]


@routes("GET", "/addons/{addon}")
async def info(call: Call) -> object:
    return _show(call.platform, found(_find(call.platform, call.part("addon")), "add_on"))


@routes("GET", "/apps/{app}/addons")
async def of_app(call: Call) -> object:
    pairs = _attached(call.platform, call.app())
    unique = {addon.id: addon for _, addon in pairs}
    return [_show(call.platform, addon) for addon in unique.values()]


@routes("GET", "/apps/{app}/addons/{addon}")
async def info_in_app(call: Call) -> object:
    for attachment, addon in _attached(call.platform, call.app()):
        if call.part("addon") in (addon.id, addon.name, attachment.name):
            return _show(call.platform, addon)
    raise NotFound("add_on")


@routes("POST", "/apps/{app}/addons")
async def create(call: Call) -> object:
    plan, name = call.body.get("plan"), call.body.get("name")
    if not isinstance(plan, str) or not (name is None or isinstance(name, str)):
        raise invalid("plan is required, and name must be text.")
    addon = await call.platform.addons.provision(call.app(), plan, name)
    return Answer(_show(call.platform, addon), 201)


@routes("DELETE", "/apps/{app}/addons/{addon}")
async def destroy(call: Call) -> object:
    addon = found(_find(call.platform, call.part("addon")), "add_on")
    if addon.app_id != call.app().id:
        raise NotFound("add_on")
    shown = _show(call.platform, addon)
    await call.platform.addons.destroy(addon)
    return {**shown, "state": "deprovisioned"}


@routes("POST", "/actions/addons/resolve")
async def resolve(call: Call) -> object:
    """The add-ons that a name, an id or (with an app) an attachment's name can mean."""
    wanted, platform = str(call.body.get("addon")), call.platform
    named_ = [each for each in platform.store.all(AddOn) if wanted in (each.id, each.name)]
    if not named_ and call.body.get("app"):
        pairs = _attached(platform, platform.find_app(str(call.body["app"])))
        named_ = [addon for attachment, addon in pairs if _matches(attachment, wanted)]
    if not named_:
        raise NotFound("add_on")
    return [_show(platform, addon) for addon in named_]


@routes("GET", "/addon-attachments")
async def list_attachments(call: Call) -> object:
    attachments = call.platform.store.all(Attachment)
    return [_show_attachment(call.platform, each, _inclusion(call)) for each in attachments]


@routes("GET", "/addon-attachments/{attachment}")
async def attachment_info(call: Call) -> object:
    attachment = _find_attachment(call)
    return _show_attachment(call.platform, attachment, _inclusion(call))


@routes("GET", "/apps/{app}/addon-attachments")
async def attachments_of_app(call: Call) -> object:
    pairs = _attached(call.platform, call.app())
    return [_show_attachment(call.platform, each, _inclusion(call)) for each, _ in pairs]


@routes("GET", "/apps/{app}/addon-attachments/{attachment}")
async def attachment_in_app(call: Call) -> object:
    for attachment, _ in _attached(call.platform, call.app()):
        if call.part("attachment") in (attachment.id, attachment.name):
            return _show_attachment(call.platform, attachment, _inclusion(call))
    raise NotFound("add_on attachment")


@routes("GET", "/addons/{addon}/addon-attachments")
async def attachments_of_addon(call: Call) -> object:
    addon = found(_find(call.platform, call.part("addon")), "add_on")
    attachments = call.platform.store.all(Attachment, addon_id=addon.id)
    return [_show_attachment(call.platform, each, _inclusion(call)) for each in attachments]


@routes("POST", "/addon-attachments")
async def attach(call: Call) -> object:
    """Attach a database to one more app, or under one more name.

    A name that another add-on has must be confirmed by the app's name.
    """
    addon = found(_find(call.platform, str(call.body.get("addon"))), "add_on")
    app = call.platform.find_app(str(call.body.get("app")))
    name = call.body.get("name")
    if name is not None and not isinstance(name, str):
        raise invalid("name must be text.")
    taken = call.platform.store.first(Attachment, app_id=app.id, name=name) if name else None
    if taken and call.body.get("confirm") != app.name:
        raise invalid(f"{name} is already an attachment of {app.name}; confirm to replace it.")
    attachment = await call.platform.attachments.attach(addon, app, name)
    return Answer(_show_attachment(call.platform, attachment), 201)


@routes("DELETE", "/addon-attachments/{attachment}")
async def detach(call: Call) -> object:
    attachment = _find_attachment(call)
    shown = _show_attachment(call.platform, attachment)
    await call.platform.attachments.detach(attachment)
    return shown


@routes("POST", "/actions/addon-attachments/resolve")
async def resolve_attachment(call: Call) -> object:
    """The attachments of an app that a name, a config var's name or an add-on's can mean."""
    wanted, platform = str(call.body.get("addon_attachment")), call.platform
    if call.body.get("app"):
        candidates = platform.store.all(
            Attachment, app_id=platform.find_app(str(call.body["app"])).id
        )
    else:
        candidates = platform.store.all(Attachment)
    named_ = platform.store.first(AddOn, name=wanted)
    matching = [
        each
        for each in candidates
        if _matches(each, wanted) or (named_ and each.addon_id == named_.id)
    ]
    if not matching:
        raise NotFound("add_on attachment")
    return [_show_attachment(platform, each, _inclusion(call)) for each in matching]


def _matches(attachment: Attachment, wanted: str) -> bool:
    return wanted in (attachment.id, attachment.name, f"{attachment.name}_URL", attachment.addon_id)
