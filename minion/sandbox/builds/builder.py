"""From a commit to a slug, as Heroku's build system makes one.

Dev Center: Slug Compiler; How Heroku Works. Difference: the Python is one of this machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import io
import json
import shutil
import tarfile
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from minion.sandbox.builds.buildpack import read_procfile
from minion.sandbox.builds.cache import shared_folder
from minion.sandbox.builds.commands import BuildFailed, Write, warn
from minion.sandbox.builds.compiling import Compiler
from minion.sandbox.builds.environments import Environment, Environments
from minion.sandbox.builds.interpreters import Interpreter
from minion.sandbox.builds.project import Project
from minion.sandbox.builds.sources import describe, extract
from minion.sandbox.git.program import GitFailed

STACK = "heroku-24"


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


class Builder:
    """Builds slugs into `folder`/slugs and keeps the environments that they need."""

    def __init__(self, folder: Path, environments: Path | None = None) -> None:
        """`environments` is the folder for them if not that of all the user's sandboxes."""
        self._folder = folder
        self._environments = Environments(environments or shared_folder())
        self._compiler = Compiler(self._environments)
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
        app_id: str = "app",
    ) -> BuiltSlug:
        """A slug of `commit`; `write` gets what Heroku prints, lines with their ends.

        Args:
            repo: a repository that has the commit; only read.
            git_env: variables that git needs to find it (the quarantine of a push).
            build_s: seconds that the build takes longer than it has to.
            app_id: whose build it is; its builds have a cache in common.

        Raises:
            BuildFailed: not a Python app, or a step of the build failed.
        """
        slug_id = str(uuid.uuid4())
        slug = self.folder(slug_id)
        try:
            await write("Compressing source files... done.\nBuilding source:\n\n")
            full, subject = await describe(repo, commit, git_env)
            await extract(repo, full, git_env, slug, write)
            await write(f"-----> Building on the {STACK.title()} stack\n")
            await write("-----> Determining which buildpack to use for this app\n")
            await asyncio.sleep(build_s)
            cache = self._folder / "caches" / app_id
            project = Project(slug, full, cache, config_vars, STACK)
            environment = await self._compiler.compile(project, write)
            process_types = await _discover_process_types(slug, write)
            await write("-----> Compressing...\n")
            size_bytes, checksum = await asyncio.to_thread(_pack, slug)
            await write(f"       Done: {_human_size(size_bytes)}\n")
            self._note(slug_id).write_text(json.dumps(asdict(environment)))
        except GitFailed as exc:
            shutil.rmtree(slug, ignore_errors=True)
            raise BuildFailed(str(exc)) from exc
        except BaseException:
            shutil.rmtree(slug, ignore_errors=True)
            raise
        return BuiltSlug(slug_id, full, subject, process_types, size_bytes, STACK, checksum)

    def folder(self, slug_id: str) -> Path:
        """Where the slug's files are. Dynos work in copies of it, see `copy`."""
        return self._folder / "slugs" / slug_id

    def environment(self, slug_id: str) -> dict[str, str]:
        """The variables that the slug's processes need, config vars not included."""
        return self._environments.variables(self._environment(slug_id))

    def _environment(self, slug_id: str) -> Environment:
        note = json.loads(self._note(slug_id).read_text())
        return Environment(**{**note, "interpreter": Interpreter(**note["interpreter"])})

    @contextlib.asynccontextmanager
    async def workspace(self, slug_id: str) -> AsyncIterator[Path]:
        """A copy of the slug for one dyno; afterwards it is gone.

        A dyno's file system is its own and goes with it (Dev Center: Dynos,
        "Ephemeral filesystem"): what a one-off dyno writes, no web dyno sees.

        Raises:
            OSError: what it runs in is gone.
        """
        await self._environments.keep(self._environment(slug_id), self.folder(slug_id))
        target = self._folder / "dynos" / uuid.uuid4().hex
        copying = asyncio.ensure_future(
            asyncio.to_thread(shutil.copytree, self.folder(slug_id), target, symlinks=True)
        )
        try:
            # A thread cannot be called off: it is waited for, or it would copy on and on.
            await asyncio.shield(copying)
            yield target
        finally:
            await asyncio.wait([copying])
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, target, ignore_errors=True))

    def _note(self, slug_id: str) -> Path:
        return self._folder / "slugs" / f"{slug_id}.json"


async def _discover_process_types(slug: Path, write: Write) -> dict[str, str]:
    await write("-----> Discovering process types\n")
    found, other = read_procfile(slug)
    for number, line in other.items():
        await warn(write, f"Procfile:{number}: is no process type: {line!r}")
    await write(f"       Procfile declares types -> {', '.join(sorted(found)) or '(none)'}\n\n")
    return found


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
    # Packed quickly rather than small: nobody ever sees the archive.
    with gzip.GzipFile(fileobj=meter, mode="wb", compresslevel=1, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w|") as tar:
            tar.add(slug, arcname="app")
    return meter.size_bytes, f"SHA256:{meter.hash.hexdigest()}"


def _human_size(size_bytes: int) -> str:
    """As Heroku prints it: 1.2M, 340K."""
    if size_bytes >= 1024 * 1024:
        return f"{size_bytes / 1024 / 1024:.1f}M"
    return f"{max(size_bytes / 1024, 0.1):.1f}K"
