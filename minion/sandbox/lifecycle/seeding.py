"""Filling a new sandbox: apps, databases, a pipeline, and the commits that run at first.

All of it goes the way that a person would go: requests, pushes and one-off
dynos. Only app creation uses the sandbox's own controls.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from minion.sandbox.daemon.process import Card
from minion.sandbox.errors import SandboxError
from minion.sandbox.lifecycle.specs import AppSpec, ProjectSpec

Say = Callable[[str], None]
REQUEST_S = 60
COMMAND_S = 600
PUSH_S = 900
TAIL_LINES = 15
#: The token comes from the environment, so that it is in no process's arguments.
CREDENTIAL_HELPER = (
    '!f() { test "$1" = get && printf "username=sandbox\\npassword=%s\\n" "$SANDBOX_TOKEN"; }; f'
)


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
        """Make an app with its database and its place in the pipeline."""
        body = {
            "name": spec.name,
            "stage": spec.stage,
            "pipeline": pipeline,
            "config_vars": dict(spec.config_vars),
            "preboot": spec.preboot,
            "first_version": spec.first_version,
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


def seed(card: Card, project: ProjectSpec, say: Say) -> None:
    """Make the project's apps, those that are not there yet, and let their commits run.

    Raises:
        SandboxError: an app cannot be made, or a setup command fails.
    """
    controls = Controls(card)
    present = controls.apps()
    pipeline = project.pipeline or pipeline_name(project.root)
    for app in project.apps:
        if app.name not in present:
            controls.create_app(app, pipeline)
    with ThreadPoolExecutor(max_workers=4) as workers:
        # list() lets the first failure out.
        list(workers.map(lambda app: _fill(card, controls, project.root, app, say), project.apps))


def _fill(card: Card, controls: Controls, root: Path, app: AppSpec, say: Say) -> None:
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


def push(card: Card, root: Path, app: str, commit: str) -> str | None:
    """Push a commit to an app; None, or what was said when it failed."""
    options = {"credential.helper": CREDENTIAL_HELPER, "http.proxy": "", "push.followTags": "false"}
    # The empty helper clears those that the user has.
    settings = ["-c", "credential.helper="]
    for key, value in options.items():
        settings += ["-c", f"{key}={value}"]
    url = f"https://{card.git_host}/{app}.git"
    done = run_git(
        *settings,
        "push",
        "--no-verify",
        url,
        f"{commit}:refs/heads/master",
        cwd=root,
        env={"SANDBOX_TOKEN": card.token, "GIT_SSL_CAINFO": card.bundle},
    )
    if done.returncode == 0:
        return None
    return "\n".join(done.stderr.splitlines()[-TAIL_LINES:])


def make_origin(origin: Path, project: ProjectSpec) -> None:
    """A bare repository with the project's branches, so that the real one gets no rehearsal.

    One that exists gets the branches as they are now.

    Raises:
        SandboxError: git failed.
    """
    if not (origin / "HEAD").exists():
        origin.mkdir(parents=True, exist_ok=True)
        _must("init", "--quiet", "--bare", "--template=", ".", cwd=origin)
    updates = [f"{commit}:refs/heads/{name}" for name, commit in project.origin_refs.items()]
    if updates:
        _must("push", "--quiet", "--no-verify", "--force", str(origin), *updates, cwd=project.root)
        first = next(iter(project.origin_refs))
        _must("symbolic-ref", "HEAD", f"refs/heads/{first}", cwd=origin)


def pipeline_name(root: Path) -> str:
    """A pipeline's name made from that of the project's folder."""
    name = re.sub(r"[^a-z0-9]+", "-", root.name.lower()).strip("-")[:30]
    return name if re.fullmatch(r"[a-z][a-z0-9-]{2,29}", name) else "project"


def run_git(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run git in a folder, whatever repository the caller's variables speak of."""
    kept = {key: value for key, value in os.environ.items() if not _is_of_a_repository(key)}
    return subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        env={**kept, "GIT_TERMINAL_PROMPT": "0", **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=PUSH_S,
        check=False,
    )


def _is_of_a_repository(variable: str) -> bool:
    """GIT_DIR and its like; GIT_CONFIG_GLOBAL, GIT_SSH and the rest stay."""
    return variable in (
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_NAMESPACE",
        "GIT_PREFIX",
    )


def _must(*arguments: str, cwd: Path) -> None:
    done = run_git(*arguments, cwd=cwd)
    if done.returncode:
        raise SandboxError(f"git {arguments[0]} failed in {cwd}: {done.stderr.strip()}")
