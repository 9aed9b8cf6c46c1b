"""The developer's own PostgreSQL on this machine, and how new data gets into it."""

from __future__ import annotations

from minion.local.address import local_url, without_redirection
from minion.local.beside import Beside
from minion.local.database import LocalDatabase, row_counts
from minion.local.downloads import download, private_folder
from minion.local.errors import LocalError

__all__ = [
    "Beside",
    "LocalDatabase",
    "LocalError",
    "download",
    "local_url",
    "private_folder",
    "row_counts",
    "without_redirection",
]
