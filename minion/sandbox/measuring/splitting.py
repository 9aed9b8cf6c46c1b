"""New migrations as two deployments that the code which runs meanwhile can live with."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from minion.sandbox.measuring.codes import Order, Say, codes, make_schema
from minion.sandbox.measuring.scratch import scratch


async def split(
    order: Order, paths: Collection[str], say: Say = lambda _line: None
) -> dict[str, Any]:
    """The new migrations at `paths` as two deployments, as JSON has it.

    `first` and `second` hold by path the texts of the files that each of them needs; `told`
    says by path what was done with a migration, `cannot` why it has no halves.

    Raises:
        NotMeasured: a commit does not build or start, or the old one's migrations fail.
    """
    async with scratch() as place, codes(order, place, say) as (old, new):
        await make_schema(old)
        await new.ask("facts")
        await new.ask("plan")
        found: dict[str, Any] = await new.ask("split", sorted(paths))
        return found
