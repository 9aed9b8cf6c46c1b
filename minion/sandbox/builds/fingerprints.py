"""Which environment a project needs, told by all that decides about its content."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from minion.sandbox.builds.hooks import HOOKS
from minion.sandbox.builds.interpreters import Interpreter

#: What else decides about the outcome besides the manifest.
_BESIDE = ("pyproject.toml", "Pipfile", "poetry.toml", "uv.toml", "setup.py", "setup.cfg", *HOOKS)
#: A manifest that installs a folder of the project, whose content decides then, too.
_LOCAL = {
    "requirements.txt": re.compile(
        r"^\s*(-e|--editable|\.|/|[\w.-]+/|file:|\S+\s*@\s*file:)", re.M
    ),
    "Pipfile.lock": re.compile(r'"path":'),
    "poetry.lock": re.compile(r'^type = "(directory|file)"', re.M),
    "uv.lock": re.compile(r"source = \{ (directory|path) = "),
}


def fingerprint(
    slug: Path, manifest: str, interpreter: Interpreter, commit: str, index: str | None
) -> str:
    """The same for two slugs only if one environment suits both."""
    mark = hashlib.sha256(f"{interpreter.program} {interpreter.version} {manifest}".encode())
    mark.update((index or "").encode())
    seen: set[Path] = set()
    texts: list[str] = []

    def take(path: Path) -> None:
        if path in seen or not path.is_file():
            return
        seen.add(path)
        content = path.read_bytes()
        mark.update(b"\0" + content)
        texts.append(content.decode("utf-8", "replace"))
        if manifest == "requirements.txt":
            for word in texts[-1].split():
                # Included and constraint files count; words that are no file do no harm.
                if word.endswith((".txt", ".in", ".pip")):
                    take(path.parent / word.rpartition("=")[2])

    take(slug / manifest)
    if any(_LOCAL[manifest].search(text) for text in texts):
        mark.update(commit.encode())
    for name in _BESIDE:
        mark.update(name.encode())
        take(slug / name)
    return mark.hexdigest()[:20]
