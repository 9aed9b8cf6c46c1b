"""The packages of a poetry.lock as requirements, for an installer that is faster than Poetry."""

from __future__ import annotations

import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def requirements_of(text: str) -> list[str]:
    """What the project itself needs of the index, pinned and with hashes.

    Empty where the file cannot be read. Packages from elsewhere are left out, and where the
    file does not say for which platforms one is meant it may be one too many: Poetry, which
    has the last word, adds and removes.
    """
    try:
        packages = tomllib.loads(text)["package"]
        return [_requirement(one) for one in packages if _is_wanted(one)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _is_wanted(package: dict[str, Any]) -> bool:
    is_of_index = package.get("source", {}).get("type", "legacy") == "legacy"
    is_for_main = "main" in package.get("groups", ["main"])
    return is_of_index and is_for_main and not package.get("optional", False)


def _requirement(package: dict[str, Any]) -> str:
    markers = package.get("markers", "")
    if isinstance(markers, dict):
        markers = markers.get("main", "")
    condition = f" ; {markers}" if markers else ""
    hashes = "".join(f" --hash={one['hash']}" for one in package["files"])
    return f"{package['name']}=={package['version']}{condition}{hashes}"
