"""What the package managers do in a build: the commands that Heroku has them carry out.

Source: heroku/heroku-buildpack-python, lib/pip.sh, lib/pipenv.sh, lib/poetry.sh, lib/uv.sh.
Difference: uv installs what requirements.txt and poetry.lock declare, in a tenth of the time;
where it does not manage, pip and Poetry themselves do, or say why it cannot be done.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from uv import find_uv_bin

from minion.sandbox.builds.commands import Write, run
from minion.sandbox.builds.poetry_lock import requirements_of

#: What the buildpack installs them in, so that lock files are judged alike.
_POETRY, _PIPENV = "poetry==2.4.1", "pipenv==2026.7.1"
_SETUPTOOLS = "setuptools==70.3.0"
_KEPT = ("PIP_", "UV_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_")
_KEPT_TOO = ("REQUESTS_CA_BUNDLE", "HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME")

#: The command that the build's output shows for each manifest.
SHOWN = {
    "requirements.txt": "pip install -r requirements.txt",
    "Pipfile.lock": "pipenv install --deploy",
    "poetry.lock": "poetry sync --only main",
    "uv.lock": "uv sync --locked --no-default-groups",
}


class Installer:
    """Installs what a project declares into the environment at `target`."""

    def __init__(self, target: Path, index: str | None, path: str, write: Write) -> None:
        self._target = target
        self._write = write
        self._uv = find_uv_bin()
        self._python = str(target / "bin" / "python")
        self._variables = _variables(target, index, path)

    async def make(self, program: str) -> bool:
        """Make the environment, empty, of the Python `program`."""
        argv = [self._uv, "venv", "--quiet", "--no-project", "--python", program, str(self._target)]
        return await run(argv, self._target.parent, self._variables, self._write) == 0

    async def install(self, manifest: str, folder: Path, minor: int) -> bool:
        """Install what `folder`'s manifest declares."""
        if manifest == "requirements.txt":
            return await self._pip(folder, minor)
        if manifest == "poetry.lock":
            await self._before_poetry(folder)
        extra: dict[str, str] = {}
        uvx = [self._uv, "tool", "run", "--quiet", "--no-python-downloads", "--from"]
        if manifest == "Pipfile.lock":
            argv = [*uvx, _PIPENV, "pipenv", "install", "--deploy"]
            extra = {"PIPENV_VERBOSITY": "-1", "PIPENV_NOSPIN": "1"}
        elif manifest == "poetry.lock":
            argv = [*uvx, _POETRY, "poetry", "sync", "--only", "main"]
            argv += ["--no-ansi", "--no-interaction"]
            extra = {"POETRY_VIRTUALENVS_CREATE": "false"}
        else:
            argv = [self._uv, "sync", "--locked", "--no-default-groups", "--no-progress"]
            argv += ["--python", self._python]
            extra = {"UV_PROJECT_ENVIRONMENT": str(self._target)}
        return await run(argv, folder, {**self._variables, **extra}, self._write) == 0

    async def _pip(self, folder: Path, minor: int) -> bool:
        pip = [self._uv, "pip", "install", "--python", self._python, "--no-progress"]
        pip += ["--compile-bytecode"]  # as pip does: else every dyno that starts first compiles
        tools = ["pip", *([_SETUPTOOLS] if minor <= 12 else [])]
        if await run([*pip, "--quiet", *tools], folder, self._variables, self._write):
            return False
        wanted = ["-r", "requirements.txt"]
        # As pip has it: the best version of all indexes, not of the first that knows the name.
        argv = [*pip, "--index-strategy", "unsafe-best-match", *wanted]
        if await run(argv, folder, self._variables, self._write) == 0:
            return True
        await self._write("       uv did not manage; what pip says is what counts\n")
        argv = [self._python, "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
        return await run([*argv, *wanted], folder, self._variables, self._write) == 0

    async def _before_poetry(self, folder: Path) -> None:
        """Install what the lock file pins, so that for Poetry there is little left to do."""
        text = (folder / "poetry.lock").read_text(encoding="utf-8", errors="replace")
        wanted = requirements_of(text)
        if not wanted:
            return
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in wanted))
            file.flush()
            argv = [self._uv, "pip", "install", "--quiet", "--python", self._python, "--no-deps"]
            await run([*argv, "-r", file.name], folder, self._variables)


def _variables(target: Path, index: str | None, path: str) -> Mapping[str, str]:
    """Our own environment as far as it tells installers where and how to download."""
    found = {
        key: value
        for key, value in os.environ.items()
        if key.upper().startswith(_KEPT) or key in _KEPT_TOO
    }
    if "PIP_CERT" in found:
        found.setdefault("SSL_CERT_FILE", found["PIP_CERT"])
    if "PIP_INDEX_URL" in found:
        found.setdefault("UV_DEFAULT_INDEX", found["PIP_INDEX_URL"])
    if index:
        found.update(PIP_EXTRA_INDEX_URL=index, UV_EXTRA_INDEX_URL=index)
    found.update(
        PATH=os.pathsep.join([str(target / "bin"), path]),
        VIRTUAL_ENV=str(target),
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        UV_PYTHON_DOWNLOADS="never",
    )
    return found
