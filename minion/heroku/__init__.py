"""A client of Heroku's Platform API. It prints nothing and reads no ``os.environ``."""

from __future__ import annotations

from minion.heroku.client import Heroku

__all__ = ["Heroku"]
