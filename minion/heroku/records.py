"""What Heroku tells, as frozen values. No I/O, no rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


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

    @property
    def has_page(self) -> bool:
        """Whether it can have a maintenance page; Fir has none (Dev Center: Maintenance Mode)."""
        return self.generation != "fir"


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

    @property
    def code(self) -> str | None:
        """What identifies what it runs, a slug or an image; None for nothing."""
        return self.slug_id or self.oci_image_id


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
    """An add-on as an app sees it, under a name of the app's own.

    `app` is the name of the app to which the add-on is billed; `namespace` is set
    where the attachment stands for one credential of a database. `plan` is such as
    "heroku-postgresql:standard-0".
    """

    name: str
    addon_id: str
    addon_name: str
    app: str
    plan: str
    namespace: str | None = None

    @property
    def variable(self) -> str:
        """The config var that it makes."""
        return f"{self.name}_URL"

    @property
    def is_postgres(self) -> bool:
        """Whether it is a database of Heroku Postgres."""
        return self.plan.partition(":")[0] == "heroku-postgresql"


@dataclass(frozen=True)
class Database:
    """A Heroku Postgres database as an app sees it.

    `app` is the name of the app to which it is billed, under which its
    transfers are kept; `attachment` is the config var that holds its URL.
    """

    addon_id: str
    addon_name: str
    app: str
    attachment: str
    plan: str


@dataclass(frozen=True)
class Transfer:
    """Data on its way: a backup, a restore or a copy.

    `name` is what Heroku's users call it ("b012"); `kind` is backup, restore,
    copy or other. `to_url` is a secret. `source_bytes` is None where it is
    unknown. A completed restore with `warnings` may lack something of what the
    backup had. `logs` are there only if they were asked for, and may hold data.
    """

    id: str
    number: int
    name: str
    kind: str
    from_name: str
    to_name: str
    created_at: datetime
    to_url: str = field(repr=False)
    started_at: datetime | None = None
    finished_at: datetime | None = None
    canceled_at: datetime | None = None
    succeeded: bool = False
    processed_bytes: int = 0
    source_bytes: int | None = None
    warnings: int = 0
    logs: tuple[str, ...] = field(default=(), repr=False)

    @property
    def state(self) -> str:
        """One of pending, running, completed, failed, canceled."""
        if self.finished_at is not None:
            if self.succeeded:
                return "completed"
            return "canceled" if self.canceled_at is not None else "failed"
        return "pending" if self.started_at is None else "running"

    @property
    def is_backup(self) -> bool:
        return self.kind == "backup"
