"""What a project's ``app.json`` asks for: add-ons and config vars.

Dev Center: app.json Schema. Heroku reads it for review apps and buttons; for an app made
by hand it says what the app cannot do without.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from minion.analyser.project.manifests import declared
from minion.analyser.project.tree import Tree

NAME = "app.json"
POSTGRES = "heroku-postgresql"
#: Without one of these no Django project speaks to PostgreSQL.
DRIVERS = frozenset(
    (
        *("psycopg", "psycopg-binary", "psycopg-c"),
        *("psycopg2", "psycopg2-binary", "psycopg2cffi"),
        *("django-heroku", "django-on-heroku", "django-toolbelt"),
    )
)


@dataclass(frozen=True)
class Wishes:
    """`addons` are services without their plans; `values` config vars with their defaults.

    `secrets` are those for which Heroku makes up a value, `missing` those that are required
    and for which nobody has given one.
    """

    addons: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def wishes_of(tree: Tree) -> Wishes:
    """What ``app.json`` says; nothing where there is none, or it cannot be read."""
    try:
        document = json.loads(tree.text(NAME) or "{}")
    except (ValueError, RecursionError):
        return Wishes()
    if not isinstance(document, dict):
        return Wishes()
    addons, env = document.get("addons"), document.get("env")
    kinds: dict[str, dict[str, str]] = {"value": {}, "secret": {}, "missing": {}}
    for name, told in env.items() if isinstance(env, dict) else ():
        kind, value = _value(told)
        kinds.setdefault(kind, {})[name] = value
    return Wishes(
        tuple(dict.fromkeys(_services(addons if isinstance(addons, list) else []))),
        kinds["value"],
        tuple(kinds["secret"]),
        tuple(kinds["missing"]),
    )


def needs_postgres(tree: Tree) -> bool:
    """Whether the project is one for PostgreSQL: by its add-ons, or the packages it declares."""
    if POSTGRES in wishes_of(tree).addons:
        return True
    known = declared(tree)
    if known is None or not known.is_known:
        return True
    return bool(known.names & DRIVERS)


def _services(addons: list[Any]) -> Iterator[str]:
    for one in addons:
        plan = one.get("plan") if isinstance(one, dict) else one
        if isinstance(plan, str) and plan:
            yield plan.partition(":")[0]


def _value(told: Any) -> tuple[str, str]:
    """What is known of a variable: its kind, and the value where it has one."""
    if isinstance(told, (str, int, float)):
        return "value", str(told)
    if not isinstance(told, dict):
        return "optional", ""
    if told.get("generator") == "secret":
        return "secret", ""
    value = told.get("value")
    if isinstance(value, (str, int, float)) and value != "":
        return "value", str(value)
    return ("missing" if told.get("required", True) else "optional"), ""
