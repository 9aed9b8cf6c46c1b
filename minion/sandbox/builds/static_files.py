"""Django's static files, collected while a slug is built.

Source: heroku/heroku-buildpack-python, bin/steps/collectstatic. Dev Center:
Django and Static Assets.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from minion.sandbox.builds.buildpack import find_manage_py, why_no_collectstatic
from minion.sandbox.builds.commands import Write, run

_DJANGO = "import sys, importlib.util as u; sys.exit(not u.find_spec('django'))"
_DROPPED = ("Copying", "Post-processed")


async def collect_static(slug: Path, variables: Mapping[str, str], write: Write) -> bool:
    """Collect Django's static files by the buildpack's rules, in the order it has them.

    Whether the build may go on. `variables` are the build's, config vars included.
    """
    reason = why_no_collectstatic(slug, variables)
    if reason is not None:
        await write(f"-----> Skipping Django collectstatic since {reason}.\n")
        return True
    if await run(["python", "-c", _DJANGO], slug, variables):
        return True
    manage = find_manage_py(slug)
    if manage is None:
        await write("-----> Skipping Django collectstatic since no manage.py file found.\n")
        return True
    await write(f"-----> $ python {manage} collectstatic --noinput\n")
    argv = ["python", str(manage), "collectstatic", "--noinput", "--traceback"]
    if await run(argv, slug, variables, write, _DROPPED):
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
