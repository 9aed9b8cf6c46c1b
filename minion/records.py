"""Frozen facts about the repository and about Heroku. No I/O, no rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Commit:
    """One commit: its full SHA and the first line of its message."""

    sha: str
    subject: str


@dataclass(frozen=True)
class Change:
    """One path that differs between two commits.

    `status` is git's letter without renames: A, M, D or T (type changed).
    Paths are the repository's own, as text; bytes that are no UTF-8 are kept
    by ``surrogateescape``.
    """

    path: str
    status: str


@dataclass(frozen=True)
class App:
    """An app as ``GET /apps/{app}`` shows it."""

    id: str
    name: str
    maintenance: bool
    git_url: str
    web_url: str | None
    generation: str = "cedar"
    stack: str = ""


@dataclass(frozen=True)
class Release:
    """A release; `status` is pending, succeeded, failed or expired.

    `slug_id` is set on Cedar, `oci_image_id` on Fir, neither for a release
    that was made before the first build. `current` says that it runs now.
    """

    id: str
    version: int
    status: str
    current: bool
    description: str
    user: str
    created_at: datetime
    slug_id: str | None = None
    oci_image_id: str | None = None
    output_stream_url: str | None = None
    eligible_for_rollback: bool = False


@dataclass(frozen=True)
class Formation:
    """One process type of an app: how many dynos, of which size, running what."""

    type: str
    quantity: int
    size: str
    command: str


@dataclass(frozen=True)
class Dyno:
    """A running dyno; `state` is crashed, down, idle, starting or up."""

    id: str
    name: str
    type: str
    state: str
    release_version: int
    attach_url: str | None = None


@dataclass(frozen=True)
class Coupling:
    """An app's place in a pipeline."""

    app_id: str
    pipeline_id: str
    pipeline_name: str
    stage: str


@dataclass(frozen=True)
class PromotionTarget:
    """What became of a promotion on one app; `status` is pending, succeeded or failed."""

    app_id: str
    status: str
    release_id: str | None
    error_message: str | None


@dataclass(frozen=True)
class Attachment:
    """An add-on as an app sees it: the config var ``{name}_URL`` comes from it."""

    name: str
    addon_id: str
    addon_name: str
    plan: str
