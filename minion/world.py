"""What the steps of a deployment act on: Heroku, the repository, the operator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from minion.records import Release

if TYPE_CHECKING:
    from minion.console import Console
    from minion.git import Repository
    from minion.heroku import Heroku


@dataclass
class World:
    """The edges, handed to each step, and what the steps have brought about so far.

    `released` holds the release that this deployment made for an app,
    `page_up` the apps whose maintenance page this deployment has put up.
    """

    heroku: Heroku
    repository: Repository
    console: Console
    released: dict[str, Release] = field(default_factory=dict)
    page_up: set[str] = field(default_factory=set)
