"""Bookshop: the small Django project that the sandbox brings along.

Three apps (live, uat, dev) of one shop with books, customers, orders and a
newsletter, and a git history in which each commit is worth deploying. The
sandbox calls `create` where there is no project of one's own to rehearse.
"""

from __future__ import annotations

from minion.sandbox.bookshop.apps import DemoApp, demo_apps
from minion.sandbox.bookshop.commits import COMMITS, Commit
from minion.sandbox.bookshop.demo import Demo, create

__all__ = ["COMMITS", "Commit", "Demo", "DemoApp", "create", "demo_apps"]
