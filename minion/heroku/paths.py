"""Paths of the Platform API, made of names that are data."""

from __future__ import annotations

from urllib.parse import quote

from minion.errors import HerokuError


def path_of(*parts: object) -> str:
    """The path made of `parts`, each of them data: a slash in one is no separator.

    Raises:
        HerokuError: a part is empty or made of dots, which would name something else.
    """
    texts = [str(part) for part in parts]
    for text in texts:
        if text in ("", ".", ".."):
            raise HerokuError(f"{text!r} names nothing on Heroku")
    return "/" + "/".join(quote(text, safe="") for text in texts)
