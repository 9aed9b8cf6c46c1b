"""Two commits built, each as a process that can be asked, at one scratch database."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from minion.sandbox.builds.builder import Builder
from minion.sandbox.builds.buildpack import find_manage_py
from minion.sandbox.builds.commands import BuildFailed
from minion.sandbox.measuring.process import Code, NotMeasured, running
from minion.sandbox.measuring.scratch import Scratch

#: How long one migration, or one round of trying, may take.
LIMIT_S = 120.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    """What to measure: the migrations that `new` has and `old` has not, both full commits.

    `repo` is a git directory that has them. `config_vars` are all that the project's code
    gets, but for its DATABASE_URL. `environments` is where they are kept, the user's own
    folder if None.
    """

    repo: Path
    old: str
    new: str
    config_vars: Mapping[str, str] = field(default_factory=dict)
    limit_s: float = LIMIT_S
    environments: Path | None = None


@contextlib.asynccontextmanager
async def codes(order: Order, place: Scratch, say: Say) -> AsyncIterator[tuple[Code, Code]]:
    """Both versions of the code, each with a process in an environment of its own."""
    builder = Builder(place.folder / "builds", order.environments)
    async with contextlib.AsyncExitStack() as stack:
        codes = []
        for name, commit in (("the old code", order.old), ("the new code", order.new)):
            said: list[str] = []
            say(f"Building {name}, {commit[:7]}.")
            slug = await _built(builder, order, commit, name, said)
            folder = builder.folder(slug)
            manage = find_manage_py(folder)
            if manage is None:
                raise NotMeasured(f"{name}: there is no manage.py")
            env = {
                "HOME": str(folder),
                "PYTHONPATH": str(folder),
                **builder.environment(slug),
                **order.config_vars,
                "DATABASE_URL": place.url,
            }
            process = running(name, folder, str(manage), env, place.relay, order.limit_s)
            codes.append(await stack.enter_async_context(process))
        yield codes[0], codes[1]


async def _built(builder: Builder, order: Order, commit: str, name: str, said: list[str]) -> str:
    async def write(text: str) -> None:
        said.extend(line.strip() for line in text.splitlines() if line.strip())

    # Its static files are no part of it, and may need what is not here.
    config_vars = {**order.config_vars, "DISABLE_COLLECTSTATIC": "1"}
    try:
        built = await builder.build(order.repo, commit, {}, config_vars, write, app_id="measured")
    except BuildFailed as error:
        refused = [line.lstrip("! ") for line in said if line.startswith("!")]
        told = next((line for line in refused if line.startswith("Error")), str(error))
        raise NotMeasured(f"{name} does not build: {told}") from error
    return built.id


async def make_schema(old: Code) -> None:
    """Make the schema of the old code by its own migrations."""
    try:
        await old.ask("migrate")
    except NotMeasured as error:
        raise NotMeasured(f"the old code's own migrations fail: {error}") from error
