"""The text of a ``minion.toml`` to begin with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Union

from minion.commands.init.guesses import Guess, Place
from minion.settings.keys import KEYS, toml

Value = Union[str, bool, "tuple[str, ...]"]

WAY_UP = "# From the first environment to the last: code moves up. The last one is the live site.\n"


def text_of(guess: Guess) -> str:
    """The file. What was guessed says from what; whatever is left out has its default."""
    project: dict[str, Value] = {"main_branch": guess.main_branch, "origin": guess.origin}
    if guess.config is not None:
        project["config"] = guess.config
    whys = {"main_branch": guess.why_main, "origin": guess.why_origin}
    parts = [_table("project", project, whys)]
    if guess.commands:
        parts.append(_table("commands", guess.commands, guess.why_commands))
    parts.append(WAY_UP)
    parts += [_place(place) for place in guess.places]
    return "\n".join(parts)


def _place(place: Place) -> str:
    values: dict[str, Value] = {}
    if len(place.apps) == 1:
        values["app"] = place.apps[0]
    else:
        values["apps"] = place.apps
    whys = dict.fromkeys(values, place.why)
    if place.branch is not None:
        values["branch"] = place.branch
        whys["branch"] = "a branch of this name is there"
    if place.is_promoted:
        values["pipeline"] = True
    if place.is_preboot:
        values["preboot"] = True
    return _table(f"environments.{place.name}", values, whys)


def _table(path: str, values: Mapping[str, Value], whys: Mapping[str, str]) -> str:
    group = "environments.NAME" if path.startswith("environments.") else path
    lines = [f"[{path}]"]
    for key, value in values.items():
        comment = "; ".join(filter(None, (KEYS[f"{group}.{key}"].comment, whys.get(key))))
        line = f"{key} = {toml(value)}"
        lines.append(f"{line:<31} # {comment}" if comment else line)
    return "\n".join(lines) + "\n"
