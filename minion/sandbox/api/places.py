"""Where apps are and what they run on: regions and stacks.

Dev Center: Regions; Stacks. The sandbox remembers them and builds alike on all.
"""

from __future__ import annotations

from typing import Any

from minion.sandbox.api.bodies import identity_of
from minion.sandbox.api.http import Call, Routes
from minion.sandbox.api.named import named
from minion.sandbox.errors import ApiError, NotFound, invalid
from minion.sandbox.state.records import DEFAULT_REGION, DEFAULT_STACK

routes = Routes()
#: Each with its country, its place and what its provider calls it.
REGIONS = {
    "us": ("United States", "Virginia", "us-east-1"),
    "eu": ("Europe", "Ireland", "eu-west-1"),
}
STACKS = ("heroku-22", "heroku-24")
#: Known to Heroku, and nothing that the sandbox can build.
OTHER_STACKS = ("cnb", "container")


def region_name(given: object, otherwise: str = DEFAULT_REGION) -> str:
    """A region's name, from an identity; `otherwise` where none is given.

    Raises:
        ApiError: there is no such region.
    """
    return _one_of(tuple(REGIONS), "region", given, otherwise)


def stack_name(given: object, otherwise: str = DEFAULT_STACK) -> str:
    """A stack's name, from an identity; `otherwise` where none is given.

    Raises:
        ApiError: there is no such stack, or the sandbox cannot build on it.
    """
    name = _one_of(STACKS + OTHER_STACKS, "stack", given, otherwise)
    if name in OTHER_STACKS:
        raise invalid(f"The sandbox builds Python only, on {' or '.join(STACKS)}; not on {name}.")
    return name


def _one_of(names: tuple[str, ...], kind: str, given: object, otherwise: str) -> str:
    if given is None:
        return otherwise
    wanted = identity_of(given)
    for name in names:
        if wanted in (name, named(kind, name)["id"]):
            return name
    raise _none(kind)


def _none(kind: str) -> ApiError:
    return ApiError(422, "invalid_params", f"Couldn't find that {kind}.", kind)


def _show_region(call: Call, name: str) -> dict[str, Any]:
    country, locale, provided_as = REGIONS[name]
    made = call.platform.installation
    return {
        **named("region", name),
        "country": country,
        "created_at": made.created_at,
        "description": country,
        "locale": locale,
        "private_capable": False,
        "provider": {"name": "amazon-web-services", "region": provided_as},
        "updated_at": made.created_at,
    }


def _show_stack(call: Call, name: str) -> dict[str, Any]:
    made = call.platform.installation
    return {
        **named("stack", name),
        "created_at": made.created_at,
        "default": name == DEFAULT_STACK,
        "state": "public",
        "updated_at": made.created_at,
    }


@routes("GET", "/regions")
async def regions(call: Call) -> object:
    return [_show_region(call, name) for name in REGIONS]


@routes("GET", "/regions/{region}")
async def region(call: Call) -> object:
    return _show_region(call, _from_path(call, "region", tuple(REGIONS)))


@routes("GET", "/stacks")
async def stacks(call: Call) -> object:
    return [_show_stack(call, name) for name in STACKS]


@routes("GET", "/stacks/{stack}")
async def stack(call: Call) -> object:
    return _show_stack(call, _from_path(call, "stack", STACKS))


def _from_path(call: Call, kind: str, names: tuple[str, ...]) -> str:
    for name in names:
        if call.part(kind) in (name, named(kind, name)["id"]):
            return name
    raise NotFound(kind)
