"""The Python environments that slugs run in."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shlex
import shutil
import sys
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Callable

from minion.sandbox.builds.buildpack import find_manifest
from minion.sandbox.builds.requirements import (
    Unreadable,
    read_pyproject,
    read_requirements,
    unsatisfied,
)
from minion.sandbox.machine.processes import lines, spawn

Write = Callable[[str], Awaitable[None]]

PRESENT = "present"
"""The name of the environment that the sandbox itself runs in."""

_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
"""The little of our own environment that a dyno needs to start at all."""

_KEPT_FOR_PIP = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_", "REQUESTS_CA_")


class InstallFailed(Exception):
    """The requirements could not be installed; the text is the step that failed."""


class Environments:
    """Virtual environments in `folder`, one for each set of requirements and Python."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, asyncio.Lock] = {}

    async def provide(self, slug: Path, write: Write) -> str:
        """The name of an environment that has what the slug requires, made if need be.

        Raises:
            InstallFailed: no manifest, or pip could not install it.
        """
        manifest = find_manifest(slug)
        if manifest is None:
            await write(" !     Error: Couldn't find any supported Python package manager files.\n")
            await write(" !     The sandbox installs from requirements.txt or pyproject.toml.\n")
            raise InstallFailed("no requirements")
        version = ".".join(map(str, sys.version_info[:3]))
        await write(f"-----> Using Python {version}, the sandbox's own\n")
        await write(f"-----> Installing dependencies from {manifest.name}\n")
        if self._has_all(manifest):
            await write("       Requirements already satisfied in the present environment\n")
            return PRESENT
        name = _fingerprint(manifest)
        async with self._locks.setdefault(name, asyncio.Lock()):
            if (self._folder / name / ".complete").exists():
                await write("       Requirements already satisfied, using the cached environment\n")
            else:
                await self._make(name, manifest, write)
        return name

    def variables(self, name: str) -> dict[str, str]:
        """The variables that make a process run in the environment `name`."""
        programs = self._programs(name)
        found = {
            "PATH": os.pathsep.join([str(programs), os.environ.get("PATH") or _SYSTEM_PATH]),
            "PYTHONUNBUFFERED": "1",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }
        if name != PRESENT:
            found["VIRTUAL_ENV"] = str(programs.parent)
        found.update({key: os.environ[key] for key in _KEPT if key in os.environ})
        return found

    def _has_all(self, manifest: Path) -> bool:
        read = read_pyproject if manifest.suffix == ".toml" else read_requirements
        try:
            return not unsatisfied(read(manifest))
        except Unreadable:
            return False

    def _programs(self, name: str) -> Path:
        if name != PRESENT:
            return self._folder / name / "bin"
        own = Path(sys.executable).parent
        return own if (own / "python").exists() else self._shims()

    def _shims(self) -> Path:
        """A folder with a `python`, for systems that have a `python3` only."""
        folder = self._folder / "shims"
        folder.mkdir(parents=True, exist_ok=True)
        shim = folder / "python"
        shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
        return folder

    async def _make(self, name: str, manifest: Path, write: Write) -> None:
        target = self._folder / name
        await asyncio.to_thread(shutil.rmtree, target, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        python = str(target / "bin" / "python")
        what = ["-r", str(manifest)] if manifest.suffix == ".txt" else ["."]
        env = {**_installers_variables(), "PATH": os.environ.get("PATH") or _SYSTEM_PATH}
        steps = (
            [sys.executable, "-m", "venv", str(target)],
            [python, "-m", "pip", "install", "--disable-pip-version-check", *what],
        )
        for argv in steps:
            if await _run(argv, env, manifest.parent, write):
                await asyncio.to_thread(shutil.rmtree, target, ignore_errors=True)
                await write(" !     Error: Unable to install dependencies using pip.\n")
                raise InstallFailed("pip install failed")
        (target / ".complete").touch()


async def _run(argv: list[str], env: Mapping[str, str], folder: Path, write: Write) -> int:
    child = await spawn(argv, env=env, cwd=folder)
    try:
        async for line in lines(child.output):
            await write(f"       {line}\n")
        return await child.wait()
    finally:
        await child.stop(0)


def _installers_variables() -> dict[str, str]:
    """Our own environment as far as it tells pip where and how to download."""
    return {
        key: value
        for key, value in os.environ.items()
        if key.upper().startswith(_KEPT_FOR_PIP) or key in ("HOME", "TMPDIR")
    }


def _fingerprint(manifest: Path) -> str:
    """The same for two slugs only if one environment suits both."""
    mark = hashlib.sha256(sys.version.encode() + sys.executable.encode())
    seen: set[Path] = set()

    def take(path: Path) -> None:
        if path in seen or not path.is_file():
            return
        seen.add(path)
        text = path.read_bytes()
        mark.update(b"\0" + text)
        for word in text.decode("utf-8", "replace").split():
            # Included and constraint files count; words that are no file do no harm.
            if word.endswith((".txt", ".in", ".pip")):
                take(path.parent / word.rpartition("=")[2])

    take(manifest)
    return mark.hexdigest()[:20]
