"""``sandbox``: the rest of the line speaks to a Heroku on this machine.

This is the only place in minion that knows the sandbox: it starts it and then
sets the same variables that point the Heroku CLI at another host.
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minion.errors import MinionError, SettingsError
from minion.settings import FILENAME, find, load
from minion.terminal import typed
from minion.terminal.console import Console

if TYPE_CHECKING:
    from minion.sandbox.lifecycle.specs import ProjectSpec, Running

ACTIONS = ("start", "stop", "reset", "status", "differences")


def sandbox(action: str, *, as_json: bool) -> None:
    """Start, stop, reset or show the sandbox of the current folder, or how it differs from Heroku.

    Raises:
        MinionError: the extra is not installed, or the sandbox did not start.
    """
    if action == "differences":
        _show_differences(Console(as_json=as_json), as_json)
        return
    try:
        from minion.sandbox.errors import SandboxError
        from minion.sandbox.lifecycle import lifecycle
    except ImportError as error:
        raise MinionError(
            f"the sandbox is not installed ({error.name} is missing): "
            "pip install 'heroku-minion[sandbox]'"
        ) from error
    console = Console(as_json=as_json)
    folder = _folder()
    try:
        if action == "stop":
            stopped = lifecycle.stop(folder)
            console.say("The sandbox is stopped." if stopped else "No sandbox was running.")
            return
        if action == "status":
            _show(console, lifecycle.status(folder), as_json)
            return
        project = _project()
        start = lifecycle.ensure if action == "start" else lifecycle.reset
        running = start(folder, _progress, project)
    except SandboxError as error:
        raise MinionError(str(error)) from error
    enter(running)
    if as_json:
        _show(console, running, as_json)
    else:
        _progress(
            f"Sandbox: {running.api_url} stands in for Heroku; the project is {running.project}"
        )


def _show_differences(console: Console, as_json: bool) -> None:
    from minion.sandbox.differences import behaviours, text

    rows = behaviours()
    if as_json:
        console.document([asdict(row) for row in rows])
    else:
        console.say(text(rows))


def enter(running: Running) -> None:
    """Let the rest of the line speak to the sandbox and work in its project."""
    os.environ.update(running.environ)
    os.chdir(running.project)
    typed.begin_with(sandbox=True)


def _progress(text: str) -> None:
    """For people; on stderr, so that the next task's document has stdout to itself."""
    print(text, file=sys.stderr, flush=True)


def _folder() -> Path:
    """``.minion`` beside the settings file, or in the current folder for the bookshop."""
    try:
        return find(Path.cwd()).parent / ".minion"
    except SettingsError:
        return Path.cwd() / ".minion"


def _project() -> ProjectSpec | None:
    """The project in this folder as the sandbox must build it; None means the bookshop."""
    try:
        find(Path.cwd())
    except SettingsError:
        return None
    from minion.commands.rehearsal import rehearsal_of

    os.environ.pop("MINION_ORIGIN", None)
    return rehearsal_of(load())


def _show(console: Console, running: Running | None, as_json: bool) -> None:
    document: dict[str, Any] = {"running": running is not None}
    if running is not None:
        document.update(
            api_url=running.api_url,
            git_url=running.git_url,
            project=str(running.project),
            apps=running.apps,
            local_database_url=running.local_database_url,
            environ=dict(running.environ),
        )
    if as_json:
        console.document(document)
        return
    if running is None:
        console.say(
            f"No sandbox is running here. Start it with `fab sandbox`, without {FILENAME} too."
        )
        return
    lines = [f"API:      {running.api_url}", f"Git:      {running.git_url}"]
    lines += [f"Project:  {running.project}", f"Local:    {running.local_database_url}"]
    lines += [
        f"{name}: {app['web_url']}  {app['database_url']}" for name, app in running.apps.items()
    ]
    console.say("\n".join(lines))
