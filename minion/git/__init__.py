"""One git repository, driven by arguments only. Knows nothing of Heroku.

Importing this is cheap: GitPython itself is imported when a repository is opened.
"""

from __future__ import annotations

from minion.errors import AccessDenied, NonFastForward, PushDeclined, PushLost, RefMoved
from minion.git.history import EMPTY_TREE
from minion.git.repository import Repository

__all__ = [
    "EMPTY_TREE",
    "AccessDenied",
    "NonFastForward",
    "PushDeclined",
    "PushLost",
    "RefMoved",
    "Repository",
]
