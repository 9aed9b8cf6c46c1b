"""Names for apps that nobody has named: two words and a number, as Heroku makes them."""

from __future__ import annotations

import secrets

FIRST = ("calm", "early", "gentle", "hollow", "mossy", "narrow", "pale", "silent", "still", "warm")
SECOND = ("brook", "cliff", "dune", "fjord", "grove", "marsh", "meadow", "ridge", "shore", "vale")


def new_name() -> str:
    """A name that hardly any app has."""
    number = 10000 + secrets.randbelow(90000)
    return f"{secrets.choice(FIRST)}-{secrets.choice(SECOND)}-{number}"
