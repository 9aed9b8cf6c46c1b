"""The rules of Heroku's Python buildpack: detection, Procfile, static files.

Source: heroku/heroku-buildpack-python (bin/detect, bin/steps/collectstatic),
heroku/buildpacks-procfile, and Dev Center: Django and Static Assets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

# heroku/buildpacks-procfile, src/procfile.rs: blanks may stand before, the colon may be missing,
# the blank behind it may not.
_PROCFILE_LINE = re.compile(r"^\s*([A-Za-z0-9_-]+):?\s+(\S.*?)\s*$")

_NOT_FOR_BUILDS = {
    *("PATH", "CPATH", "CPPATH", "LD_PRELOAD", "LIBRARY_PATH", "LD_LIBRARY_PATH", "PYTHONHOME"),
}
"""Config vars that would break the tools of a build; the buildpack drops them as well."""


def read_procfile(folder: Path) -> tuple[dict[str, str], dict[int, str]]:
    """Process types and their commands, and the lines by their numbers that are neither.

    Both empty without a Procfile.
    """
    path = folder / "Procfile"
    if not path.is_file():
        return {}, {}
    types: dict[str, str] = {}
    other: dict[int, str] = {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        match = _PROCFILE_LINE.match(line)
        if match:
            types[match[1]] = match[2]
        elif line.strip() and not line.lstrip().startswith("#"):
            other[number] = line.strip()
    return types, other


def config_vars_for_build(config_vars: Mapping[str, str]) -> dict[str, str]:
    """The config vars that the buildpack passes on to the build's commands."""
    return {key: value for key, value in config_vars.items() if key not in _NOT_FOR_BUILDS}


def find_manage_py(folder: Path) -> Path | None:
    """The shallowest manage.py, at most two folders down, relative to `folder`."""
    found = [
        path.relative_to(folder)
        for pattern in ("manage.py", "*/manage.py", "*/*/manage.py")
        for path in sorted(folder.glob(pattern))
        if path.is_file() and not path.is_symlink()
    ]
    return found[0] if found else None


def why_no_collectstatic(folder: Path, config_vars: Mapping[str, str]) -> str | None:
    """The notice with which collectstatic is skipped before Django is even looked for."""
    if (folder / ".heroku" / "collectstatic_disabled").exists():
        return "the deprecated file '.heroku/collectstatic_disabled' exists"
    # An empty value counts as 0: the buildpack reads ${DISABLE_COLLECTSTATIC:-0}.
    if (config_vars.get("DISABLE_COLLECTSTATIC") or "0") != "0":
        return "the env var DISABLE_COLLECTSTATIC is set"
    return None
