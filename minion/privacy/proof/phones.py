"""One telephone number in all the ways in which it is written. Pure."""

from __future__ import annotations

import re


def _words(text: str) -> list[str]:
    return text.split()


#: Countries' codes of one digit and of two; all others have three (ITU-T E.164, list of
#: assigned country codes).
_ONE = frozenset("17")
_TWO = frozenset(
    _words(
        "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 "
        "62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98"
    )
)
#: Digits without the country's, at least: shorter ones may be any number.
_LEAST = 8
_NO_DIGIT = re.compile(r"\D")
_OPTIONAL_ZERO = re.compile(r"\(0\)")
WITHIN = re.compile(r"(?<![\w.])(?:\+|00)?\(?\d[\d\s().\-/]{6,22}\d(?![\w])")


def _code(digits: str) -> int:
    """How many digits the country's code has."""
    return 1 if digits[0] in _ONE else 2 if digits[:2] in _TWO else 3


def national(written: str) -> tuple[str, ...]:
    """The number without the country's code and the zero before it, as `written` may mean it.

    Empty for what is no telephone number.
    """
    text = (_OPTIONAL_ZERO.sub("", written) if "(0)" in written else written).strip()
    digits = _NO_DIGIT.sub("", text)
    if text.startswith(("+", "tel:+")) or digits.startswith("00"):
        digits = digits.lstrip("0")
        found = [digits[_code(digits) :].lstrip("0")] if digits else []
    elif digits.startswith("0"):
        found = [digits[1:]]
    else:
        # With the country's code or without.
        found = [digits, digits[_code(digits) :]] if digits else []
    return tuple(one for one in found if len(one) >= _LEAST)


def spellings(written: str) -> set[str]:
    """What may be hashed of a number: with the country's code and without."""
    digits = _NO_DIGIT.sub("", written)
    found = {digits, "+" + digits}
    found.update("0" + one for one in national(written)[:1])
    return found
