"""The maintenance page and preboot: changed for a deployment, then put back as found."""

from __future__ import annotations

from dataclasses import dataclass

from minion.errors import HerokuError
from minion.steps.base import Step, insist
from minion.steps.world import World

#: No permission, no such feature for the app, or not as things stand.
REFUSED = (403, 404, 422)


class PageRefused(HerokuError):
    """Heroku does not let the maintenance page of an app be put up."""


def on_off(value: bool) -> str:
    return "on" if value else "off"


def set_page(world: World, app: str, up: bool) -> None:
    """Put the maintenance page of `app` up or down and remember that we did.

    Raises:
        PageRefused: Heroku does not allow it.
        HerokuError: it could not be done.
    """
    _switch(world, app, up)
    world.record("page", app=app, up=up)
    if up:
        world.page_up.add(app)
    else:
        world.page_up.discard(app)


def put_back(world: World, app: str, found: bool) -> None:
    """The page is as it was found, and no longer ours."""
    _switch(world, app, found)
    world.record("page", app=app, up=found)
    world.page_up.discard(app)


def _switch(world: World, app: str, up: bool) -> None:
    try:
        insist(lambda: world.heroku.apps.set_maintenance(app, up))
    except HerokuError as error:
        if error.status not in REFUSED:
            raise
        raise PageRefused(
            f"{app}: Heroku refuses to switch its maintenance page ({error}). An owner of the app "
            f"can give you the permission: heroku access -a {app}",
            status=error.status,
        ) from error


@dataclass(frozen=True)
class PageCheck(Step):
    """Heroku lets us put the page up: seen before anything is done that needs it.

    What is so is written once more, which changes nothing and needs the same permission.
    """

    @property
    def title(self) -> str:
        return f"{self.app}: see whether the maintenance page can be put up"

    def do(self, world: World) -> None:
        is_up = world.heroku.apps.get(self.app).maintenance
        try:
            _switch(world, self.app, is_up)
        except PageRefused as error:
            raise PageRefused(
                f"{error}. Nothing was deployed. If you know that the site bears it without the "
                "page, maintenance=no; or deploy in parts that need none",
                status=error.status,
            ) from error


@dataclass(frozen=True)
class MaintenanceOn(Step):
    """The maintenance page goes up; `found` says whether it was up already."""

    found: bool

    @property
    def title(self) -> str:
        return f"{self.app}: maintenance page up"

    def do(self, world: World) -> None:
        set_page(world, self.app, True)

    @property
    def puts_page_up(self) -> bool:
        return True

    def recall(self, world: World) -> None:
        world.page_up.add(self.app)

    def undo(self, world: World) -> None:
        put_back(world, self.app, self.found)


@dataclass(frozen=True)
class MaintenanceOff(Step):
    """The page comes down, unless somebody had put it up before the deployment."""

    found: bool

    @property
    def title(self) -> str:
        if self.found:
            return f"{self.app}: maintenance page stays up, as it was found"
        return f"{self.app}: maintenance page down"

    @property
    def is_closing(self) -> bool:
        return True

    def do(self, world: World) -> None:
        put_back(world, self.app, self.found)

    def recall(self, world: World) -> None:
        world.page_up.discard(self.app)


@dataclass(frozen=True)
class PrebootSwitch(Step):
    """Preboot is switched for this deployment; `found` is what it was before."""

    on: bool
    found: bool

    @property
    def title(self) -> str:
        return f"{self.app}: preboot {on_off(self.on)} for this deployment"

    @property
    def by_hand(self) -> str | None:
        command = "enable" if self.found else "disable"
        return f"heroku features:{command} preboot -a {self.app}"

    def do(self, world: World) -> None:
        insist(lambda: world.heroku.apps.set_preboot(self.app, self.on))

    def undo(self, world: World) -> None:
        insist(lambda: world.heroku.apps.set_preboot(self.app, self.found))


@dataclass(frozen=True)
class PrebootBack(Step):
    """Preboot is put back as it was found."""

    found: bool

    @property
    def title(self) -> str:
        return f"{self.app}: preboot back {on_off(self.found)}"

    @property
    def is_closing(self) -> bool:
        return True

    def do(self, world: World) -> None:
        insist(lambda: world.heroku.apps.set_preboot(self.app, self.found))


@dataclass(frozen=True)
class SetPage(Step):
    """The page goes up or down because the operator says so, and stays."""

    up: bool

    @property
    def title(self) -> str:
        return f"{self.app}: maintenance page {_up_down(self.up)}"

    @property
    def needs_release(self) -> bool:
        return False

    def do(self, world: World) -> None:
        now = insist(lambda: world.heroku.apps.set_maintenance(self.app, self.up))
        world.console.say(f"{self.app}: the maintenance page is {_up_down(now.maintenance)}.")


def _up_down(up: bool) -> str:
    return "up" if up else "down"
