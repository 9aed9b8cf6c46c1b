"""Add-ons: what is attached to an app, and the config vars that they manage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from minion.heroku import wire
from minion.heroku.api import Api
from minion.heroku.paths import path_of
from minion.heroku.records import Attachment


@dataclass(frozen=True)
class Addon:
    """An add-on billed to an app; `plan` is such as "heroku-postgresql:standard-0".

    `config_vars` are the names of the variables that it sets there.
    """

    id: str
    name: str
    plan: str
    state: str
    config_vars: tuple[str, ...]


class Addons:
    """All of these raise HerokuError, and NotFound where there is no such app."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def of_app(self, app: str) -> list[Addon]:
        """The add-ons that are billed to the app."""
        return wire.many(_addon_of, self._api.get_all(path_of("apps", app, "addons")))

    def attachments(self, app: str) -> list[Attachment]:
        """The add-ons that the app can use, those of other apps included."""
        answers = self._api.get_all(
            path_of("apps", app, "addon-attachments"),
            accept_suffix=".sdk",
            inclusion="addon:plan",
        )
        found = wire.many(wire.attachment_of, answers)
        # Without the inclusion the schema's answer has no plan.
        return [one if one.plan else replace(one, plan=self._plan(one.addon_id)) for one in found]

    def attached_to(self, addon_id: str) -> list[tuple[str, str]]:
        """The apps that an add-on is attached to, each with the config var there."""
        answers = self._api.get_all(path_of("addons", addon_id, "addon-attachments"))
        return wire.many(_place_of, answers)

    def managed_vars(self, app: str) -> dict[str, str]:
        """The config vars that must not be set by hand, each with its add-on's name.

        Heroku refuses to overwrite them (422, "Cannot overwrite attachment values").
        """
        answers = self._api.get_all(path_of("apps", app, "addon-attachments"))
        attached = wire.many(wire.attachment_of, answers)
        managed = {one.variable: one.addon_name for one in attached}
        for addon in self.of_app(app):
            managed.update((name, addon.name) for name in addon.config_vars)
        return managed

    def _plan(self, addon_id: str) -> str:
        return _addon_of(self._api.get(path_of("addons", addon_id))).plan


@wire.answer_about("an add-on attachment")
def _place_of(answer: Any) -> tuple[str, str]:
    return answer["app"]["name"], wire.attachment_of(answer).variable


@wire.answer_about("an add-on")
def _addon_of(answer: Any) -> Addon:
    return Addon(
        id=answer["id"],
        name=answer["name"],
        plan=(answer.get("plan") or {}).get("name") or "",
        state=answer.get("state") or "",
        config_vars=tuple(answer.get("config_vars") or ()),
    )
