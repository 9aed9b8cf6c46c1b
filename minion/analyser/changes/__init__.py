"""Changed paths -> what a deployment has to do, with the paths that say so. No I/O.

What cannot be seen is taken as needed: a migration too many does nothing, one
too few takes the site down.
"""

from __future__ import annotations

from minion.analyser.changes.analysis import Analysis
from minion.analyser.changes.layout import Layout
from minion.analyser.changes.paths import StaticRules
from minion.analyser.changes.rules import analyse, assume_everything

__all__ = [
    "Analysis",
    "Layout",
    "StaticRules",
    "analyse",
    "assume_everything",
]
