"""What Heroku's Python buildpack does with a project, step by step (its bin/compile)."""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

from minion.buildpack import projects, pythons
from minion.buildpack.managers import manifest_of
from minion.buildpack.source import Folder, Refusal
from minion.sandbox.builds.buildpack import config_vars_for_build
from minion.sandbox.builds.commands import (
    COMPILE_FAILED,
    BuildFailed,
    Write,
    refuse,
    warn,
)
from minion.sandbox.builds.environments import Environment, Environments, bare_variables
from minion.sandbox.builds.hooks import HOOKS, run_hook
from minion.sandbox.builds.interpreters import Interpreter, Interpreters
from minion.sandbox.builds.project import Project
from minion.sandbox.builds.static_files import collect_static

PYTHON_ONLY = "the sandbox builds Python only"


class Compiler:
    """Compiles projects, with environments that outlive a build."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments
        self._interpreters = Interpreters()

    async def compile(self, project: Project, write: Write) -> Environment:
        """The environment that the slug runs in.

        Raises:
            BuildFailed: the project is none of Python, or a step failed.
        """
        slug, source = project.slug, Folder(project.slug)
        await _detect(project, source, write)
        with tempfile.TemporaryDirectory() as env_dir:
            for key, value in project.config_vars.items():
                Path(env_dir, key).write_text(value, encoding="utf-8")
            common = {
                "HOME": str(slug),
                "STACK": project.stack,
                "SOURCE_VERSION": project.commit,
                "BUILD_DIR": str(slug),
                "CACHE_DIR": str(project.cache),
                "ENV_DIR": env_dir,
                **config_vars_for_build(project.config_vars),
            }
            await run_hook(HOOKS[0], slug, {**bare_variables(), **common}, write)
            environment = await self._install(project, source, write)
            variables = {**self._environments.variables(environment), **common}
            if not await collect_static(slug, {"PYTHONPATH": ".", **variables}, write):
                raise BuildFailed(COMPILE_FAILED)
            await run_hook(HOOKS[1], slug, {"PYTHONPATH": str(slug), **variables}, write)
        return environment

    async def _install(self, project: Project, source: Folder, write: Write) -> Environment:
        found = projects.python_in_the_way(source) or manifest_of(source)
        if isinstance(found, Refusal):
            raise await refuse(write, found)
        wrong = projects.committed_environment(source)
        if wrong:
            raise await refuse(write, wrong)
        interpreter = await self._interpreter(project, source, found, write)
        return await self._environments.provide(project, found, interpreter, write)

    async def _interpreter(
        self, project: Project, source: Folder, manifest: str, write: Write
    ) -> Interpreter:
        asked = pythons.asked(source, manifest)
        if isinstance(asked, Refusal):
            raise await refuse(write, asked)
        last = project.cache / "python-version"
        if asked:
            version = asked.version
            await write(f"-----> Using Python {version}, which {asked.where} asks for\n")
        elif last.exists():
            version = last.read_text()
            await write(f"-----> Using Python {version}, as in the last build: none is asked for\n")
        else:
            version = pythons.DEFAULT
            await write(f"-----> Using Python {version}, the default: none is asked for\n")
        minor = int(version.split(".")[1])
        await _warn_of_version(asked, source, write)
        interpreter = await self._interpreters.nearest(minor)
        if interpreter.minor != minor:
            await warn(
                write,
                f"This machine has no Python 3.{minor}: Python {interpreter.version} is used",
                f"({interpreter.program}). What depends on the version may differ on Heroku.",
                f"To have it here: {sys.executable} -m uv python install 3.{minor}",
            )
        elif version.count(".") == 2 and version != interpreter.version:
            await warn(write, f"This machine has Python {interpreter.version}, which is used.")
        project.cache.mkdir(parents=True, exist_ok=True)
        last.write_text(f"3.{minor}")
        return interpreter


async def _detect(project: Project, source: Folder, write: Write) -> None:
    monorepo = projects.folder_of_monorepo(project.config_vars)
    language = projects.language_of(source)
    if monorepo:
        folder = project.config_vars[monorepo]
        await warn(
            write,
            f"{monorepo}={folder} is for a buildpack that builds one folder of a repository:",
            f"{PYTHON_ONLY}, and from the root.",
        )
        raise BuildFailed(f"{PYTHON_ONLY}.")
    if not projects.is_python(source):
        await warn(write, "No file in the root says that this is a Python project.")
        if language is None:
            raise BuildFailed("no default language could be detected for this app.")
        await warn(write, f"It looks like {language}: {PYTHON_ONLY}.")
        raise BuildFailed(f"{PYTHON_ONLY}.")
    await write("-----> Python app detected\n")
    if language:
        await warn(
            write,
            f"There are files of {language}, too: {PYTHON_ONLY}.",
            "On Heroku the app's list of buildpacks decides what is built, and in which order.",
        )


async def _warn_of_version(asked: pythons.Asked | None, source: Folder, write: Write) -> None:
    if asked is None:
        await warn(write, f"It is better to {pythons.CURE}.")
        return
    if source.text(pythons.RUNTIME) is not None:
        await warn(write, f"{pythons.RUNTIME} is deprecated: git rm it, and {pythons.CURE}.")
    end = pythons.ended(asked, date.today())
    if end:
        await warn(write, f"Python 3.{asked.minor} gets no fixes since {end}: {asked.where}")
