"""The Python environments that slugs run in: each holds what its project declares, no more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from minion.sandbox.builds import cache
from minion.sandbox.builds.commands import Write, fail, warn
from minion.sandbox.builds.editable import free_of
from minion.sandbox.builds.fingerprints import fingerprint
from minion.sandbox.builds.installers import SHOWN, Installer
from minion.sandbox.builds.interpreters import Interpreter
from minion.sandbox.builds.project import Project

_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
"""The little of our own environment that a dyno needs to start at all."""


@dataclass(frozen=True)
class Environment:
    """Its name among all, and of what it was made, so that it can be made again."""

    name: str
    manifest: str
    interpreter: Interpreter


class Environments:
    """Virtual environments in `folder`, one for each manifest and Python.

    All sandboxes of a user share the folder, so that a project is installed once. For an app
    a requirement without a version stays what it was as long as the manifest does, as with
    Heroku's build cache; for others it is looked up anew each week.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, asyncio.Lock] = {}
        cache.prune(folder)

    async def provide(
        self, project: Project, manifest: str, interpreter: Interpreter, write: Write
    ) -> Environment:
        """An environment that has what the project declares, made if need be.

        Raises:
            BuildFailed: it cannot be installed.
        """
        index = project.config_vars.get("PIP_EXTRA_INDEX_URL")
        mark = fingerprint(project.slug, manifest, interpreter, project.commit, index)
        last = project.cache / "environment"
        name = last.read_text(encoding="utf-8") if last.exists() else ""
        if not name.startswith(mark):
            name = mark + time.strftime("-%Y-%W", time.gmtime())
        async with self._alone(name):
            if self._is_there(name):
                await write("-----> Restoring cache: what is declared is as in a build before\n")
            else:
                made = await self._make(name, project.slug, manifest, interpreter, index, write)
                older = None if made else self._older(mark)
                if older:
                    await warn(write, "What an earlier build installed for the same is used.")
                elif not made:
                    said = f"{manifest}: what it declares could not be installed."
                    raise await fail(write, said, "The lines above say why.")
                name = older or name
        project.cache.mkdir(parents=True, exist_ok=True)
        last.write_text(name, encoding="utf-8")
        return Environment(name, manifest, interpreter)

    async def keep(self, environment: Environment, slug: Path) -> None:
        """See that the environment of a slug is there; somebody may have emptied their cache.

        Raises:
            OSError: it is not, and cannot be made again.
        """
        if self._is_there(environment.name):
            return
        manifest, interpreter = environment.manifest, environment.interpreter
        async with self._alone(environment.name):
            if self._is_there(environment.name):
                return
            name = environment.name
            if not await self._make(name, slug, manifest, interpreter, None, _unheard):
                raise OSError(f"{name} cannot be installed again: deploy")

    def variables(self, environment: Environment) -> dict[str, str]:
        """The variables that make a process run in the environment."""
        folder = self._folder / environment.name
        return {
            **bare_variables(),
            "PATH": os.pathsep.join([str(folder / "bin"), system_path()]),
            "VIRTUAL_ENV": str(folder),
        }

    async def _make(
        self,
        name: str,
        slug: Path,
        manifest: str,
        interpreter: Interpreter,
        index: str | None,
        write: Write,
    ) -> bool:
        target = self._folder / name
        await asyncio.to_thread(shutil.rmtree, target, ignore_errors=True)
        await write(f"-----> Installing dependencies using '{SHOWN[manifest]}'\n")
        installer = Installer(target, index, system_path(), write)
        made = await installer.make(interpreter.program)
        if not (made and await installer.install(manifest, slug, interpreter.minor)):
            await asyncio.to_thread(shutil.rmtree, target, ignore_errors=True)
            return False
        await asyncio.to_thread(free_of, slug, target)
        (target / cache.COMPLETE).touch()
        return True

    def _older(self, mark: str) -> str | None:
        """One of an earlier week, for who has no network now."""
        found = sorted(self._folder.glob(f"{mark}-*/{cache.COMPLETE}"))
        return found[-1].parent.name if found else None

    def _is_there(self, name: str) -> bool:
        """Whether it is there, and from now on as one that is in use."""
        cache.use(self._folder / name)
        return (self._folder / name / cache.COMPLETE).exists()

    @contextlib.asynccontextmanager
    async def _alone(self, name: str) -> AsyncIterator[None]:
        """Alone with an environment, in this process and beside those of other sandboxes."""
        async with self._locks.setdefault(name, asyncio.Lock()):
            turn = cache.alone(self._folder, name)
            await asyncio.to_thread(turn.__enter__)
            try:
                yield
            finally:
                turn.__exit__(None, None, None)


async def _unheard(_text: str) -> None:
    pass


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
