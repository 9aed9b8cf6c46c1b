"""Builds that Heroku makes from pushes and source archives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from minion.errors import HerokuError
from minion.heroku import wire
from minion.heroku.api import Api
from minion.heroku.paths import path_of


@dataclass(frozen=True)
class Build:
    """A build; `status` is pending, succeeded or failed.

    `version` is what the builder says it was made from, a commit by convention.
    A build may succeed while its release fails.
    """

    id: str
    status: str
    created_at: datetime
    version: str | None = None
    release_id: str | None = None
    slug_id: str | None = None
    user: str | None = None


class Builds:
    """All of these raise HerokuError, and NotFound where there is no such app."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def newest(self, app: str, n: int = 5) -> list[Build]:
        """The newest `n` builds, newest first."""
        path = path_of("apps", app, "builds")
        try:
            # The schema's "ranges" of this list: id and started_at.
            answers = self._api.get_all(path, "started_at", limit=n, newest_first=True)
        except HerokuError as error:
            if error.status != 416:
                raise
            answers = self._api.get_all(path)
        builds = wire.many(_build_of, answers)
        return sorted(builds, key=lambda build: build.created_at, reverse=True)[:n]

    def pending(self, app: str) -> Build | None:
        """A build that is under way, or None."""
        return next((build for build in self.newest(app) if build.status == "pending"), None)


@wire.answer_about("a build")
def _build_of(answer: Any) -> Build:
    return Build(
        id=answer["id"],
        status=answer["status"],
        created_at=wire.moment(answer["created_at"]),
        version=(answer.get("source_blob") or {}).get("version"),
        release_id=wire.identity(answer.get("release")),
        slug_id=wire.identity(answer.get("slug")),
        user=(answer.get("user") or {}).get("email"),
    )
