"""Where the settings are: the file, and what the process's environment says beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from minion.errors import SettingsError
from minion.settings.reading import parse
from minion.settings.values import FILENAME, Settings


def environ() -> Mapping[str, str]:
    """The process's environment as it is now (``fab sandbox`` changes it on the way)."""
    return dict(os.environ)


def load(start: Path | None = None) -> Settings:
    """The settings that hold in the folder `start` (default: the current one).

    ``MINION_SETTINGS`` names the file, else it is ``minion.toml`` in `start`
    or the nearest folder above. ``MINION_ORIGIN`` (a remote, URL or path)
    stands in for ``project.origin``: a rehearsal must not push to the real one.

    Raises:
        SettingsError: no such file, no TOML, or something in it that cannot be used.
    """
    path = find(start or Path.cwd())
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    settings = parse(content, path)
    origin = os.environ.get("MINION_ORIGIN")
    if not origin:
        return settings
    return replace(settings, origin=origin, is_rehearsal=True)


def find(start: Path) -> Path:
    """The settings file for the folder `start`.

    Raises:
        SettingsError: there is none.
    """
    named = os.environ.get("MINION_SETTINGS")
    if named:
        path = Path(named)
        path = path / FILENAME if path.is_dir() else path
        if not path.is_file():
            raise SettingsError(f"MINION_SETTINGS={named}: there is no such file")
        return path.resolve()
    for folder in [start, *start.resolve().parents]:
        if (folder / FILENAME).is_dir():
            raise SettingsError(f"{folder / FILENAME} is a folder, not a file")
        if (folder / FILENAME).exists():
            return (folder / FILENAME).resolve()
        if (folder / ".git").exists():
            break
    raise SettingsError(
        f"no {FILENAME} in {start}: write one with `fab init`, or try `fab sandbox deploy:uat`"
    )
