"""What changes an environment: each operation in a package of the same files.

request (what was asked) -> gather (reads only) -> facts -> plan, with policy (what is
refused and warned of) -> report -> the engine -> outcome (what stands, what to type).
"""

from __future__ import annotations

from typing import Any

from minion.engine.operation import Operation


def all_operations() -> dict[str, Operation[Any, Any, Any]]:
    """Every operation, by its name; for what a journal names."""
    from minion.operations.config import CONFIG
    from minion.operations.deploy import DEPLOY
    from minion.operations.maintenance import MAINTENANCE
    from minion.operations.migrate_data import MIGRATE_DATA
    from minion.operations.rollback import ROLLBACK

    known = (CONFIG, DEPLOY, MAINTENANCE, MIGRATE_DATA, ROLLBACK)
    return {one.name: one for one in known}
