"""Changed paths -> what a deployment has to do, with the paths that say so. No I/O.

What cannot be seen is taken as needed: a migration too many does nothing, one
too few takes the site down.
"""

from __future__ import annotations

from minion.analyse.analysis import Analysis
from minion.analyse.paths import is_migration
from minion.analyse.rules import analyse, assume_everything
from minion.analyse.static import (
    DEFAULT_STATIC_EXTENSIONS,
    DEFAULT_STATIC_FOLDERS,
    StaticRules,
)

__all__ = [
    "DEFAULT_STATIC_EXTENSIONS",
    "DEFAULT_STATIC_FOLDERS",
    "Analysis",
    "StaticRules",
    "analyse",
    "assume_everything",
    "is_migration",
]
