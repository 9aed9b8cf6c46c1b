"""What Heroku says of a project's apps: the pipeline that they are in, with its stages."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from minion.commands.init.guesses import Place, by_pipeline
from minion.errors import NotFound
from minion.heroku.records import Coupling

if TYPE_CHECKING:
    from minion.heroku import Heroku


def places(heroku: Heroku, apps: Sequence[str], name: str) -> list[Place]:
    """The environments of the pipeline that one of `apps` is in, else of the one called `name`.

    Empty where there is no such pipeline.

    Raises:
        HerokuError: Heroku cannot be asked, `Unauthorized` without a token.
    """
    pipeline = _pipeline(heroku, apps, name)
    if pipeline is None:
        return []
    pipeline_id, pipeline_name = pipeline
    couplings = heroku.pipelines.couplings(pipeline_id)
    with ThreadPoolExecutor(max_workers=8) as pool:
        named = list(pool.map(lambda one: _named(heroku, one), couplings))
        staged = [pair for pair in named if pair is not None]
        apps = [app for _, app in staged]
        preboot = [app for app, is_on in zip(apps, pool.map(heroku.apps.is_preboot, apps)) if is_on]
    return by_pipeline(pipeline_name, staged, preboot)


def _pipeline(heroku: Heroku, apps: Sequence[str], name: str) -> tuple[str, str] | None:
    for app in apps:
        coupling = heroku.pipelines.coupling(app)
        if coupling is not None:
            return coupling.pipeline_id, coupling.pipeline_name
    return heroku.pipelines.find(name)


def _named(heroku: Heroku, coupling: Coupling) -> tuple[str, str] | None:
    """Stage and app; None for an app that the token may not see."""
    try:
        return coupling.stage, heroku.apps.get(coupling.app_id).name
    except NotFound:
        return None
