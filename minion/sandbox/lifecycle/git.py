"""git on the operator's side: pushes to the sandbox and the origin that it keeps."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from minion.sandbox.daemon.card import Card
from minion.sandbox.errors import SandboxError
from minion.sandbox.lifecycle.specs import ProjectSpec

PUSH_S = 900
TAIL_LINES = 15
#: The token comes from the environment, so that it is in no process's arguments.
CREDENTIAL_HELPER = (
    '!f() { test "$1" = get && printf "username=sandbox\\npassword=%s\\n" "$SANDBOX_TOKEN"; }; f'
)


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
