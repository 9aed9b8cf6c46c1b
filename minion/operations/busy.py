"""What is under way on an app, and ends by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Callable

from minion.heroku.records import Release

if TYPE_CHECKING:
    from minion.heroku.builds import Build


def busy_with(newest: Sequence[Release], build: Callable[[], Build | None]) -> str | None:
    """A release phase or a build, in words; None if neither is under way.

    `newest` are the app's newest releases; `build` finds the build that is under way.

    Raises:
        HerokuError: the build cannot be asked for.
    """
    if newest and newest[0].status == "pending":
        return f"release v{newest[0].version} is pending ({newest[0].description})"
    return "a build is running" if build() is not None else None
