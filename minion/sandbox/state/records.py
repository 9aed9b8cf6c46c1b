"""The sandbox's records: flat dataclasses that the store keeps as JSON.

Times are UTC, as the API writes them ("2012-01-01T12:00:00Z"). `seq` is the
order in which records were made; the store sets it.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone

DEFAULT_REGION, DEFAULT_STACK = "us", "heroku-24"


def new_id() -> str:
    """A fresh identifier, as Heroku gives them."""
    return str(uuid.uuid4())


def now() -> str:
    """This moment, to the second, as the API writes it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Record:
    """What every record has."""

    id: str = field(default_factory=new_id)
    created_at: str = field(default_factory=now)
    updated_at: str = field(default_factory=now)
    seq: int = 0


@dataclass
class Installation(Record):
    """The sandbox itself: its one account, its token and its ports.

    `local_password` opens the database that plays the developer's own.
    """

    token: str = field(default_factory=lambda: f"HRKU-{uuid.uuid4()}")
    email: str = "developer@example.com"
    ports: dict[str, int] = field(default_factory=dict)
    local_password: str = field(default_factory=lambda: secrets.token_hex(16))


#: The app feature by which dynos get HEROKU_* variables (Dev Center: Dyno Metadata).
METADATA = "runtime-dyno-metadata"


@dataclass
class App(Record):
    """An app. `config_vars` are those that users set; add-ons' values are not in it.

    `formation` holds for each process type its id, quantity and size.
    `features` holds those that were switched: name to whether it is on.
    """

    name: str = ""
    maintenance: bool = False
    port: int = 0
    config_vars: dict[str, str] = field(default_factory=dict)
    formation: dict[str, dict[str, str | int]] = field(default_factory=dict)
    features: dict[str, bool] = field(default_factory=dict)
    region: str = DEFAULT_REGION
    stack: str = DEFAULT_STACK
    last_version: int = 0
    last_transfer: int = 0
    current_release_id: str | None = None
    released_at: str | None = None

    @property
    def web_url(self) -> str:
        """Where the app's site answers."""
        return f"http://127.0.0.1:{self.port}/"


@dataclass
class Release(Record):
    """One release; `config_vars` are all that its dynos see, add-ons' values included.

    `stream_id` names the release phase's output, where there is one.
    """

    app_id: str = ""
    version: int = 0
    status: str = "pending"
    description: str = ""
    slug_id: str | None = None
    config_vars: dict[str, str] = field(default_factory=dict)
    addon_plan_names: list[str] = field(default_factory=list)
    stream_id: str | None = None


@dataclass
class Slug(Record):
    """What a build made; the files are the builder's."""

    app_id: str = ""
    commit: str | None = None
    commit_subject: str | None = None
    process_types: dict[str, str] = field(default_factory=dict)
    size_bytes: int = 0
    stack: str = ""
    checksum: str = ""


@dataclass
class Build(Record):
    """One build, caused by a push."""

    app_id: str = ""
    commit: str = ""
    status: str = "pending"
    slug_id: str | None = None
    release_id: str | None = None
    stream_id: str = ""


@dataclass
class AddOn(Record):
    """A database; `app_id` is the app that is billed for it."""

    name: str = ""
    app_id: str = ""
    plan: str = ""
    database: str = ""
    password: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass
class Attachment(Record):
    """An add-on as an app sees it: it makes the config var ``{name}_URL``."""

    name: str = ""
    app_id: str = ""
    addon_id: str = ""


@dataclass
class Transfer(Record):
    """A backup, a restore or a copy; `app_id` is the app that is billed for the database.

    An address of a database of the sandbox is made from the add-on when it is
    asked for, since the port may change. `from_url` is set where the data come from
    elsewhere, and has neither password nor query.
    """

    app_id: str = ""
    num: int = 0
    from_type: str = ""
    to_type: str = ""
    from_name: str = ""
    to_name: str = ""
    from_addon_id: str | None = None
    to_addon_id: str | None = None
    from_url: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    canceled_at: str | None = None
    succeeded: bool = False
    processed_bytes: int = 0
    source_bytes: int | None = None
    logs: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Pipeline(Record):
    """A pipeline."""

    name: str = ""


@dataclass
class Coupling(Record):
    """An app's place in a pipeline."""

    app_id: str = ""
    pipeline_id: str = ""
    stage: str = ""


@dataclass
class Promotion(Record):
    """One promotion of a slug from one app to others."""

    pipeline_id: str = ""
    source_app_id: str = ""
    source_release_id: str = ""
    status: str = "pending"


@dataclass
class PromotionTarget(Record):
    """What becomes of a promotion on one app."""

    promotion_id: str = ""
    app_id: str = ""
    release_id: str | None = None
    status: str = "pending"
    error_message: str | None = None
