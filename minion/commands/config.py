"""``config`` and ``config_pull``: the team's settings and Heroku's, brought together."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from minion.commands.deploy import connect
from minion.database_url import DatabaseId
from minion.engine.exclusive import under_way
from minion.engine.operation import Operation
from minion.engine.run import Run
from minion.errors import NotFound, Refused
from minion.operations.config import comparison as config
from minion.operations.config.comparison import Comparison
from minion.operations.config.report import comparison_document, comparison_text
from minion.operations.config.repository import look_at
from minion.settings import Environment, Settings, envfile, load
from minion.settings.envfolder import file_of, read
from minion.steps import Change, SetConfigVars, change_of
from minion.steps.world import World
from minion.terminal import confirmation
from minion.terminal.console import Console

if TYPE_CHECKING:
    from minion.heroku import Heroku


def configure(
    name: str,
    *,
    check: bool,
    prune: bool,
    reveal: bool,
    confirm: str,
    wait_s: float,
    as_json: bool,
) -> None:
    """Show how the file and Heroku differ; unless `check`, apply the file once confirmed.

    Raises:
        SettingsError, Refused: the file or its repository is unusable, or with
            `check` there is a difference. Nothing was changed.
        NotConfirmed: nothing was changed.
    """
    console = Console(as_json=as_json)
    settings = load()
    environment = settings.environment(name)
    path = file_of(settings, environment)
    values = read(path)
    config.check(path.name, values)
    heroku, repository = connect(settings)
    found = _compare(environment, heroku, values)
    config.check_managed(path.name, found)
    _refuse_shared_databases(settings, environment, heroku, values)
    for one in found:
        console.say(comparison_text(one, path.name, reveal=reveal, prune=prune) + "\n")
    changed = [one for one in found if one.changes(prune)]
    releases: dict[str, int] = {}
    if changed and not check:
        _refuse_unpublished(console, environment, path)
        _announce_release_phase(console, heroku, changed)
        removed = sorted({key for one in changed for key in one.removable}) if prune else []
        confirmation.confirm(
            console,
            apps=environment.confirmation,
            plan=config.plan_id(changed, prune),
            given=confirm,
            removal=", ".join(removed),
        )
        world = World(heroku, repository, console, settings)
        releases = _apply(world, environment, values, changed, prune, wait_s)
    if as_json:
        console.document(comparison_document(found, releases, reveal=reveal))
    if changed and check:
        raise Refused(f"{', '.join(one.app for one in changed)}: not what {path.name} says")


def pull(name: str) -> None:
    """Write what Heroku has into a new file, add-on values left out.

    Raises:
        Refused: the file is there already, or several apps of the environment differ.
    """
    console = Console()
    settings = load()
    environment = settings.environment(name)
    path = file_of(settings, environment)
    if path.exists():
        raise Refused(f"{path} is there already and is never written over; move it away first")
    heroku, _ = connect(settings)
    first = environment.apps[0]
    managed = heroku.addons.managed_vars(first)
    remote = heroku.apps.config_vars(first)
    content, unwritable = envfile.render({k: v for k, v in remote.items() if k not in managed})
    _write_new(path, content)
    console.say(f"Wrote {len(remote) - len(set(remote) & set(managed))} variables to {path}.")
    for key in sorted(set(remote) & set(managed)):
        console.say(f"Left out: {key}, which the add-on {managed[key]} manages.")
    for key in unwritable:
        console.say(f"LEFT OUT: {key}: dotenv has no way to write its value; add it by hand.")
    for other in environment.apps[1:]:
        if heroku.apps.config_vars(other) != remote:
            console.say(f"{other} has other values than {first}; see fab config:{name},check=yes")


def _write_new(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(content)


def _compare(
    environment: Environment, heroku: Heroku, values: Mapping[str, str]
) -> list[Comparison]:
    return [_compare_one(environment, heroku, values, app) for app in environment.apps]


def _compare_one(
    environment: Environment, heroku: Heroku, values: Mapping[str, str], app: str
) -> Comparison:
    remote, managed = heroku.apps.config_vars(app), heroku.addons.managed_vars(app)
    return config.compare(app, values, remote, managed, environment.remote_only)


def _fingerprint(
    environment: Environment, heroku: Heroku, values: Mapping[str, str], app: str
) -> str:
    return _compare_one(environment, heroku, values, app).fingerprint


def _refuse_shared_databases(
    settings: Settings, environment: Environment, heroku: Heroku, values: Mapping[str, str]
) -> None:
    """Two environments must not write to one database: a deployment to one would break both."""
    ours = config.databases(values)
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
        yield path.name, config.databases(read(path))
    for app in other.apps:
        try:
            yield app, config.databases(heroku.apps.config_vars(app))
        except NotFound:
            continue


def _refuse_unpublished(console: Console, environment: Environment, path: Path) -> None:
    """What goes live must be what the team has seen; elsewhere it is only told."""
    from minion.git import Repository

    standing = look_at(path, Repository.open)
    if environment.is_top and standing.problems:
        raise Refused("; ".join(standing.problems))
    for remark in (*standing.problems, *standing.remarks):
        console.say(f"Take note: {remark}")


def _announce_release_phase(
    console: Console, heroku: Heroku, changed: Sequence[Comparison]
) -> None:
    for one in changed:
        running = heroku.releases.current(one.app)
        if running and "release" in heroku.releases.process_types_of(one.app, running):
            console.say(f"Take note: {one.app} has a release phase, and this release runs it too.")


def _apply(
    world: World,
    environment: Environment,
    values: Mapping[str, str],
    changed: Sequence[Comparison],
    prune: bool,
    wait_s: float,
) -> dict[str, int]:
    """Make the change of each app in one request; the versions of the releases it made.

    Raises:
        DeployInterrupted: says whether anything was changed, as far as it is known.
    """
    steps = []
    for before in changed:
        look = partial(_fingerprint, environment, world.heroku, values, before.app)
        changes = before.changes(prune)
        world.private[change_of(before.app)] = Change(changes, look)
        steps.append(SetConfigVars(before.app, tuple(changes), before.fingerprint))
    operation = Operation(
        purpose="config",
        environment=environment.name,
        apps=environment.apps,
        plan=config.plan_id(changed, prune),
        again=f"fab config:{environment.name}",
        steps=tuple(steps),
    )
    with under_way(operation, world, wait_s=wait_s, check=lambda: None) as journal:
        Run(operation, world, journal).finish()
    return {app: release.version for app, release in world.released.items()}
