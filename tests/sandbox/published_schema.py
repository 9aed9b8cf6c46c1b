"""The published schema of the Platform API, where it can be found, as a judge of answers."""

import json
import os
import re
from functools import cache
from pathlib import Path

from jsonschema import Draft4Validator, FormatChecker

#: The published file may say nothing of these, or leave them out for most accounts.
OPTIONAL = {("add-on", "provision_message")}


def schema_path() -> Path:
    """Where HEROKU_SCHEMA says, or in the folder `shared` beside the repository."""
    beside = Path(__file__).parents[3] / "shared" / "heroku-schema.json"
    return Path(os.environ.get("HEROKU_SCHEMA", beside))


@cache
def load():
    """The schema; None where it is absent."""
    path = schema_path()
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def check(method: str, path: str, answer: object) -> bool:
    """Hold an answer against the schema; False if the schema (or its entry) is not there.

    Raises:
        AssertionError: with what does not fit.
    """
    entry = _entry(method, path)
    if entry is None:
        return False
    noun, schema = entry
    whole = {**schema, "definitions": load()["definitions"]}
    checker = Draft4Validator(whole, format_checker=FormatChecker())
    faults = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in checker.iter_errors(_at_heroku(answer))
    ]
    for item in answer if isinstance(answer, list) else [answer]:
        faults += [f"{name} is missing" for name in _expected(noun, schema) - set(item)]
    assert not faults, f"{method} {path}: {faults}"
    return True


@cache
def _links():
    """Method, pattern of the path, noun and schema of each documented answer."""
    found = []
    for noun, definition in load()["definitions"].items():
        for link in definition.get("links", []):
            pattern = re.sub(r"\{\([^)]*\)\}", "[^/]+", link["href"])
            target = link.get("targetSchema")
            if target is None:
                target = {"$ref": f"#/definitions/{noun}"}
                if link["rel"] == "instances":
                    target = {"type": ["array"], "items": target}
            literal = -pattern.count("[^/]+")
            found.append((literal, link["method"], re.compile(pattern), noun, target))
    # "/pipelines/{id}" would also take what has a path of its own.
    return sorted(found, key=lambda each: each[0], reverse=True)


def _entry(method, path):
    if load() is None:
        return None
    for _, verb, pattern, noun, target in _links():
        if verb == method and pattern.fullmatch(path):
            return noun, target
    return None


def _expected(noun, schema):
    """The fields that an answer about `noun` has."""
    if noun == "config-var" or "properties" not in load()["definitions"][noun]:
        return set()
    reference = json.dumps(schema)
    if f"#/definitions/{noun}" not in reference:
        return set()
    return {
        name for name in load()["definitions"][noun]["properties"] if (noun, name) not in OPTIONAL
    }


def _at_heroku(answer):
    """The answer as if it came from Heroku: the schema knows no other hosts for these."""
    if isinstance(answer, list):
        return [_at_heroku(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    changed = dict(answer)
    if isinstance(changed.get("git_url"), str):
        name = changed["git_url"].rpartition("/")[2]
        changed["git_url"] = f"https://git.heroku.com/{name}"
        changed["web_url"] = f"https://{changed['name']}.herokuapp.com/"
    return changed
