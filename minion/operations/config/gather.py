"""Facts about both sides of the config vars: reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from minion.database_url import DatabaseId
from minion.engine.operation import Before, Work
from minion.errors import Forbidden, NotFound, Refused
from minion.operations.config.facts import (
    Comparison,
    ConfigFacts,
    check,
    check_managed,
    compare,
    databases,
)
from minion.operations.config.request import ConfigRequest
from minion.operations.databases import databases_above
from minion.settings.envfile import file_of, read
from minion.settings.publication import look_at
from minion.steps import SetConfigVars, Step
from minion.steps.world import ConfigValues, World

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.heroku import Heroku
    from minion.settings import Environment, Settings


def gather(
    request: ConfigRequest, settings: Settings, heroku: Heroku, repository: Repository
) -> ConfigFacts:
    """What there is to know before config vars can be set.

    Raises:
        SettingsError: the env file is not there, or cannot be read.
        Refused: Heroku would not take what is in it, or it names another's database.
        HerokuError: an app cannot be read.
    """
    environment = settings.environment(request.environment)
    path = file_of(settings, environment)
    values = read(path)
    check(path.name, values)
    with ThreadPoolExecutor(max_workers=16) as pool:
        compared = [
            pool.submit(compare_app, environment, heroku, values, app) for app in environment.apps
        ]
        before = [pool.submit(_before, heroku, app) for app in environment.apps]
        above = pool.submit(databases_above, settings, environment, heroku)
        comparisons = tuple(one.result() for one in compared)
        apps = tuple(one.result() for one in before)
    check_managed(path.name, comparisons)
    _refuse_shared_databases(settings, environment, heroku, values)
    published = look_at(path, type(repository).open)
    return ConfigFacts(
        file=path.name,
        comparisons=comparisons,
        before=tuple(one for one, _ in apps),
        problems=published.problems,
        remarks=published.remarks,
        release_phases=tuple(one.app for one, has_phase in apps if has_phase),
        above=above.result(),
    )


def compare_app(
    environment: Environment, heroku: Heroku, values: Mapping[str, str], app: str
) -> Comparison:
    """The env file's `values` against what the app has now."""
    remote, managed = heroku.apps.config_vars(app), heroku.addons.managed_vars(app)
    return compare(app, values, remote, managed, environment.remote_only)


def _before(heroku: Heroku, app: str) -> tuple[Before, bool]:
    """What the app runs, and whether it has a release phase."""
    newest = heroku.releases.newest(app)
    running = heroku.releases.running(app, newest)
    commit = heroku.releases.commit_of(app, running) if running else None
    types = heroku.releases.process_types_of(app, running) if running else {}
    has_phase = "release" in types
    version = running.version if running else None
    return Before(app, version, commit, newest[0].version if newest else 0), has_phase


def _refuse_shared_databases(
    settings: Settings, environment: Environment, heroku: Heroku, values: Mapping[str, str]
) -> None:
    """Two environments must not write to one database: a deployment to one would break both."""
    ours = databases(values)
    if not ours:
        return
    for other in settings.environments:
        if other == environment:
            continue
        for source, theirs in _databases_of(settings, other, heroku):
            for key in sorted(set(ours) & set(theirs), key=str):
                raise Refused(
                    f"{ours[key]} in {environment.name}.env is the database of {source}: "
                    "two environments must not share one"
                )


def _databases_of(
    settings: Settings, other: Environment, heroku: Heroku
) -> Iterator[tuple[str, Mapping[DatabaseId, str]]]:
    path = file_of(settings, other)
    if path.exists():
        yield path.name, databases(read(path))
    for app in other.apps:
        try:
            yield app, databases(heroku.apps.config_vars(app))
        except (Forbidden, NotFound):
            continue


def hand_over(work: Work, steps: Sequence[Step], world: World) -> list[str]:
    """Give `steps` their values, read again; what is not as it was confirmed, a line each.

    Raises:
        SettingsError: the env file cannot be read.
        HerokuError: an app cannot be read.
    """
    environment = world.settings.environment(work.environment)
    path = file_of(world.settings, environment)
    values, moved = read(path), []
    for step in steps:
        if not isinstance(step, SetConfigVars):
            continue
        found = compare_app(environment, world.heroku, values, step.app)
        wanted = {key: values.get(key) for key in step.keys}
        there = {one.key: one.remote for one in found.entries}
        is_set = all(there.get(key) == value for key, value in wanted.items())
        if found.fingerprint != step.fingerprint and not is_set:
            moved.append(f"{step.app}: it or {path.name} is not what was confirmed any more.")

        def look(app: str = step.app) -> str:
            return compare_app(environment, world.heroku, read(path), app).fingerprint

        world.handover.values[step.app] = ConfigValues(wanted, look)
    return moved
