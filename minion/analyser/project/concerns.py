"""Something of concern in a project, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Concern:
    """Something that will not work on Heroku (`fails`), or is better done otherwise there.

    `where` is a path, with ``:line`` where one line is meant; `cure` what to do about it.
    `is_of_router` says that all of it is that Heroku's router is on another machine.
    """

    where: str
    problem: str
    cure: str
    fails: bool = True
    is_of_router: bool = False
