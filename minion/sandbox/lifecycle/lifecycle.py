"""What ``fab sandbox`` does: start the local Heroku of a folder, look at it, stop it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from minion.sandbox.bookshop import Demo, create
from minion.sandbox.daemon import process as daemon
from minion.sandbox.daemon.process import Card
from minion.sandbox.dynos.surroundings import STOP_S
from minion.sandbox.errors import SandboxError
from minion.sandbox.lifecycle import seeding
from minion.sandbox.lifecycle.seed import Seed, making_marker
from minion.sandbox.lifecycle.seeding import Controls, Say
from minion.sandbox.lifecycle.specs import AppSpec, ProjectSpec, Running
from minion.sandbox.postgres.home import NoPostgres
from minion.sandbox.postgres.server import Postgres, PostgresFailed

__all__ = ["AppSpec", "ProjectSpec", "Running", "SandboxError", "ensure", "reset", "status", "stop"]

BOOKSHOP = "bookshop"
#: From a release's success, as seen by a client, to the beginning of its preboot, at most.
MARGIN_S = 1.0
#: So that the CLI neither phones home nor asks to be updated.
QUIET = {
    "DISABLE_TELEMETRY": "true",
    "HEROKU_DISABLE_AUTOUPDATE": "true",
    "HEROKU_NOTIFICATIONS": "0",
    "HEROKU_SKIP_NEW_VERSION_CHECK": "true",
}


def ensure(folder: Path, say: Say, project: ProjectSpec | None = None) -> Running:
    """The sandbox of `folder`, started and filled if need be; `say` hears what is done.

    `project` None: the bookshop, in ``folder/bookshop``. A first start that was
    interrupted is done again from the beginning.

    Raises:
        SandboxError: it cannot be started or filled, or is filled with something else.
    """
    folder = folder.resolve()
    with _in_words(), _alone(folder):
        state_dir = _state_dir(folder)
        seed = Seed.read(state_dir)
        if seed is None:
            _wipe(folder)
            say("Setting up a local Heroku. This takes a moment, once.")
            try:
                card = daemon.start(state_dir)
                seed = _fill(folder, card, say, project)
            except BaseException:
                daemon.stop(state_dir)
                raise
        else:
            card = daemon.find(state_dir) or _start_again(state_dir, say)
            seed = _complete(folder, card, say, project, seed)
        return _running(state_dir, card, seed)


def status(folder: Path) -> Running | None:
    """The sandbox of `folder` if it runs and has been filled."""
    state_dir = _state_dir(folder.resolve())
    card, seed = daemon.find(state_dir), Seed.read(state_dir)
    return _running(state_dir, card, seed) if card and seed else None


def stop(folder: Path) -> bool:
    """Stop the sandbox of `folder`; its state stays. False if none ran.

    Raises:
        SandboxError: it will not go.
    """
    folder = folder.resolve()
    if not _state_dir(folder).exists():
        return False
    with _in_words(), _alone(folder):
        return daemon.stop(_state_dir(folder))


def reset(folder: Path, say: Say, project: ProjectSpec | None = None) -> Running:
    """A sandbox as new, whatever was in the old one. The bookshop's work tree is made anew, too.

    Raises:
        SandboxError: as `ensure`.
    """
    folder = folder.resolve()
    with _in_words(), _alone(folder):
        _wipe(folder)
        shutil.rmtree(folder / BOOKSHOP, ignore_errors=True)
    return ensure(folder, say, project)


def _fill(folder: Path, card: Card, say: Say, project: ProjectSpec | None) -> Seed:
    """Fill a new sandbox."""
    if project is None:
        place = _place_for_bookshop(folder)
        making_marker(_state_dir(folder)).touch()
        demo = create(place)
        seeding.seed(card, _demo_spec(demo), say)
        environments = {app.name: app.environment for app in demo.apps}
        seed = Seed(str(demo.project), str(demo.origin), True, environments)
    else:
        origin = _state_dir(folder) / "origin.git"
        seeding.make_origin(origin, project)
        seeding.seed(card, project, say)
        environments = {app.name: app.environment for app in project.apps}
        seed = Seed(str(project.root.resolve()), str(origin), False, environments)
    seed.write(_state_dir(folder))
    return seed


def _complete(folder: Path, card: Card, say: Say, project: ProjectSpec | None, seed: Seed) -> Seed:
    """Follow the project: its branches as they are now, and the apps that it has got since."""
    if (project is None) != seed.is_demo:
        held = "the bookshop" if seed.is_demo else seed.project
        raise SandboxError(
            f"The sandbox in {folder} holds {held}. To replace it: fab sandbox:reset"
        )
    if project is None:
        return seed
    seeding.make_origin(Path(seed.origin), project)
    missing = [app for app in project.apps if app.name not in seed.environments]
    if missing:
        seeding.seed(card, replace(project, apps=missing), say)
    environments = {app.name: app.environment for app in project.apps}
    seed = Seed(seed.project, seed.origin, False, {**seed.environments, **environments})
    seed.write(_state_dir(folder))
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
    return ProjectSpec(root=demo.project, origin_refs={}, apps=apps, pipeline=BOOKSHOP)


def _place_for_bookshop(folder: Path) -> Path:
    """Where the bookshop is to be made; one that somebody may have worked in is set aside."""
    place = folder / BOOKSHOP
    if place.exists():
        number = 1
        while (aside := folder / f"{BOOKSHOP}.{number}").exists():
            number += 1
        place.rename(aside)
    return place


def _start_again(state_dir: Path, say: Say) -> Card:
    say("Starting the local Heroku.")
    return daemon.start(state_dir)


def _running(state_dir: Path, card: Card, seed: Seed) -> Running:
    controls = Controls(card)
    apps = controls.apps()
    return Running(
        pid=card.pid,
        state_dir=state_dir,
        api_url=card.api_url,
        git_url=f"https://{card.git_host}",
        token=card.token,
        project=Path(seed.project),
        origin=seed.origin,
        environ=_environ(card, seed, controls.settings()),
        local_database_url=card.local_database_url,
        apps={
            name: {
                "environment": environment,
                "web_url": apps[name]["web_url"],
                "database_url": apps[name]["database_url"],
            }
            for name, environment in seed.environments.items()
            if name in apps
        },
    )


def _environ(card: Card, seed: Seed, settings: Mapping[str, float]) -> dict[str, str]:
    """What makes minion, git and the Heroku CLI use the sandbox."""
    variables = {
        "HEROKU_HOST": card.api_url,
        "HEROKU_API_KEY": card.token,
        "HEROKU_DATA_HOST": "127.0.0.1",
        "HEROKU_GIT_HOST": card.git_host,
        "HEROKU_PARTICLEBOARD_URL": card.api_url,
        "SSL_CERT_FILE": card.bundle,
        "REQUESTS_CA_BUNDLE": card.bundle,
        "GIT_SSL_CAINFO": card.bundle,
        "NODE_EXTRA_CA_CERTS": card.ca,
        "MINION_LOCAL_DATABASE": card.local_database_url,
        "MINION_PG_BIN": card.postgres_programs,
        "MINION_PREBOOT_WINDOW": f"{settings['preboot_s'] + STOP_S + MARGIN_S:.3f}",
        **QUIET,
    }
    if not seed.is_demo:
        variables["MINION_ORIGIN"] = seed.origin
    return variables


def _state_dir(folder: Path) -> Path:
    return folder / "sandbox"


def _wipe(folder: Path) -> None:
    """Stop the sandbox and forget its state.

    A bookshop whose making was interrupted goes, too: nobody has worked in it.
    """
    state_dir = _state_dir(folder)
    daemon.stop(state_dir)
    if making_marker(state_dir).exists():
        shutil.rmtree(folder / BOOKSHOP, ignore_errors=True)
    if state_dir.exists():
        # A server that runs as another user keeps its files elsewhere.
        asyncio.run(_destroy_databases(state_dir))
        shutil.rmtree(state_dir)


async def _destroy_databases(state_dir: Path) -> None:
    await Postgres(state_dir / "postgres", 0).destroy()


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    """Word what the system refuses as what it is to the caller: no sandbox."""
    try:
        yield
    except subprocess.CalledProcessError as error:
        said = (error.stderr or b"").decode("utf-8", "replace").strip()
        raise SandboxError(f"The sandbox cannot be set up: {said or error}") from error
    except (OSError, subprocess.TimeoutExpired, NoPostgres, PostgresFailed) as error:
        raise SandboxError(f"The sandbox cannot be set up: {error}") from error


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One call at a time; whoever comes second finds a sandbox that runs."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    with (folder / "sandbox.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
