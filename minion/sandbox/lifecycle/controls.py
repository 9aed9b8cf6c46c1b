"""A client of the sandbox's own controls."""

from __future__ import annotations

from typing import Any

import requests

from minion.sandbox.daemon.card import Card
from minion.sandbox.errors import SandboxError
from minion.sandbox.lifecycle.specs import AppSpec

REQUEST_S = 60
COMMAND_S = 600


class Controls:
    """A client of the sandbox's controls that need the token."""

    def __init__(self, card: Card) -> None:
        self._url = f"{card.api_url}/_sandbox"
        self._session = requests.Session()
        # No proxy and no netrc: it is this machine.
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {card.token}"

    def apps(self) -> dict[str, dict[str, str | None]]:
        """Every app's "stage", "web_url" and "database_url"."""
        answer: dict[str, dict[str, str | None]] = self._ask("GET", "/apps")
        return answer

    def settings(self) -> dict[str, float]:
        """How slow the sandbox pretends to be."""
        answer: dict[str, float] = self._ask("GET", "/settings")
        return answer

    def create_app(self, spec: AppSpec, pipeline: str) -> None:
        """Make an app, with its database if it has one, and its place in the pipeline."""
        body = {
            "name": spec.name,
            "stage": spec.stage,
            "pipeline": pipeline,
            "config_vars": dict(spec.config_vars),
            "preboot": spec.preboot,
            "first_version": spec.first_version,
            "database": spec.has_database,
        }
        self._ask("POST", "/apps", body)

    def run(self, app: str, command: str) -> tuple[int, list[str]]:
        """Run a command in a one-off dyno: its exit status and the lines that it wrote."""
        answer = self._ask("POST", f"/apps/{app}/run", {"command": command}, COMMAND_S)
        return int(answer["exit_status"]), list(answer["output"])

    def _ask(
        self, method: str, path: str, body: object = None, timeout_s: float = REQUEST_S
    ) -> Any:
        try:
            answer = self._session.request(method, self._url + path, json=body, timeout=timeout_s)
        except requests.RequestException as error:
            raise SandboxError(f"The sandbox does not answer: {error}") from error
        if not answer.ok:
            message = answer.json().get("message", "") if answer.content else ""
            raise SandboxError(f"The sandbox refused {method} {path}: {message}")
        return answer.json()
