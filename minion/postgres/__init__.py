"""The developer's own PostgreSQL on this machine, and how new data gets into it."""

from __future__ import annotations

from minion.postgres.address import local_url, without_redirection
from minion.postgres.copy import Copy
from minion.postgres.database import LocalDatabase, row_counts
from minion.postgres.downloads import download, private_folder
from minion.postgres.errors import LocalError

__all__ = [
    "Copy",
    "LocalDatabase",
    "LocalError",
    "download",
    "local_url",
    "private_folder",
    "row_counts",
    "without_redirection",
]
