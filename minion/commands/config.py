"""``config``: the team's settings and Heroku's, brought together."""

from __future__ import annotations

from datetime import datetime, timezone

from minion.engine.perform import connect, perform
from minion.errors import Refused
from minion.operations.config import CONFIG, ConfigRequest
from minion.operations.config.report import document
from minion.terminal.console import Console


def config(request: ConfigRequest, *, confirm: str, wait_s: float, as_json: bool) -> None:
    """Show how the file and Heroku differ, and apply the file once confirmed.

    Raises:
        SettingsError, Refused: the file or its repository is unusable; nothing was changed.
        NotConfirmed: nothing was changed.
        DeployInterrupted: it was not applied everywhere; says what each app has.
    """
    console = Console(as_json=as_json)
    performed = perform(CONFIG, request, console, connect(), confirm=confirm, wait_s=wait_s)
    if as_json:
        console.document(document(performed.plan, performed.released))


def check(request: ConfigRequest, *, as_json: bool) -> None:
    """Show how the file and Heroku differ; change nothing.

    Raises:
        Refused: they do.
    """
    console, edges = Console(as_json=as_json), connect()
    facts = CONFIG.gather(request, edges.settings, edges.heroku, edges.repository)
    made = CONFIG.plan(request, edges.settings, facts)
    console.say(CONFIG.report(made, datetime.now(timezone.utc)))
    if as_json:
        console.document(document(made, {}))
    if made.changed:
        apps = ", ".join(one.app for one in made.changed)
        raise Refused(f"{apps}: not what {facts.file} says")
