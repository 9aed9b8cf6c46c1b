"""Which files are static."""

from __future__ import annotations

from dataclasses import dataclass

from minion.analyser.changes.paths import is_in, suffix
from minion.settings.defaults import STATIC_EXTENSIONS, STATIC_FOLDERS


@dataclass(frozen=True)
class StaticRules:
    """Which paths are static files: by extension (with its dot, lower case) or by folder."""

    extensions: tuple[str, ...] = STATIC_EXTENSIONS
    folders: tuple[str, ...] = STATIC_FOLDERS

    def matches(self, path: str) -> bool:
        """Whether `path` is a static file. Pages of documentation and templates are not."""
        return suffix(path) in self.extensions or any(is_in(path, name) for name in self.folders)
