"""What a sandbox holds: the bookshop, or a project of the operator's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from minion.sandbox.bookshop import Demo, create
from minion.sandbox.daemon.card import Card
from minion.sandbox.errors import SandboxError
from minion.sandbox.lifecycle import places
from minion.sandbox.lifecycle.apps import Say, make_apps
from minion.sandbox.lifecycle.git import make_origin
from minion.sandbox.lifecycle.seed import Seed
from minion.sandbox.lifecycle.specs import AppSpec, ProjectSpec


def fill(folder: Path, card: Card, say: Say, project: ProjectSpec | None) -> Seed:
    """Fill a new sandbox; the note of it, which is written down too.

    Raises:
        SandboxError: an app cannot be made, or git failed.
    """
    if project is None:
        place = _place_for_bookshop(folder)
        places.making_marker(folder).touch()
        demo = create(place)
        make_apps(card, _demo_spec(demo), say)
        environments = {app.name: app.environment for app in demo.apps}
        seed = Seed(str(demo.project), str(demo.origin), True, environments)
    else:
        origin = places.origin(folder)
        make_origin(origin, project)
        make_apps(card, project, say)
        environments = {app.name: app.environment for app in project.apps}
        seed = Seed(str(project.root.resolve()), str(origin), False, environments)
    seed.write(folder)
    return seed


def complete(folder: Path, card: Card, say: Say, project: ProjectSpec | None, seed: Seed) -> Seed:
    """Follow the project: its branches as they are now, and the apps that it has got since.

    Raises:
        SandboxError: the sandbox holds something else, or as `fill`.
    """
    if (project is None) != seed.is_demo:
        held = "the bookshop" if seed.is_demo else seed.project
        raise SandboxError(
            f"The sandbox in {folder} holds {held}. To replace it: fab sandbox:reset"
        )
    if project is None:
        return seed
    make_origin(Path(seed.origin), project)
    missing = [app for app in project.apps if app.name not in seed.environments]
    if missing:
        make_apps(card, replace(project, apps=missing), say)
    environments = {app.name: app.environment for app in project.apps}
    seed = Seed(seed.project, seed.origin, False, {**seed.environments, **environments})
    seed.write(folder)
    return seed


def _demo_spec(demo: Demo) -> ProjectSpec:
    apps = [
        AppSpec(
            name=app.name,
            environment=app.environment,
            stage=app.stage,
            config_vars=app.config_vars,
            preboot=app.preboot,
            commit=app.commit,
            setup_commands=app.setup_commands,
            first_version=app.first_version,
        )
        for app in demo.apps
    ]
    return ProjectSpec(root=demo.project, origin_refs={}, apps=apps, pipeline="bookshop")


def _place_for_bookshop(folder: Path) -> Path:
    """Where the bookshop is to be made; one that somebody may have worked in is set aside."""
    place = places.bookshop(folder)
    if place.exists():
        number = 1
        while (aside := place.with_name(f"{place.name}.{number}")).exists():
            number += 1
        place.rename(aside)
    return place
