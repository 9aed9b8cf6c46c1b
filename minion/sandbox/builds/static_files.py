"""Django's static files, collected while a slug is built.

Source: heroku/heroku-buildpack-python, bin/steps/collectstatic. Dev Center:
Django and Static Assets.
"""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Callable

from minion.sandbox.builds.buildpack import find_manage_py, why_no_collectstatic
from minion.sandbox.machine.processes import lines, spawn

Write = Callable[[str], Awaitable[None]]


async def collect_static(slug: Path, variables: Mapping[str, str], write: Write) -> bool:
    """Collect Django's static files by the buildpack's rules, in the order it has them.

    Whether the build may go on. `variables` are the build's, config vars included.
    """
    reason = why_no_collectstatic(slug, variables)
    if reason is not None:
        await write(f"-----> Skipping Django collectstatic since {reason}.\n")
        return True
    if await _run(["python", "-c", "import django"], slug, variables, None):
        return True
    manage = find_manage_py(slug)
    if manage is None:
        await write("-----> Skipping Django collectstatic since no manage.py file found.\n")
        return True
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
        return False
    await write("\n")
    return True


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
