"""Attachments: add-ons as apps see them."""

from __future__ import annotations

from typing import Any

from minion.sandbox.addons.attachments import check_name
from minion.sandbox.api.addons import attached, find, matches
from minion.sandbox.api.apps import reference
from minion.sandbox.api.bodies import identity, identity_of, text
from minion.sandbox.api.http import Answer, Call, Routes
from minion.sandbox.api.named import named
from minion.sandbox.errors import NotFound, found, invalid
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import AddOn, Attachment

routes = Routes()


def _show(platform: Platform, attachment: Attachment, inclusion: str = "") -> dict[str, Any]:
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


def _find(call: Call) -> Attachment:
    attachment = call.platform.store.get(Attachment, call.part("attachment"))
    return found(attachment, "add_on attachment")


def _inclusion(call: Call) -> str:
    return call.request.headers.get("Accept-Inclusion", "")


@routes("GET", "/addon-attachments")
async def list_all(call: Call) -> object:
    attachments = call.platform.store.all(Attachment)
    return [_show(call.platform, each, _inclusion(call)) for each in attachments]


@routes("GET", "/addon-attachments/{attachment}")
async def info(call: Call) -> object:
    attachment = _find(call)
    return _show(call.platform, attachment, _inclusion(call))


@routes("GET", "/apps/{app}/addon-attachments")
async def of_app(call: Call) -> object:
    pairs = attached(call.platform, call.app())
    return [_show(call.platform, each, _inclusion(call)) for each, _ in pairs]


@routes("GET", "/apps/{app}/addon-attachments/{attachment}")
async def info_in_app(call: Call) -> object:
    for attachment, _ in attached(call.platform, call.app()):
        if call.part("attachment") in (attachment.id, attachment.name):
            return _show(call.platform, attachment, _inclusion(call))
    raise NotFound("add_on attachment")


@routes("GET", "/addons/{addon}/addon-attachments")
async def of_addon(call: Call) -> object:
    addon = find(call.platform, call.part("addon"))
    attachments = call.platform.store.all(Attachment, addon_id=addon.id)
    return [_show(call.platform, each, _inclusion(call)) for each in attachments]


@routes("POST", "/addon-attachments")
async def attach(call: Call) -> object:
    """Attach a database to one more app, or under one more name.

    A name that another add-on has must be confirmed by the app's name.
    """
    addon = find(call.platform, identity(call.body, "addon"))
    app = call.platform.find_app(identity(call.body, "app"))
    name = text(call.body, "name")
    if name is not None:
        name = check_name(name)
    taken = call.platform.store.first(Attachment, app_id=app.id, name=name) if name else None
    if taken and identity_of(call.body.get("confirm")) != app.name:
        raise invalid(f"{name} is already an attachment of {app.name}; confirm to replace it.")
    attachment = await call.platform.attachments.attach(addon, app, name)
    return Answer(_show(call.platform, attachment), 201)


@routes("DELETE", "/addon-attachments/{attachment}")
async def detach(call: Call) -> object:
    attachment = _find(call)
    shown = _show(call.platform, attachment)
    await call.platform.attachments.detach(attachment)
    return shown


@routes("POST", "/actions/addon-attachments/resolve")
async def resolve(call: Call) -> object:
    """The attachments of an app that a name, a config var's name or an add-on's can mean."""
    wanted, platform = identity(call.body, "addon_attachment"), call.platform
    app = identity_of(call.body.get("app"))
    if app:
        candidates = platform.store.all(Attachment, app_id=platform.find_app(app).id)
    else:
        candidates = platform.store.all(Attachment)
    named_ = platform.store.first(AddOn, name=wanted)
    matching = [
        each
        for each in candidates
        if matches(each, wanted) or (named_ and each.addon_id == named_.id)
    ]
    if not matching:
        raise NotFound("add_on attachment")
    return [_show(platform, each, _inclusion(call)) for each in matching]
