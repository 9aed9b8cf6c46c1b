"""What a ``minion.toml`` may say of a project: each value with the reason for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

#: Environments from the first to the live site, with what people call their remotes, branches
#: and apps. What is none of these is between the last but one and the live site.
STAGES: dict[str, tuple[str, ...]] = {
    "dev": ("dev", "develop", "development", "test", "testing", "qa"),
    "uat": ("uat", "staging", "stage", "preprod", "acceptance", "demo"),
    "live": ("live", "production", "prod", "heroku", "master", "main", "www"),
}
#: The stages of Heroku's pipelines, of which ``review`` and ``test`` hold no lasting apps.
OF_PIPELINE = {"development": "dev", "staging": "uat", "production": "live"}
LIVE = "live"


@dataclass(frozen=True)
class Place:
    """One environment; each `why` becomes a comment."""

    name: str
    apps: tuple[str, ...]
    why: str
    branch: str | None = None
    is_promoted: bool = False
    is_preboot: bool = False


@dataclass(frozen=True)
class Guess:
    """The whole file. `commands` are keys of ``[commands]`` with their values, and the reasons."""

    main_branch: str
    origin: str
    places: tuple[Place, ...]
    why_main: str = ""
    why_origin: str = ""
    config: str | None = None
    commands: dict[str, str] = field(default_factory=dict)
    why_commands: dict[str, str] = field(default_factory=dict)


def stage_of(word: str) -> str | None:
    """The environment that a remote's, branch's or app's name speaks of."""
    parts = word.lower().replace("_", "-").split("-")
    for stage, words in STAGES.items():
        if set(parts) & set(words) - {"heroku"} or word.lower() in words:
            return stage
    return None


def by_remotes(remotes: Sequence[tuple[str, str]]) -> tuple[Place, ...]:
    """The environments of git remotes that lead to Heroku: pairs of remote and app.

    A remote that says no stage is judged by its app's name; the only one, or else the
    one called ``heroku``, is the live site.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for remote, app in remotes:
        stage = LIVE if remote == "heroku" else stage_of(remote) or stage_of(app)
        if len(remotes) == 1:
            stage = LIVE
        found.setdefault(stage or remote.lower(), []).append((remote, app))
    return tuple(
        Place(
            name,
            tuple(dict.fromkeys(app for _, app in found[name])),
            "git remote " + " and ".join(remote for remote, _ in found[name]),
        )
        for name in sorted(found, key=_height)
    )


def by_pipeline(name: str, apps: Iterable[tuple[str, str]], preboot: Iterable[str]) -> list[Place]:
    """The environments of a pipeline: pairs of its stage and app; `preboot` have it on."""
    found: dict[str, list[str]] = {}
    for stage, app in apps:
        if stage in OF_PIPELINE:
            found.setdefault(stage, []).append(app)
    places: list[Place] = []
    for stage, environment in OF_PIPELINE.items():
        if stage not in found:
            continue
        places.append(
            Place(
                environment,
                tuple(sorted(found[stage])),
                f"{stage} of the pipeline {name}",
                is_promoted=environment == LIVE and bool(places),
                is_preboot=set(found[stage]) <= set(preboot),
            )
        )
    return places


def by_name(project: str) -> tuple[Place, ...]:
    """The environments of a project of which nothing is known yet."""
    why = "a guess: put in the app's name"
    return (
        Place("dev", (f"{project}-dev",), why),
        Place("uat", (f"{project}-uat",), why),
        Place(LIVE, (project,), why, is_promoted=True, is_preboot=True),
    )


def branch_of(name: str, branches: Iterable[str], main: str) -> str | None:
    """The branch that is by its name the environment's own; None where the main one serves."""
    there = set(branches) - {main}
    return next((word for word in STAGES.get(name, ()) if word in there), None)


def _height(name: str) -> tuple[int, str]:
    order = list(STAGES)
    return (order.index(name) * 2 if name in order else 2 * len(order) - 3, name)
