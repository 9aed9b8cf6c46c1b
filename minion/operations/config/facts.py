"""What there is to know before config vars can be set, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from minion.engine.operation import Before
from minion.operations.config.comparison import Comparison
from minion.operations.databases import NONE_ABOVE, DatabasesAbove


@dataclass(frozen=True)
class ConfigFacts:
    """The env file against each app. Values, which are secrets, are in no repr.

    `problems` keep the file from the live site, `remarks` are only told. `release_phases`
    are the apps whose release phase each release runs, also that of a config var. `above` are
    the databases of environments above that can be reached.
    """

    file: str
    comparisons: tuple[Comparison, ...] = field(repr=False)
    before: tuple[Before, ...]
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    release_phases: tuple[str, ...] = ()
    above: DatabasesAbove = NONE_ABOVE
