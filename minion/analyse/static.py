"""Which files are static."""

from __future__ import annotations

from dataclasses import dataclass

from minion.analyse.paths import is_in, suffix

_CODE = (".css", ".scss", ".sass", ".less", ".js", ".mjs", ".cjs", ".map", ".wasm")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".webp", ".avif", ".bmp")
_FONTS = (".woff", ".woff2", ".ttf", ".otf", ".eot")
_OTHERS = (".webmanifest", ".mp3", ".mp4", ".webm", ".ogg", ".pdf")
#: Files that end up in STATIC_ROOT of a typical Django project.
DEFAULT_STATIC_EXTENSIONS = _CODE + _PICTURES + _FONTS + _OTHERS
#: Folders whose whole content is collected, whatever its extension.
DEFAULT_STATIC_FOLDERS = ("static", "staticfiles", "assets")


@dataclass(frozen=True)
class StaticRules:
    """Which paths are static files: by extension (with its dot, lower case) or by folder."""

    extensions: tuple[str, ...] = DEFAULT_STATIC_EXTENSIONS
    folders: tuple[str, ...] = DEFAULT_STATIC_FOLDERS

    def matches(self, path: str) -> bool:
        """Whether `path` is a static file. Pages of documentation and templates are not."""
        return suffix(path) in self.extensions or any(is_in(path, name) for name in self.folders)
