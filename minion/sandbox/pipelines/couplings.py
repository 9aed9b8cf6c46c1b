"""The places of apps in pipelines."""

from __future__ import annotations

from minion.sandbox.errors import invalid
from minion.sandbox.state.records import App, Coupling, Pipeline
from minion.sandbox.state.store import Store

STAGES = ("test", "review", "development", "staging", "production")


def check_stage(stage: object) -> str:
    """`stage`, if pipelines have one by that name.

    Raises:
        ApiError: they have not.
    """
    if stage not in STAGES:
        raise invalid(f"Stage must be one of {', '.join(STAGES)}.")
    return str(stage)


def couple(store: Store, app: App, pipeline_name: str, stage: str) -> Coupling:
    """Give an app its place in a pipeline, which is made if there is none.

    Raises:
        ApiError: there is no such stage, or the app is in a pipeline already.
    """
    check_stage(stage)
    if store.first(Coupling, app_id=app.id):
        raise invalid(f"App {app.name} is already in a pipeline.")
    pipeline = store.first(Pipeline, name=pipeline_name) or Pipeline(name=pipeline_name)
    coupling = Coupling(app_id=app.id, pipeline_id=pipeline.id, stage=stage)
    store.save(pipeline, coupling)
    return coupling
