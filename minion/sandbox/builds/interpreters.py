"""The Pythons that are on this machine: our own, those on PATH, pyenv's and uv's."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from minion.buildpack.pythons import NEWEST, OLDEST

# What a project cannot do without; distributions that cut Python into pieces may lack it.
_TRIAL = "import ssl, sys, zlib; print('%d.%d.%d' % sys.version_info[:3])"


@dataclass(frozen=True)
class Interpreter:
    """A Python that runs: its program and its full version."""

    program: str
    version: str

    @property
    def minor(self) -> int:
        """13 of 3.13.1."""
        return int(self.version.split(".")[1])


class Interpreters:
    """Looks for each minor version once."""

    def __init__(self) -> None:
        self._found: dict[int, Interpreter | None] = {}

    async def nearest(self, minor: int) -> Interpreter:
        """The Python of that minor version, or the one next to it; of two such the newer."""
        others = sorted(range(OLDEST, NEWEST + 1), key=lambda each: (abs(each - minor), -each))
        for each in dict.fromkeys((minor, *others)):
            if each not in self._found:
                self._found[each] = await asyncio.to_thread(_find, each)
            found = self._found[each]
            if found:
                return found
        return Interpreter(_own(), "{}.{}.{}".format(*sys.version_info[:3]))


def _own() -> str:
    """Our Python itself, not the virtual environment that we may run in."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def _find(minor: int) -> Interpreter | None:
    for program in _candidates(minor):
        try:
            told = subprocess.run(
                [program, "-I", "-c", _TRIAL],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=20,
            ).stdout.strip()
        except (OSError, subprocess.TimeoutExpired):
            continue
        # A program may be called python3.12 and start another.
        if re.fullmatch(rf"3\.{minor}\.\d+", told):
            return Interpreter(program, told)
    return None


def _candidates(minor: int) -> Iterator[str]:
    if sys.version_info[1] == minor:
        yield _own()
    name = f"python3.{minor}"
    path = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    # pyenv's shims start the versions that are chosen, and fail for all others.
    shims = [folder for folder in path if folder.name == "shims"]
    yield from (str(folder / name) for folder in path if folder not in shims)
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    roots = [
        *(Path(os.environ[key]) / "versions" for key in ("PYENV_ROOT",) if os.environ.get(key)),
        *(folder.parent / "versions" for folder in shims),
        home / ".pyenv/versions",
        Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv/python"),
    ]
    for root in dict.fromkeys(roots):
        found = [
            each for each in root.glob("*") if re.match(rf"(cpython-)?3\.{minor}\b", each.name)
        ]
        yield from (str(each / "bin" / name) for each in sorted(found, key=_patch, reverse=True))


def _patch(folder: Path) -> int:
    match = re.search(r"3\.\d+\.(\d+)", folder.name)
    return int(match[1]) if match else -1
