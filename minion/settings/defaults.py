"""What `minion.toml` need not say."""

from __future__ import annotations

_CODE = (".css", ".scss", ".sass", ".less", ".js", ".mjs", ".cjs", ".map", ".wasm")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".webp", ".avif", ".bmp")
_FONTS = (".woff", ".woff2", ".ttf", ".otf", ".eot")
_OTHERS = (".webmanifest", ".mp3", ".mp4", ".webm", ".ogg", ".pdf")
#: Files that end up in STATIC_ROOT of a typical Django project.
STATIC_EXTENSIONS = _CODE + _PICTURES + _FONTS + _OTHERS
#: Folders whose whole content is collected, whatever its extension.
STATIC_FOLDERS = ("static", "staticfiles", "assets")
