"""Whether Pipfile.lock belongs to its Pipfile, as ``pipenv install --deploy`` judges it.

Pipenv keeps a hash of the Pipfile in the lock file and refuses another one. The version that
Heroku installs (2026.7.1; requirements/pipenv.txt of the buildpack) writes packages' names as the
index compares them before it makes the hash (pipenv/project.py, calculate_pipfile_hash), so a
lock file of an older Pipenv is out of date to it where the Pipfile has "Django".
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from typing import Any

from minion.buildpack.source import Refusal, Source

LOCK = "Pipfile.lock"
_NO_PACKAGES = {
    *("source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv"),
    *("default", "develop"),
}
#: What counts where a Pipfile names no source (plette, which Pipenv reads it with).
_SOURCE = {"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": True}


def out_of_date(source: Source) -> Refusal | None:
    """Why the build refuses the lock file; None also where it cannot be told."""
    pipfile, lock = source.text("Pipfile"), source.text(LOCK)
    if pipfile is None or lock is None:
        return None
    try:
        noted = json.loads(lock)["_meta"]["hash"]["sha256"]
        expected = hash_of(pipfile)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if noted == expected:
        return None
    return Refusal(LOCK, "is out of date to Heroku's Pipenv, which refuses it", "pipenv lock")


def hash_of(pipfile: str) -> str:
    """The hash of a Pipfile's text.

    Raises:
        ValueError, TypeError, AttributeError: it is no Pipfile.
    """
    found = _toml(pipfile)
    data: dict[str, Any] = {
        "_meta": {"sources": found.get("source", [_SOURCE]), "requires": found.get("requires", {})},
        "default": _canonical(found.get("packages", {})),
        "develop": _canonical(found.get("dev-packages", {})),
        **{name: _canonical(found[name]) for name in found if name not in _NO_PACKAGES},
    }
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(packages: dict[str, Any]) -> dict[str, Any]:
    """With names as the index compares them (PEP 503)."""
    return {re.sub(r"[-_.]+", "-", name).lower(): packages[name] for name in packages}


def _toml(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    found: dict[str, Any] = tomllib.loads(text)
    return found
