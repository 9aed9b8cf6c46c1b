"""Links of an environment into the project itself, made to lead into each dyno's copy of it.

Packages that are installed as editable are found by the path that the project had in the
build. On Heroku these paths are rewritten when a dyno boots; here many dynos share one
environment, so that the links follow HOME, which is the project's folder in each.
"""

from __future__ import annotations

from pathlib import Path


def free_of(folder: Path, environment: Path) -> None:
    """Let nothing in `environment` point into `folder` by its name."""
    for path in environment.glob("lib/python*/site-packages/*.pth"):
        text = path.read_text(encoding="utf-8")
        if str(folder) in text:
            lines = [_line(line, str(folder)) for line in text.splitlines()]
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    for path in environment.glob("lib/python*/site-packages/__editable___*_finder.py"):
        text = path.read_text(encoding="utf-8")
        fresh = text.replace(f"'{folder}", "__import__('os').environ['HOME'] + '")
        if fresh != text:
            path.write_text(fresh, encoding="utf-8")


def _line(line: str, folder: str) -> str:
    if line != folder and not line.startswith(f"{folder}/"):
        return line
    rest = line[len(folder) :]
    return f"import os, sys; sys.path.append(os.environ.get('HOME', '') + {rest!r})"
