"""The token, and each app with its pipeline and its databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from minion.commands.doctor.findings import Finding
from minion.errors import MinionError
from minion.operations.databases import databases_above
from minion.settings import Environment, Settings

if TYPE_CHECKING:
    from minion.heroku import Heroku


def token(heroku: Heroku) -> Finding:
    """Whether there is one that Heroku accepts."""
    try:
        return Finding(f"Heroku accepts the token of {heroku.account_email()}")
    except MinionError as error:
        return Finding("the Heroku token", str(error))


def check(settings: Settings, heroku: Heroku) -> Iterator[Finding]:
    """Every app, then the databases of every environment; all are asked for at once."""
    with ThreadPoolExecutor(max_workers=16) as pool:
        checks = [
            pool.submit(_app, settings, heroku, environment, app)
            for environment in settings.environments
            for app in environment.apps
        ]
        shared = [
            pool.submit(_databases, settings, heroku, environment)
            for environment in settings.environments
        ]
        for each in (*checks, *shared):
            yield from each.result()


def _app(settings: Settings, heroku: Heroku, environment: Environment, app: str) -> list[Finding]:
    return list(_findings(settings, heroku, environment, app))


def _findings(
    settings: Settings, heroku: Heroku, environment: Environment, app: str
) -> Iterator[Finding]:
    subject = f"{environment.name}: {app}"
    try:
        found = heroku.apps.get(app)
        yield Finding(f"{subject} can be read")
        if not found.has_page:
            yield Finding(
                f"{subject} is of the Fir generation",
                "without maintenance page and slugs: deployments, rollbacks and moves of data that "
                "need the page are refused",
                is_note=True,
            )
        preboot = heroku.apps.is_preboot(app)
        if environment.preboot and not preboot:
            how = "is off" if preboot is False else "is not offered for this app"
            yield Finding(f"{subject} preboot", f"{how}: heroku features:enable preboot -a {app}")
        below = settings.below(environment)
        if environment.pipeline and below is not None:
            yield _pipeline(heroku, subject, app, below)
    except MinionError as error:
        yield Finding(subject, str(error))


def _databases(settings: Settings, heroku: Heroku, environment: Environment) -> list[Finding]:
    """Whether what is done to the environment is done to no database of one above."""
    subject = f"{environment.name}: databases"
    try:
        above = databases_above(settings, environment, heroku, copies=True)
    except MinionError as error:
        return [Finding(subject, str(error))]
    if above.shared:
        return [Finding(subject, f"{one}; give it a database of its own") for one in above.shared]
    return [] if environment.is_top else [Finding(f"{subject} are its own")]


def _pipeline(heroku: Heroku, subject: str, app: str, below: Environment) -> Finding:
    coupling = heroku.pipelines.coupling(app)
    subject = f"{subject} pipeline"
    if coupling is None:
        return Finding(subject, "in none: heroku pipelines:add")
    sources = {one.app_id for one in heroku.pipelines.couplings(coupling.pipeline_id)}
    if not any(heroku.apps.get(name).id in sources for name in below.apps):
        return Finding(subject, f"{coupling.pipeline_name} has no app of {below.name}")
    return Finding(f"{subject} {coupling.pipeline_name}, stage {coupling.stage}")
