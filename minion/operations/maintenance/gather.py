"""Facts about the pages of an environment: reads only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from minion.engine.operation import Before
from minion.operations.maintenance.facts import MaintenanceFacts
from minion.operations.maintenance.request import MaintenanceRequest

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.heroku import Heroku
    from minion.settings import Settings


def gather(
    request: MaintenanceRequest, settings: Settings, heroku: Heroku, repository: Repository
) -> MaintenanceFacts:
    """Which pages are up.

    Raises:
        HerokuError: an app cannot be read.
    """
    apps = settings.environment(request.environment).apps
    with ThreadPoolExecutor(max_workers=8) as pool:
        found = list(pool.map(heroku.apps.get, apps))
    return MaintenanceFacts(
        before=tuple(Before(app, None, None, 0) for app in apps),
        up=frozenset(name for name, app in zip(apps, found) if app.maintenance),
    )
