"""Deploy Django applications on Heroku: reported, confirmed, read back.

A project's fabfile says ``from minion.tasks import *``; everything else is
reached from there.
"""

import sys

__version__ = "1.0.0"

if sys.platform == "win32":
    raise SystemExit("heroku-minion needs a POSIX system (file locks, signals): use it within WSL.")
