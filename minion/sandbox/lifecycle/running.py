"""How a sandbox that runs is reached: by minion, by git and by the Heroku CLI."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from minion.sandbox.daemon.card import Card
from minion.sandbox.dynos.surroundings import STOP_S
from minion.sandbox.lifecycle.controls import Controls
from minion.sandbox.lifecycle.seed import Seed
from minion.sandbox.lifecycle.specs import Running

#: From a release's success, as seen by a client, to the beginning of its preboot, at most.
MARGIN_S = 1.0
#: So that the CLI neither phones home nor asks to be updated.
QUIET = {
    "DISABLE_TELEMETRY": "true",
    "HEROKU_DISABLE_AUTOUPDATE": "true",
    "HEROKU_NOTIFICATIONS": "0",
    "HEROKU_SKIP_NEW_VERSION_CHECK": "true",
}


def running(state_dir: Path, card: Card, seed: Seed) -> Running:
    """A sandbox as the one who asked for it gets it."""
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
