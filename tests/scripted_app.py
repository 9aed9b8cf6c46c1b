"""One app of the scripted Heroku."""

from __future__ import annotations

from typing import Any

import scripted


class ScriptedApp:
    """One app. `releases` are as the API shows them, the oldest first."""

    def __init__(self, name: str, pipeline: str | None = None) -> None:
        self.name = name
        self.id = f"id-of-{name}"
        self.pipeline = pipeline
        self.maintenance = False
        self.preboot: bool | None = False
        self.generation = "cedar"
        self.config: dict[str, str] = {}
        self.configs: dict[int, dict[str, str]] = {}
        self.releases: list[dict[str, Any]] = []
        self.slugs: dict[str, dict[str, Any]] = {}
        self.builds: list[dict[str, Any]] = []
        self.formation = {"web": 1}
        self.attachments: list[dict[str, Any]] = []
        self.addons: list[dict[str, Any]] = []
        self.transfers: list[dict[str, Any]] = []
        self.web_url = f"https://{name}.example.com/"
        #: Lines of the log, and those that come while somebody follows it.
        self.log: list[str] = []
        self.coming: list[str] = []

    def deploy(self, commit: str, *, types: dict[str, str] | None = None, **more: Any) -> int:
        """The version of a new release of `commit`."""
        slug = f"slug-{len(self.slugs) + 1}"
        processes = types or {"web": "gunicorn shop"}
        self.slugs[slug] = {"id": slug, "commit": commit, "process_types": processes}
        return self.release(slug, description=f"Deploy {commit[:8]}", **more)

    def release(self, slug: str | None, status: str = "succeeded", **more: Any) -> int:
        """The version of a new release of a slug; it runs if it succeeded."""
        version = len(self.releases) + 1
        is_current = status == "succeeded"
        for one in self.releases if is_current else ():
            one["current"] = False
        made = scripted.release(
            version,
            status,
            current=is_current,
            slug={"id": slug} if slug else None,
            eligible_for_rollback=is_current,
            **more,
        )
        self.configs[version] = dict(self.config)
        self.releases.append(made)
        return version

    def set(self, **values: str | None) -> int:
        """The version of a new release with other config vars; None removes one."""
        self.config.update({key: value for key, value in values.items() if value is not None})
        for key in (key for key, value in values.items() if value is None):
            self.config.pop(key, None)
        return self.release(self.slug, description=f"Set {', '.join(values)} config vars")

    def build(self, status: str = "pending") -> None:
        """A build of somebody's."""
        made = {"id": f"b{len(self.builds)}", "status": status, "source_blob": None}
        self.builds.append({**made, "created_at": f"2026-02-03T04:05:{len(self.builds):02}Z"})

    def attach(self, variable: str, url: str, owner: str | None = None) -> None:
        """A database under the config var `variable`, that of the app `owner` or its own."""
        owner = owner or self.name
        addon = {
            "id": f"id-of-pg-{owner}",
            "name": f"pg-{owner}",
            "app": {"id": f"id-of-{owner}", "name": owner},
            "plan": {"name": "heroku-postgresql:standard-0"},
        }
        self.attachments.append({"id": variable, "name": variable[:-4], "addon": addon})
        if owner == self.name:
            self.addons.append({**addon, "state": "provisioned", "config_vars": [variable]})
        self.config[variable] = url

    @property
    def slug(self) -> str | None:
        """The slug of the release that runs."""
        running = next((one for one in self.releases if one["current"]), None)
        return running["slug"]["id"] if running and running["slug"] else None

    @property
    def commit(self) -> str | None:
        """The commit that runs."""
        return self.slugs[self.slug]["commit"] if self.slug else None

    @property
    def dynos(self) -> list[dict[str, Any]]:
        """All that the formation asks for, at once of the release that runs."""
        version = max((one["version"] for one in self.releases if one["current"]), default=0)
        up = {"state": "up", "release": {"id": "r", "version": version}}
        return [
            {"id": f"{kind}.{number}", "name": f"{kind}.{number}", "type": kind, **up}
            for kind, count in self.formation.items()
            for number in range(1, count + 1)
        ]

    def shown(self) -> dict[str, Any]:
        generation = {"id": "g", "name": self.generation}
        return scripted.app(
            self.name, maintenance=self.maintenance, generation=generation, web_url=self.web_url
        )

    def told(self, lines: int, *, tail: bool) -> str:
        """The last lines of the log, and with `tail` what comes; then the stream breaks off."""
        told = self.log[-lines:]
        if tail:
            told, self.log, self.coming = told + self.coming, self.log + self.coming, []
        return "".join(f"id: {number}\ndata: {line}\n\n" for number, line in enumerate(told))
