"""The `git` program, run by itself: nobody's configuration changes what it does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path


class GitFailed(Exception):
    """git ended with a status other than 0; the text is the last line that it said."""


def git_environment() -> dict[str, str]:
    """The variables for git, in which no user's or system's settings count."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C.UTF-8",
    }


async def run_git(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> bytes:
    """What a git command prints; `env` is added to its environment.

    Raises:
        GitFailed: it failed.
    """
    process = await asyncio.create_subprocess_exec(
        "git",
        *arguments,
        cwd=cwd,
        env={**git_environment(), **(env or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    if process.returncode:
        told = err.decode("utf-8", "replace").strip().splitlines()
        raise GitFailed(told[-1] if told else f"git ended with status {process.returncode}")
    return out
