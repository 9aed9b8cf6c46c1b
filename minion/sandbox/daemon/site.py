"""All that the sandbox serves on the API's port."""

from __future__ import annotations

from aiohttp import web

from minion.sandbox.api import (
    account,
    addons,
    apps,
    attachments,
    buildpacks,
    builds,
    config_vars,
    dynos,
    features,
    formation,
    logs,
    pipelines,
    places,
    releases,
    slugs,
    streams,
)
from minion.sandbox.api.http import manners
from minion.sandbox.controls.controls import Controls
from minion.sandbox.controls.faults import Faults
from minion.sandbox.data_api import databases, downloads, transfers
from minion.sandbox.platform import Platform

NOUNS = (
    account,
    addons,
    apps,
    attachments,
    buildpacks,
    builds,
    config_vars,
    dynos,
    features,
    formation,
    logs,
    pipelines,
    places,
    releases,
    slugs,
    databases,
    transfers,
)
LARGEST_BODY_BYTES = 8 * 1024 * 1024


def make_site(platform: Platform) -> web.Application:
    """The Platform API, the data API, git and the controls, on one port."""
    faults = Faults(platform.tuning)
    site = web.Application(
        middlewares=[faults.middleware, manners(platform)], client_max_size=LARGEST_BODY_BYTES
    )
    for noun in NOUNS:
        noun.routes.mount(site, platform)
    logs.mount(site, platform)
    streams.mount(site, platform)
    downloads.mount(site, platform)
    Controls(platform, faults).mount(site)
    platform.git.mount(site)
    platform.git.watch(faults.middleware)
    return site
