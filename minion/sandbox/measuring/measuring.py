"""Two commits built, and every migration between them carried out, alone and in order.

After each one four questions are answered by trying: does the old code work on the new
schema, do the models of before; do the new models work on the old schema; does all of it
when the migration is taken back.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from minion.sandbox.measuring.codes import Order, Say, codes, make_schema
from minion.sandbox.measuring.process import Code, Lost, NotMeasured
from minion.sandbox.measuring.scratch import scratch

#: More rows than these are told of by their number.
_SHOWN = 12
#: How an outcome begins that is well; then comes what was read of what was written.
_OK = "ok"

Outcomes = Mapping[str, str]


async def measure(order: Order, say: Say = lambda _line: None) -> dict[str, Any]:
    """What was seen, as JSON has it; `say` gets a line for what goes on.

    Raises:
        NotMeasured: a commit does not build or start, or the old one's migrations fail.
    """
    started = time.monotonic()
    async with scratch() as place, codes(order, place, say) as (old, new):
        return await _Measurement(old, new, bool(place.relay), say).run(started)


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
        await make_schema(self._old)
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
