"""Which steps a change of config vars takes, in their order. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from minion.operations.config.facts import ConfigFacts
from minion.operations.config.request import ConfigRequest
from minion.steps import SetConfigVars, Step


def steps_of(request: ConfigRequest, facts: ConfigFacts) -> Iterator[Step]:
    """One request for each app that is not as the file says."""
    for one in facts.comparisons:
        changes = one.changes(request.prune)
        if changes:
            yield SetConfigVars(one.app, tuple(changes), one.fingerprint)
