"""The platform's rules on config vars.

Dev Center: Configuration and Config Vars.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from minion.sandbox.errors import invalid

KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RESERVED = re.compile(r"__|HEROKU_")
LARGEST_BYTES = 32 * 1024


def changed(
    before: Mapping[str, str], changes: Mapping[str, object], attached: Mapping[str, str]
) -> dict[str, str]:
    """`before` with `changes` made to it; None removes.

    `attached` are the values that add-ons make; nobody else may change them.

    Raises:
        ApiError: a key or a value that the platform does not take.
    """
    after = dict(before)
    for key, value in changes.items():
        _check(key, value, attached)
        if value is None:
            after.pop(key, None)
        else:
            after[key] = str(value)
    if sum(len(f"{k}{v}".encode()) for k, v in {**after, **attached}.items()) > LARGEST_BYTES:
        raise invalid("Config vars are limited to 32kb in total.")
    return after


def describe(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """A config release's description: names only. Empty when nothing differs."""
    set_ = sorted(key for key in after if before.get(key) != after[key])
    removed = sorted(key for key in before if key not in after)
    if set_ and removed:
        return f"Set {', '.join(set_)} and remove {', '.join(removed)} config vars"
    if set_:
        return f"Set {', '.join(set_)} config vars"
    return f"Remove {', '.join(removed)} config vars" if removed else ""


def _check(key: str, value: object, attached: Mapping[str, str]) -> None:
    """Refuse what Heroku refuses; the message never holds the value."""
    if key in attached:
        verb = "overwrite" if value is not None else "destroy"
        raise invalid(f"Cannot {verb} attachment values {key}.")
    if not KEY.fullmatch(key):
        raise invalid(f"Config var name {key!r} may hold only letters, digits and underscores.")
    if value is None:
        return
    if RESERVED.match(key):
        raise invalid(f"Config var name {key} may not start with __ or HEROKU_.")
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        raise invalid(f"The value of {key} must be a string.")
    if "\0" in str(value):
        raise invalid(f"The value of {key} may not hold a null byte.")
