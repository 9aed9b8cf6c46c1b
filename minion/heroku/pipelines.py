"""Pipelines: who stands where, and promotions from one stage to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from minion.errors import HerokuError, NotFound
from minion.heroku import wire
from minion.heroku.api import Api
from minion.heroku.paths import path_of
from minion.heroku.records import Coupling, PromotionTarget
from minion.heroku.waiting import wait_for


class Pipelines:
    """All of these raise HerokuError, and NotFound where there is no such pipeline."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def coupling(self, app: str) -> Coupling | None:
        """The app's place in a pipeline, or None if it is in none."""
        try:
            answer = self._api.get(path_of("apps", app, "pipeline-couplings"))
        except NotFound:
            return None
        if isinstance(answer, list):
            # The path is a plural; the reference says one object all the same.
            if not answer:
                return None
            answer = answer[0]
        coupling = wire.coupling_of(answer)
        # The name is in the real API's answers, but not in the published schema.
        return coupling if coupling.pipeline_name else self._named(coupling)

    def couplings(self, pipeline_id: str) -> list[Coupling]:
        """The places of all apps of a pipeline; their `pipeline_name` may be empty."""
        path = path_of("pipelines", pipeline_id, "pipeline-couplings")
        return wire.many(wire.coupling_of, self._api.get_all(path))

    def find(self, name: str) -> tuple[str, str] | None:
        """Id and name of the pipeline called `name` that the token's owner sees."""
        for one in self._api.get_all(path_of("pipelines")):
            if isinstance(one, dict) and one.get("name") == name:
                return str(one.get("id")), name
        return None

    def promote(self, pipeline_id: str, source_app_id: str, target_app_ids: Sequence[str]) -> str:
        """Release what the source app runs on each target app; the promotion's id.

        The targets keep their config vars, add-ons and formation and run their
        own release phase; nothing is built (Dev Center: Pipelines).

        Raises:
            AnswerLost: there may or may not be a promotion under way.
        """
        answer = self._api.post(
            path_of("pipeline-promotions"),
            {
                "pipeline": {"id": pipeline_id},
                "source": {"app": {"id": source_app_id}},
                "targets": [{"app": {"id": target}} for target in target_app_ids],
            },
        )
        promotion = wire.identity(answer)
        if promotion is None:
            raise HerokuError("Heroku's answer to the promotion has no id")
        return promotion

    def targets(self, promotion_id: str) -> list[PromotionTarget]:
        """What became of a promotion on each app so far."""
        path = path_of("pipeline-promotions", promotion_id, "promotion-targets")
        return wire.many(wire.promotion_target_of, self._api.get_all(path))

    def wait(self, promotion_id: str, *, timeout_s: float, poll_s: float) -> list[PromotionTarget]:
        """The targets once none is pending; some may have failed while others succeeded.

        A promotion's own "completed" says nothing of success, so it is not asked.

        Raises:
            HerokuError: one is still pending after `timeout_s`, or they cannot be read.
        """
        return wait_for(
            self._api,
            lambda: self.targets(promotion_id),
            lambda found: bool(found) and all(one.status != "pending" for one in found),
            timeout_s=timeout_s,
            poll_s=poll_s,
            what="The promotion",
        )

    def _named(self, coupling: Coupling) -> Coupling:
        pipeline = self._api.get(path_of("pipelines", coupling.pipeline_id))
        name = pipeline.get("name") if isinstance(pipeline, dict) else None
        return replace(coupling, pipeline_name=str(name or ""))
