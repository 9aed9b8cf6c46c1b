"""From a commit to a slug, as Heroku's build system makes one.

Dev Center: Slug Compiler; How Heroku Works. Differences: the Python is the
sandbox's own, and submodules are not fetched.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import uuid
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from minion.sandbox.buildpack import (
    config_vars_for_build,
    find_manage_py,
    is_python_app,
    read_procfile,
    why_no_collectstatic,
)
from minion.sandbox.environments import Environments, InstallFailed
from minion.sandbox.git_program import GitFailed, run_git
from minion.sandbox.processes import lines, spawn

Write = Callable[[str], Awaitable[None]]

STACK = "heroku-24"
_COMPILE_FAILED = "failed to compile Python app."


@dataclass(frozen=True)
class BuiltSlug:
    """A slug: its commit (full) and that commit's subject, its Procfile, its size packed."""

    id: str
    commit: str
    commit_subject: str
    process_types: dict[str, str]
    size_bytes: int
    stack: str
    checksum: str


class BuildFailed(Exception):
    """The build gave no slug; the text ends the line "Push rejected, ..."."""


class Builder:
    """Builds slugs into `folder`/slugs and keeps the environments that they need."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environments = Environments(folder / "environments")
        (folder / "slugs").mkdir(parents=True, exist_ok=True)
        # Copies that dynos of a killed sandbox worked in.
        shutil.rmtree(folder / "dynos", ignore_errors=True)

    async def build(
        self,
        repo: Path,
        commit: str,
        git_env: Mapping[str, str],
        config_vars: Mapping[str, str],
        write: Write,
        build_s: float = 0,
    ) -> BuiltSlug:
        """A slug of `commit`; `write` gets what Heroku prints, lines with their ends.

        Args:
            repo: a repository that has the commit; only read.
            git_env: variables that git needs to find it (the quarantine of a push).
            build_s: seconds that the build takes longer than it has to.

        Raises:
            BuildFailed: not a Python app, or a step of the build failed.
        """
        slug_id = str(uuid.uuid4())
        slug = self.folder(slug_id)
        try:
            await write("Compressing source files... done.\nBuilding source:\n\n")
            full, subject = await self._extract(repo, commit, git_env, slug)
            await write(f"-----> Building on the {STACK.title()} stack\n")
            await write("-----> Determining which buildpack to use for this app\n")
            await asyncio.sleep(build_s)
            environment = await self._compile(slug, config_vars, write)
            process_types = await _discover_process_types(slug, write)
            await write("-----> Compressing...\n")
            size_bytes, checksum = await asyncio.to_thread(_pack, slug)
            await write(f"       Done: {_human_size(size_bytes)}\n")
            self._note(slug_id).write_text(json.dumps({"environment": environment}))
        except BaseException:
            shutil.rmtree(slug, ignore_errors=True)
            raise
        return BuiltSlug(slug_id, full, subject, process_types, size_bytes, STACK, checksum)

    def folder(self, slug_id: str) -> Path:
        """Where the slug's files are. Dynos work in copies of it, see `copy`."""
        return self._folder / "slugs" / slug_id

    def environment(self, slug_id: str) -> dict[str, str]:
        """The variables that the slug's processes need, config vars not included."""
        note = json.loads(self._note(slug_id).read_text())
        return self._environments.variables(note["environment"])

    async def copy(self, slug_id: str) -> Path:
        """A copy of the slug for one dyno, which is to remove it at its end.

        A dyno's file system is its own and goes with it (Dev Center: Dynos,
        "Ephemeral filesystem"): what a one-off dyno writes, no web dyno sees.
        """
        target = self._folder / "dynos" / uuid.uuid4().hex
        await asyncio.to_thread(shutil.copytree, self.folder(slug_id), target, symlinks=True)
        return target

    def _note(self, slug_id: str) -> Path:
        return self._folder / "slugs" / f"{slug_id}.json"

    async def _extract(
        self, repo: Path, commit: str, git_env: Mapping[str, str], slug: Path
    ) -> tuple[str, str]:
        """Put the commit's files into `slug`; the full commit and its subject."""
        at = f"--git-dir={repo}"
        show = ("log", "-1", "--format=%H%n%s", "--end-of-options", commit)
        try:
            told = await run_git(at, *show, cwd=repo, env=git_env)
            full, _, subject = told.decode("utf-8", "replace").rstrip("\n").partition("\n")
            archive = await run_git(at, "archive", "--format=tar", full, cwd=repo, env=git_env)
            await asyncio.to_thread(_unpack, archive, slug)
            await _drop_ignored(slug)
        except GitFailed as exc:
            raise BuildFailed(str(exc)) from exc
        return full, subject

    async def _compile(self, slug: Path, config_vars: Mapping[str, str], write: Write) -> str:
        """Run the buildpack; the name of the environment."""
        if not is_python_app(slug):
            await write(" !     No default language could be detected for this app.\n")
            await write(" !     The sandbox knows Heroku's Python buildpack only.\n")
            raise BuildFailed("no default language could be detected for this app.")
        await write("-----> Python app detected\n")
        if (slug / ".gitmodules").exists():
            await write(" !     Submodules are not fetched: the sandbox builds without them.\n")
        try:
            environment = await self._environments.provide(slug, write)
        except InstallFailed as exc:
            raise BuildFailed(_COMPILE_FAILED) from exc
        variables = {
            **self._environments.variables(environment),
            "PYTHONPATH": ".",
            "HOME": str(slug),
            "STACK": STACK,
            **config_vars_for_build(config_vars),
        }
        await _collect_static(slug, variables, write)
        return environment


