"""The Python environments that slugs run in: each holds what its project declares, no more."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from minion.sandbox.builds import cache
from minion.sandbox.builds.commands import Write, fail
from minion.sandbox.builds.editable import free_of
from minion.sandbox.builds.hooks import HOOKS
from minion.sandbox.builds.installers import SHOWN, Installer
from minion.sandbox.builds.interpreters import Interpreter

_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
"""The little of our own environment that a dyno needs to start at all."""

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


class Environments:
    """Virtual environments in `folder`, one for each manifest and Python.

    Several sandboxes may have one folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, asyncio.Lock] = {}
        cache.prune(folder)

    async def provide(
        self,
        slug: Path,
        manifest: str,
        interpreter: Interpreter,
        commit: str,
        config_vars: Mapping[str, str],
        write: Write,
    ) -> str:
        """The name of an environment that has what the slug declares, made if need be.

        Raises:
            BuildFailed: it cannot be installed.
        """
        name = _fingerprint(slug, manifest, interpreter, commit)
        async with self._locks.setdefault(name, asyncio.Lock()):
            turn = cache.alone(self._folder, name)
            await asyncio.to_thread(turn.__enter__)
            try:
                if (self._folder / name / cache.COMPLETE).exists():
                    cache.use(self._folder / name)
                    known = "what is declared is as in a build before"
                    await write(f"-----> Restoring cache: {known}\n")
                else:
                    index = config_vars.get("PIP_EXTRA_INDEX_URL")
                    await self._make(name, slug, manifest, interpreter, index, write)
            finally:
                turn.__exit__(None, None, None)
        return name

    def variables(self, name: str) -> dict[str, str]:
        """The variables that make a process run in the environment `name`."""
        environment = self._folder / name
        cache.use(environment)
        return {
            **bare_variables(),
            "PATH": os.pathsep.join([str(environment / "bin"), system_path()]),
            "VIRTUAL_ENV": str(environment),
        }

    async def _make(
        self,
        name: str,
        slug: Path,
        manifest: str,
        interpreter: Interpreter,
        index: str | None,
        write: Write,
    ) -> None:
        target = self._folder / name
        await asyncio.to_thread(shutil.rmtree, target, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        await write(f"-----> Installing dependencies using '{SHOWN[manifest]}'\n")
        installer = Installer(target, index, system_path(), write)
        made = await installer.make(interpreter.program)
        if not (made and await installer.install(manifest, slug, interpreter.minor)):
            await asyncio.to_thread(shutil.rmtree, target, ignore_errors=True)
            raise await fail(
                write,
                f"{manifest}: what it declares could not be installed.",
                "The lines above say why.",
            )
        await asyncio.to_thread(free_of, slug, target)
        (target / cache.COMPLETE).touch()


def bare_variables() -> dict[str, str]:
    """The variables of a process without Python."""
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    return {
        "PATH": system_path(),
        "PYTHONUNBUFFERED": "1",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        **kept,
    }


def system_path() -> str:
    """Our PATH without what is somebody's own: a dyno has the system's programs only.

    Programs of virtual environments and of somebody's home are nothing that a slug holds.
    """
    home = Path.home()
    found = [
        folder
        for folder in (os.environ.get("PATH") or _SYSTEM_PATH).split(os.pathsep)
        if folder
        and home not in Path(folder).parents
        and Path(folder).name != "shims"
        and not (Path(folder).parent / "pyvenv.cfg").exists()
    ]
    return os.pathsep.join([*found, *(p for p in _SYSTEM_PATH.split(":") if p not in found)])


def _fingerprint(slug: Path, manifest: str, interpreter: Interpreter, commit: str) -> str:
    """The same for two slugs only if one environment suits both."""
    mark = hashlib.sha256(f"{interpreter.program} {interpreter.version} {manifest}".encode())
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
