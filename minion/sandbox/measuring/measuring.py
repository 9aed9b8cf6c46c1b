"""Two commits built, and every migration between them carried out, alone and in order.

After each one four questions are answered by trying: does the old code work on the new
schema, do the models of before; do the new models work on the old schema; does all of it
when the migration is taken back.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

from minion.sandbox.builds.builder import Builder
from minion.sandbox.builds.buildpack import find_manage_py
from minion.sandbox.builds.commands import BuildFailed
from minion.sandbox.measuring.process import Code, Lost, NotMeasured, running
from minion.sandbox.measuring.scratch import Scratch, scratch

#: How long one migration, or one round of trying, may take.
LIMIT_S = 120.0
#: More rows than these are told of by their number.
_SHOWN = 12
#: How an outcome begins that is well; then comes what was read of what was written.
_OK = "ok"

Outcomes = Mapping[str, str]
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


async def measure(order: Order, say: Say = lambda _line: None) -> dict[str, Any]:
    """What was seen, as JSON has it; `say` gets a line for what goes on.

    Raises:
        NotMeasured: a commit does not build or start, or the old one's migrations fail.
    """
    started = time.monotonic()
    async with scratch() as place, _codes(order, place, say) as (old, new):
        return await _Measurement(old, new, bool(place.relay), say).run(started)


@contextlib.asynccontextmanager
async def _codes(order: Order, place: Scratch, say: Say) -> AsyncIterator[tuple[Code, Code]]:
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


class _Measurement:
    """The way from the old schema to the new one, a migration at a time."""

    def __init__(self, old: Code, new: Code, is_cut: bool, say: Say) -> None:
        self._old = old
        self._new = new
        self._is_cut = is_cut
        self._say = say
        #: Whether the database is what the migrations that ran have made of it.
        self._is_whole = True

    async def run(self, started: float) -> dict[str, Any]:
        facts = {"old": await self._old.ask("facts"), "new": await self._new.ask("facts")}
        try:
            await self._old.ask("migrate")
        except NotMeasured as error:
            raise NotMeasured(f"the old code's own migrations fail: {error}") from error
        plan = await self._new.ask("plan")
        found = await self._forwards(plan)
        own: dict[str, str] = {}
        if not any(one["failed"] for one in found):
            own = _few(await self._new.ask("misfits"))
        if self._is_whole:
            await self._backwards(found)
        return {
            **facts,
            "network": "cut off" if self._is_cut else "open",
            "migrations": found,
            "new_code": own,
            "seconds": round(time.monotonic() - started, 2),
        }

    async def _forwards(self, plan: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        if not plan:
            return found
        await self._new.ask("fill", 0, True)
        lost: dict[tuple[str, str], str] = {}
        for number, one in enumerate(plan):
            seen = {**one, "failed": None, "fails_on_rows": None}
            found.append(seen)
            needed = [tuple(key) for key in one["dependencies"]]
            seen["failed"] = next((lost[key] for key in needed if key in lost), None)
            if seen["failed"] is None:
                self._say(f"Measuring {one['app']}.{one['name']}.")
                try:
                    seen.update(await self._one(number))
                except Lost as error:
                    seen["failed"] = str(error)
                    self._is_whole = False
                    found += _after(plan, number)
                    break
                except NotMeasured as error:
                    seen["failed"] = str(error)
            if seen["failed"] is not None:
                lost[one["app"], one["name"]] = f"{one['app']}.{one['name']} did not run"
                await self._new.ask("leave_out", number)
            if seen["failed"] is not None and not one["atomic"]:
                # It may have done half of its work.
                self._is_whole = False
                found += _after(plan, number)
                break
        return found

    async def _one(self, number: int) -> dict[str, Any]:
        """One migration, tried before and after with the models around what it touches."""
        if number:
            await self._new.ask("fill", number, False)
        tables = await self._new.ask("touched", number)

        async def models(moment: str) -> Any:
            return await self._new.ask("try_state", number, moment == "after", tables)

        fails_on_rows: str | None = None
        for rows in ("many", "one", "none"):
            if rows != "many":
                await self._new.ask("empty")
            if rows == "one":
                await self._new.ask("fill", number, False)
            own, before = await self._old.ask("try_own", tables), await models("before")
            too_soon = await models("after")
            try:
                trace = await self._new.ask("apply", number)
                break
            except Lost:
                raise
            except NotMeasured as error:
                fails_on_rows = str(error)
                if rows == "none":
                    raise
        own_now, too_late = await self._old.ask("try_own", tables), await models("before")
        fitting = await models("after")
        return {
            "trace": trace,
            "fails_on_rows": fails_on_rows,
            "rows": rows,
            "old_breaks": {
                **_broken(own, own_now),
                **_broken(before, too_late, "models of before: "),
            },
            "new_breaks": _broken(fitting, too_soon),
            "tried": sum(len(each["outcomes"]) for each in (own, before, fitting)),
            "untried": {**before["untried"], **fitting["untried"]},
            "before": before,
            "tables": tables,
        }

    async def _backwards(self, found: list[dict[str, Any]]) -> None:
        """Take every migration back, the last one first, as far as that goes."""
        is_whole = True
        for number, one in reversed(list(enumerate(found))):
            if one["failed"]:
                continue
            if not is_whole:
                one["reverse"] = "not tried: one after it could not be taken back"
                continue
            one["reverse"] = await self._new.ask("unapply", number)
            if one["reverse"] is None:
                again = await self._new.ask("try_state", number, False, one["tables"])
                one["reverse_breaks"] = _broken(one["before"], again)
            is_whole = one["reverse"] is None
        for one in found:
            one.pop("before", None)
            one.pop("tables", None)


def _broken(good: dict[str, Any], other: dict[str, Any], title: str = "") -> dict[str, str]:
    """What worked in one round and does not in the other, with what was said."""
    there: Outcomes = other["outcomes"]
    failed: dict[str, str] = {}
    for key, before in good["outcomes"].items():
        now = there.get(key, "it cannot be tried any more")
        if not before.startswith(_OK) or now == before:
            continue
        if now.startswith(_OK):
            now = f"comes back as {now[len(_OK) :]}, not as {before[len(_OK) :]}"
        failed[f"{title}{key}"] = now
    return _few(failed)


def _after(plan: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """The migrations after one that broke off, which cannot be measured any more."""
    one = plan[number]
    why = f"{one['app']}.{one['name']}, which comes before it, broke off"
    return [{**other, "failed": why, "fails_on_rows": None} for other in plan[number + 1 :]]


def _few(found: dict[str, str]) -> dict[str, str]:
    return dict(list(found.items())[:_SHOWN])
