"""What dynos are to run, and what is to be known of each."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Protocol


class Timing(Protocol):
    """Seconds by which the sandbox is slower than it has to be."""

    boot_s: float
    preboot_s: float


@dataclass
class NoDelay:
    """A timing that is as quick as can be."""

    boot_s: float = 0
    preboot_s: float = 0


@dataclass(frozen=True)
class RunSpec:
    """What dynos of a release run."""

    release_id: str
    release_version: int
    slug_id: str
    config_vars: dict[str, str]
    process_types: dict[str, str]


def now() -> str:
    """This moment, as the API writes it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class DynoProcess:
    """A dyno as the API shows it; `state` is starting, up, crashed, down or idle."""

    name: str
    type: str
    command: str
    size: str
    release_version: int
    state: str = "starting"
    port: int | None = None
    attach_url: str | None = None
    exit_status: int | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: str = field(default_factory=now)
    updated_at: str = field(default_factory=now)
