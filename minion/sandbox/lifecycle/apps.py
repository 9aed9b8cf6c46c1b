"""A project's apps as they are at first: their databases, their pipeline, what they run.

All of it goes the way that a person would go: requests, pushes and one-off
dynos. Only app creation uses the sandbox's own controls.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from minion.sandbox.daemon.card import Card
from minion.sandbox.errors import SandboxError
from minion.sandbox.lifecycle.controls import Controls
from minion.sandbox.lifecycle.git import TAIL_LINES, push
from minion.sandbox.lifecycle.specs import AppSpec, ProjectSpec

Say = Callable[[str], None]


def make_apps(card: Card, project: ProjectSpec, say: Say) -> None:
    """Make the project's apps, those that are not there yet, and let their commits run.

    Raises:
        SandboxError: an app cannot be made, or a setup command fails.
    """
    controls = Controls(card)
    present = controls.apps()
    pipeline = project.pipeline or pipeline_name(project.root)
    missing = [app for app in project.apps if app.name not in present]
    for app in missing:
        controls.create_app(app, pipeline)
    for note in project.notes if missing else ():
        say(note)
    with ThreadPoolExecutor(max_workers=4) as workers:
        # list() lets the first failure out.
        list(workers.map(lambda app: _deploy(card, controls, project.root, app, say), project.apps))


def _deploy(card: Card, controls: Controls, root: Path, app: AppSpec, say: Say) -> None:
    if app.commit is None:
        return
    said = push(card, root, app.name, app.commit)
    if said is not None:
        say(f"{app.name}: {app.commit:.7} could not be deployed here; the app is empty.\n{said}")
        return
    for command in app.setup_commands:
        status, output = controls.run(app.name, command)
        if status:
            tail = "\n".join(output[-TAIL_LINES:])
            raise SandboxError(f"{app.name}: `{command}` ended with status {status}:\n{tail}")
    say(f"{app.name}: runs {app.commit:.7}")


def pipeline_name(root: Path) -> str:
    """A pipeline's name made from that of the project's folder."""
    name = re.sub(r"[^a-z0-9]+", "-", root.name.lower()).strip("-")[:30]
    return name if re.fullmatch(r"[a-z][a-z0-9-]{2,29}", name) else "project"
