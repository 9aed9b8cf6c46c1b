"""The formations of apps: what of a release runs, how many dynos and of which size.

Dev Center: Scaling Your Dyno Formation; Preboot.
"""

from __future__ import annotations

from collections.abc import Mapping

from minion.sandbox.apps.config_vars import ConfigVars
from minion.sandbox.apps.running import Running
from minion.sandbox.dynos.process import RunSpec, Timing
from minion.sandbox.errors import ApiError
from minion.sandbox.state.records import METADATA, App, Release, Slug, new_id
from minion.sandbox.state.store import Store

#: Dyno sizes on which web dynos preboot (Dev Center: Preboot).
PREBOOT_SIZES = ("standard", "performance")


class Formations:
    """The formations of all apps; `timing` is read whenever dynos start."""

    def __init__(
        self, store: Store, config_vars: ConfigVars, running: Running, timing: Timing
    ) -> None:
        self._store = store
        self._config_vars = config_vars
        self._running = running
        self._timing = timing

    def current(self, app: App) -> Release | None:
        """The release that runs."""
        return self._store.get(Release, app.current_release_id)

    def run_spec(self, app: App, release: Release) -> RunSpec:
        """What dynos of a release run. Add-ons' values are those of today."""
        slug = self._store.get(Slug, release.slug_id)
        if slug is None:
            raise ApiError(422, "invalid_params", "The app has no slug to run yet.")
        today = self._config_vars.of_addons(app)
        return RunSpec(
            release_id=release.id,
            release_version=release.version,
            slug_id=slug.id,
            config_vars={
                **release.config_vars,
                **{key: value for key, value in today.items() if key in release.config_vars},
                **(_metadata(app, release, slug) if app.features.get(METADATA) else {}),
            },
            process_types=dict(slug.process_types),
        )

    async def run(self, app: App, *, preboot: bool) -> None:
        """Let the current release's dynos run, as the formation says."""
        release = self.current(app)
        if release is None or self._store.get(Slug, release.slug_id) is None:
            return
        spec = self.run_spec(app, release)
        self._complete_formation(app, spec.process_types)
        await self._running.of(app).dynos.formation.roll(
            spec,
            self.quantities(app, spec.process_types),
            preboot,
            self._timing,
            self.sizes(app),
        )

    def quantities(self, app: App, process_types: Mapping[str, str]) -> dict[str, int]:
        """How many dynos of each type are to run."""
        return {
            each: int(entry["quantity"])
            for each, entry in app.formation.items()
            if each in process_types and entry["quantity"]
        }

    def sizes(self, app: App) -> dict[str, str]:
        """The dyno size of each process type."""
        return {each: str(entry["size"]) for each, entry in app.formation.items()}

    def has_preboot(self, app: App) -> bool:
        """Whether new web dynos boot beside the old ones (Dev Center: Preboot)."""
        size = str(app.formation.get("web", {}).get("size", ""))
        return app.features.get("preboot", False) and size.lower().startswith(PREBOOT_SIZES)

    def _complete_formation(self, app: App, process_types: Mapping[str, str]) -> None:
        """Give new process types their place: one web dyno, none of the others."""
        size = app.formation.get("web", {}).get("size", "Basic")
        for each in process_types:
            if each not in app.formation:
                quantity = 1 if each == "web" else 0
                app.formation[each] = {"id": new_id(), "quantity": quantity, "size": size}
        self._store.save(app)


def _metadata(app: App, release: Release, slug: Slug) -> dict[str, str]:
    description = f"Deploy {slug.commit:.8}" if slug.commit else ""
    return {
        "HEROKU_APP_DEFAULT_DOMAIN_NAME": app.web_url.partition("//")[2].rstrip("/"),
        "HEROKU_APP_ID": app.id,
        "HEROKU_APP_NAME": app.name,
        "HEROKU_BUILD_COMMIT": slug.commit or "",
        "HEROKU_BUILD_DESCRIPTION": description,
        "HEROKU_RELEASE_CREATED_AT": release.created_at,
        "HEROKU_RELEASE_VERSION": f"v{release.version}",
        "HEROKU_SLUG_COMMIT": slug.commit or "",
        "HEROKU_SLUG_DESCRIPTION": description,
    }
