"""What requests' bodies hold: identities, texts and choices, from whatever a client sent.

Heroku takes things by id or by name, as plain text or as an object that has
one of both ("identity" in the published schema; the CLI uses all four).
"""

from __future__ import annotations

from collections.abc import Mapping

from minion.sandbox.errors import invalid

#: Objects name a thing by one of these, the first that they have.
KEYS = ("id", "name", "email")


def identity(body: object, name: str) -> str:
    """The id or name under `name`, which must be there.

    Raises:
        ApiError: 422, it is not, or is neither text nor an object that has one.
    """
    given = body.get(name) if isinstance(body, Mapping) else None
    text = identity_of(given)
    if text is None:
        raise invalid(f"{name} must be a name or an id, or an object with one.")
    return text


def identity_of(given: object) -> str | None:
    """The id or name in ``"x"``, ``{"id": "x"}`` or ``{"name": "x"}``; None where none is."""
    if isinstance(given, Mapping):
        given = next((given[key] for key in KEYS if isinstance(given.get(key), str)), None)
    return given if isinstance(given, str) and given and "\0" not in given else None


def text(body: Mapping[str, object], *names: str) -> str | None:
    """The text under the first of `names` that has one; None where none has, or it is empty.

    Raises:
        ApiError: 422, there is something else.
    """
    for name in names:
        given = body.get(name)
        if given is not None and (not isinstance(given, str) or "\0" in given):
            raise invalid(f"{name} must be text.")
        if given:
            return str(given)
    return None


def flag(body: Mapping[str, object], name: str, otherwise: bool | None = None) -> bool:
    """The true or false under `name`, or `otherwise` where nothing is.

    Raises:
        ApiError: 422, there is something else, or nothing and no `otherwise`.
    """
    given = body.get(name, otherwise)
    if not isinstance(given, bool):
        raise invalid(f"{name} must be true or false.")
    return given
