"""Releases: what runs, what it was made from, and waiting for one to be out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from minion.errors import HerokuError, NotFound
from minion.heroku import wire
from minion.heroku.api import Api
from minion.heroku.paths import path_of
from minion.heroku.records import Release
from minion.heroku.release_output import ReleaseOutput
from minion.heroku.waiting import wait_for

FULL_SHA = re.compile(r"[0-9a-f]{40}")
#: How long after its end the rest of a release phase's output is waited for.
OUTPUT_GRACE_S = 3.0
#: With the suffix, releases of Fir apps show their OCI image.
SUFFIX = ".sdk"


def find_current(newest_first: Sequence[Release]) -> Release | None:
    """The release among them that runs: a succeeded one with something to run.

    The newest release may be failed or pending, so ``current`` decides where
    it is said; the newest succeeded one otherwise.
    """
    runnable = [
        release for release in newest_first if release.status == "succeeded" and release.code
    ]
    marked = [release for release in runnable if release.current]
    return next(iter(marked or runnable), None)


class Releases:
    """All of these raise HerokuError, and NotFound where there is no such app or release."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._artifacts: dict[tuple[str, str], Mapping[str, Any]] = {}

    def newest(self, app: str, n: int = 20) -> list[Release]:
        """The newest `n` releases, newest first, whatever their status."""
        answers = self._api.get_all(
            path_of("apps", app, "releases"),
            "version",
            limit=n,
            newest_first=True,
            accept_suffix=SUFFIX,
        )
        return wire.many(wire.release_of, answers)

    def get(self, app: str, release: int | str) -> Release:
        """One release, by its version or its id."""
        path = path_of("apps", app, "releases", release)
        return wire.release_of(self._api.get(path, accept_suffix=SUFFIX))

    def current(self, app: str) -> Release | None:
        """The release that runs, or None if nothing was ever deployed."""
        return self.running(app, self.newest(app))

    def running(self, app: str, newest: Sequence[Release]) -> Release | None:
        """Like `current`, for a caller that has the newest releases already.

        Asks for more of them only where those given cannot tell.
        """
        found = find_current(newest)
        if found is None and newest and newest[-1].version > 1:
            # Releases that made nothing run, such as a day of failed ones, hide it.
            found = find_current(self.newest(app, 1000))
        return found

    def pending_release(self, app: str) -> Release | None:
        """The newest release if it is still pending: its release phase runs."""
        newest = self.newest(app, 1)
        return newest[0] if newest and newest[0].status == "pending" else None

    def newest_after(self, app: str, version: int) -> Release | None:
        """The newest release, if one was made after `version`."""
        newest = self.newest(app, 1)
        return newest[0] if newest and newest[0].version > version else None

    def commit_of(self, app: str, release: Release) -> str | None:
        """The full SHA that the release was built from; None if it was no git commit.

        Taken from the slug or image, never from the description. None too when
        Heroku has destroyed the slug (changelog 3395: after 30 days and 20 releases).
        """
        commit = self._artifact(app, release).get("commit")
        is_sha = isinstance(commit, str) and FULL_SHA.fullmatch(commit)
        return commit if is_sha else None

    def process_types_of(self, app: str, release: Release) -> dict[str, str]:
        """The commands of the release's Procfile by process type; empty if unknown."""
        return dict(self._artifact(app, release).get("process_types") or {})

    def config_vars(self, app: str, version: int) -> dict[str, str]:
        """The config vars that a release had, with their values, which are secrets."""
        path = path_of("apps", app, "releases", version, "config-vars")
        return wire.config_of(self._api.get(path))

    def create(self, app: str, *, release: Release, description: str | None = None) -> Release:
        """A new release of the slug or image of `release`, with today's config vars."""
        body = {"slug": release.slug_id} if release.slug_id else {"oci_image": release.oci_image_id}
        if not any(body.values()):
            raise HerokuError(f"{app}: v{release.version} has nothing that could be released again")
        if description:
            body["description"] = description
        return wire.release_of(self._api.post(path_of("apps", app, "releases"), body))

    def rollback(self, app: str, release_id: str) -> Release:
        """A new release with the code and the config vars of an earlier one.

        The release phase runs again; add-ons stay as they are (Dev Center: Releases).
        """
        return wire.release_of(
            self._api.post(path_of("apps", app, "releases"), {"release": release_id})
        )

    def wait(
        self,
        app: str,
        version: int,
        *,
        timeout_s: float,
        poll_s: float,
        on_output: Callable[[bytes], None] | None = None,
    ) -> Release:
        """The release once it is no longer pending; look at its `status`.

        `on_output` gets what its release phase prints, in this thread. Output
        that cannot be read is done without; the status is not.

        Raises:
            HerokuError: it is still pending after `timeout_s`, or cannot be read.
        """
        output = ReleaseOutput(self._api, on_output) if on_output else None

        def look() -> Release:
            release = self.get(app, version)
            if output and release.output_stream_url:
                output.start(release.output_stream_url)
            return release

        try:
            release = wait_for(
                self._api,
                look,
                lambda release: release.status != "pending",
                timeout_s=timeout_s,
                poll_s=poll_s,
                what=f"Release v{version} of {app}",
                pause=output.pass_on if output else None,
            )
            if output:
                output.finish(OUTPUT_GRACE_S)
            return release
        finally:
            if output:
                output.close()

    def _artifact(self, app: str, release: Release) -> Mapping[str, Any]:
        """The slug (Cedar) or OCI image (Fir) of a release; it never changes, so asked once."""
        kind, artifact = "slugs", release.slug_id
        if not artifact:
            kind, artifact = "oci-images", release.oci_image_id
        if not artifact:
            return {}
        known = self._artifacts.get((app, artifact))
        if known is None:
            known = self._read_artifact(app, kind, artifact)
            self._artifacts[app, artifact] = known
        return known

    def _read_artifact(self, app: str, kind: str, artifact: str) -> Mapping[str, Any]:
        try:
            answer = self._api.get(path_of("apps", app, kind, artifact))
        except NotFound:
            return {}
        if isinstance(answer, list):  # As for OCI images.
            answer = answer[0] if answer else {}
        if not isinstance(answer, Mapping):
            raise HerokuError(f"Heroku's answer about {kind} of {app} is odd")
        return answer
