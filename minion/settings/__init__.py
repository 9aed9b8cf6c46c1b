"""The settings of a project: ``minion.toml``, read, checked and frozen.

Only this package looks at ``os.environ`` and at settings files. Everything
that can be wrong with a settings file is found here, before Heroku or git is
asked anything, and named by file, key and fix.
"""

from minion.settings.finding import environ, find, load
from minion.settings.reading import parse
from minion.settings.values import (
    FILENAME,
    Commands,
    Data,
    Environment,
    Settings,
    Watching,
    watch_s,
)

__all__ = [
    "FILENAME",
    "Commands",
    "Data",
    "Environment",
    "Settings",
    "Watching",
    "environ",
    "find",
    "load",
    "parse",
    "watch_s",
]