async def _collect_static(slug: Path, variables: Mapping[str, str], write: Write) -> None:
    """Collect Django's static files by the buildpack's rules, in the order it has them."""
    reason = why_no_collectstatic(slug, variables)
    if reason is not None:
        await write(f"-----> Skipping Django collectstatic since {reason}.\n")
        return
    if await _run(["python", "-c", "import django"], slug, variables, None):
        return
    manage = find_manage_py(slug)
    if manage is None:
        await write("-----> Skipping Django collectstatic since no manage.py file found.\n")
        return
    await write(f"-----> $ python {manage} collectstatic --noinput\n")
    argv = ["python", str(manage), "collectstatic", "--noinput", "--traceback"]
    if await _run(argv, slug, variables, write):
        await write(
            f"\n !     Error while running '$ python {manage} collectstatic --noinput'.\n"
            "       The traceback above says why. To build without static files:\n\n"
            "          $ heroku config:set DISABLE_COLLECTSTATIC=1\n\n"
        )
        if variables.get("DEBUG_COLLECTSTATIC"):
            # Heroku prints the values, too; a rehearsal need not show secrets.
            await write("       Variables: " + " ".join(sorted(variables)) + "\n")
        raise BuildFailed(_COMPILE_FAILED)
    await write("\n")


async def _run(
    argv: list[str], folder: Path, variables: Mapping[str, str], write: Write | None
) -> int:
    """Run one command of the build; its exit status. Its lines are indented as Heroku does."""
    program = shutil.which(argv[0], path=variables["PATH"]) or argv[0]
    child = await spawn([program, *argv[1:]], env=variables, cwd=folder)
    try:
        async for line in lines(child.output):
            if write is not None and line and not line.startswith(("Copying", "Post-processed")):
                await write(f"       {line}\n")
        return await child.wait()
    finally:
        await child.stop(0)


async def _discover_process_types(slug: Path, write: Write) -> dict[str, str]:
    await write("-----> Discovering process types\n")
    found = read_procfile(slug)
    await write(f"       Procfile declares types -> {', '.join(sorted(found)) or '(none)'}\n\n")
    return found


async def _drop_ignored(slug: Path) -> None:
    """Remove what .slugignore names (Dev Center: Slug Compiler)."""
    rules = slug / ".slugignore"
    if not rules.is_file():
        return
    with tempfile.TemporaryDirectory() as scratch:
        # To an empty repository every file is one that it does not know, and may ignore.
        await run_git("init", "--quiet", "--bare", "--template=", scratch, cwd=slug)
        told = await run_git(
            f"--git-dir={scratch}",
            f"--work-tree={slug}",
            *("ls-files", "-z", "--others", "--ignored", f"--exclude-from={rules}"),
            cwd=slug,
        )
    for name in told.split(b"\0")[:-1]:
        (slug / os.fsdecode(name)).unlink()


def _unpack(archive: bytes, folder: Path) -> None:
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        # git archives no path outside the tree; where the app's links lead is its own affair.
        tar.extraction_filter = _as_it_is
        tar.extractall(folder)


def _as_it_is(member: tarfile.TarInfo, _path: str) -> tarfile.TarInfo:
    return member


class _Meter(io.RawIOBase):
    """A file that keeps nothing but its size and checksum."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self.hash = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, chunk: object) -> int:
        view = memoryview(chunk)  # type: ignore[arg-type]
        self.size_bytes += view.nbytes
        self.hash.update(view)
        return view.nbytes


def _pack(slug: Path) -> tuple[int, str]:
    """The size in bytes and the checksum that the slug has as a compressed archive."""
    meter = _Meter()
    with tarfile.open(fileobj=meter, mode="w|gz") as tar:
        tar.add(slug, arcname="app")
    return meter.size_bytes, f"SHA256:{meter.hash.hexdigest()}"


def _human_size(size_bytes: int) -> str:
    """As Heroku prints it: 1.2M, 340K."""
    if size_bytes >= 1024 * 1024:
        return f"{size_bytes / 1024 / 1024:.1f}M"
    return f"{max(size_bytes / 1024, 0.1):.1f}K"
