"""What is to be rehearsed, and where the sandbox that does it can be reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class AppSpec:
    """One app to be made.

    `stage` is development, staging or production. `commit` is what the app runs
    at first (None: nothing). `setup_commands` run in one-off dynos after it was
    pushed. `first_version` numbers the app's oldest release.
    """

    name: str
    environment: str
    stage: str
    config_vars: Mapping[str, str] = field(default_factory=dict)
    preboot: bool = False
    commit: str | None = None
    setup_commands: Sequence[str] = ()
    first_version: int = 1
    has_database: bool = True


@dataclass(frozen=True)
class ProjectSpec:
    """A project to be rehearsed.

    `origin_refs` gives branch and commit for the sandbox's own origin, the main
    branch first. `pipeline` is by default named after the work tree `root`.
    `notes` are told when its apps are made: what they will lack.
    """

    root: Path
    origin_refs: Mapping[str, str]
    apps: Sequence[AppSpec]
    pipeline: str | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Running:
    """A sandbox that runs.

    `environ` are the variables that make other programs use it instead of Heroku;
    the token is among them. `apps` gives for each app its "environment", "web_url"
    and "database_url". `local_database_url` plays the developer's own database.
    """

    pid: int
    state_dir: Path
    api_url: str
    git_url: str
    token: str = field(repr=False)
    project: Path
    origin: str
    environ: dict[str, str] = field(repr=False)
    local_database_url: str = field(repr=False)
    apps: dict[str, dict[str, str | None]] = field(repr=False)
