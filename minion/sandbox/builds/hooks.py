"""The project's own scripts in a build: bin/pre_compile and bin/post_compile."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from minion.sandbox.builds.commands import Write, fail, run

HOOKS = ("bin/pre_compile", "bin/post_compile")


async def run_hook(path: str, slug: Path, variables: Mapping[str, str], write: Write) -> None:
    """Run the script if there is one (heroku-buildpack-python, lib/hooks.sh).

    Raises:
        BuildFailed: it ended with another status than 0.
    """
    script = slug / path
    if not script.is_file():
        return
    await write(f"-----> Running {path} hook\n")
    script.chmod(script.stat().st_mode | 0o111)
    # By way of bash, which runs scripts without a first line that names their shell, too.
    status = await run(["bash", "-c", path], slug, variables, write)
    if status:
        raise await fail(write, f"{path} ended with status {status}.", "Its output stands above.")
