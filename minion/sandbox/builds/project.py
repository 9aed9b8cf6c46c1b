"""What is built, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Project:
    """A commit's files in `slug`, and what is kept of its app from build to build in `cache`."""

    slug: Path
    commit: str
    cache: Path
    config_vars: Mapping[str, str]
    stack: str
