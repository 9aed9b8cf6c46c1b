"""Values in the form in which they are compared. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

EMAIL = re.compile(
    r"[^\s@<>,;:\"'()\[\]{}|=]{1,64}@[^\s@<>,;:\"'()\[\]{}|=]{1,190}\.[a-z0-9-]{2,63}"
)
PHONE = re.compile(r"(?:tel:)?\+?[\d(][\d\s().\-/]{5,22}\d")
DATE = re.compile(
    r"(\d{4,6})[-/](\d{2})[-/](\d{2})(?:[ t]00:00:00(?:\.0+)?(?:z|[+-]00(?::?00)?)?)?"
)
#: With dots, the day comes first everywhere.
DOTTED_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
TIMESTAMP = re.compile(r"\d{4,6}-\d{2}-\d{2}[ t]\d{2}:\d{2}.*")
IBAN = re.compile(r"[a-z]{2}\d{2}(?: ?[a-z0-9]){11,30}")
IP = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|(?=.*::|(?:[^:]*:){7})[0-9a-f:]{3,39}")
TOKEN = re.compile(r"(?=\S*\d)(?=\S*[a-z])[a-z0-9_\-.+/=$:~]{20,}", re.IGNORECASE)
#: Passwords that Django takes for unusable: "!" alone, or with 40 random letters
#: (Django: django.contrib.auth.hashers, UNUSABLE_PASSWORD_PREFIX).
_UNUSABLE = re.compile(r"!([a-z0-9]{40})?")
_URL_PART = re.compile(r"[/?&#;]")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_LEXEME = re.compile(r"'((?:[^']|'')*)'")
_BOUND = re.compile(r'"((?:[^"]|"")*)"|([^\s\[\](){},"]+)')
_NUMBER = re.compile(r"-?\d+\.\d*?0*")

#: Digits of a telephone number, at least, and of one that is taken for somebody's own:
#: shorter ones may be the number of an order.
_PHONE_DIGITS, _OWN_DIGITS = 8, 10
#: Characters from which on nobody else writes the same text: with a digit in
#: it, as addresses have, or without.
LONG_TEXT, _LONG_WORDS = 16, 24


def normal(text: str) -> str:
    """`text` without what writing may change: case, blanks around it, its Unicode form.

    Telephone numbers become their digits, and dates ISO dates. Empty for
    nothing: blanks, and a password that Django takes for unusable.
    """
    text = text.strip()
    if not text.isascii():
        # Twice: folding the case can take a composed letter apart.
        text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).strip()
    else:
        text = text.lower()
    first = text[:1]
    if first and first in "0123456789+(t":
        return _counted(text)
    return "" if first == "!" and _UNUSABLE.fullmatch(text) else text


class _Folding(dict[int, str]):
    """What each character becomes: nothing if it is an accent or cannot be seen."""

    #: Letters that Unicode does not take apart (Unicode: chapter 7.1, Latin).
    _STROKES = dict(zip("øłđħıðþæœ", ["o", "l", "d", "h", "i", "d", "th", "ae", "oe"]))
    #: Cyrillic letters that are drawn like Latin ones (Unicode: confusables.txt).
    _CYRILLIC = "\u0430\u0435\u043e\u0441\u0440\u0445\u0443\u0456\u0458\u0455"
    _STROKES.update(zip(_CYRILLIC, "aeocpxyijs"))

    def __missing__(self, code: int) -> str:
        one = chr(code)
        if one.isdecimal():
            self[code] = folded = str(unicodedata.digit(one))
            return folded
        is_dropped = unicodedata.combining(one) or unicodedata.category(one) == "Cf"
        self[code] = folded = "" if is_dropped else self._STROKES.get(one, one)
        return folded


_FOLDING = _Folding()
_BESIDES = bytes(code for code in range(128) if not chr(code).isalnum())
_NO_DIGIT = re.compile(r"\D")
_NO_LETTER = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """`text` without case, accents, widths and what cannot be seen."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKD", text).translate(_FOLDING)


def form(text: str) -> str:
    """What a normal text is compared by: its letters and digits alone.

    So ``Karen Smith`` is ``karen-smith``. What has no letters stays as it is: dates,
    numbers, IP addresses.
    """
    if text.isascii():
        letters = text.encode().translate(None, _BESIDES).decode().lower()
    else:
        letters = _NO_LETTER.sub("", fold(text))
    return text if not letters or letters.isdigit() else letters


def _counted(text: str) -> str:
    """The normal form of what begins like a number: a date, a telephone number."""
    if len(text) > 40:
        return text
    if found := DATE.fullmatch(text):
        return "-".join(found.groups())
    if found := DOTTED_DATE.fullmatch(text):
        day, month, year = found.groups()
        return f"{year}-{int(month):02}-{int(day):02}"
    if PHONE.fullmatch(text) and not IP.fullmatch(text):
        digits = _NO_DIGIT.sub("", text)
        return digits if len(digits) >= _PHONE_DIGITS else text
    return text


def leaves(value: Any) -> Iterator[str]:
    """The texts within a JSON value, in normal form; of its keys, those that tell something.

    Short numbers are counts and keys: nothing of a person's.
    """
    if isinstance(value, str):
        yield from of_text(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            name = normal(key)
            if name and (kind(name) not in (None, "text") or _is_said(name)):
                yield name
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        text = str(value)
        if len(text) >= _PHONE_DIGITS:
            yield normal(text)


def _is_said(key: str) -> bool:
    """Whether a key of JSON is no program's name for something: it has blanks in it."""
    return " " in key and len(key) >= _PHONE_DIGITS


def of_text(text: str) -> Iterator[str]:
    """What a text says: itself, or what is in it if it is JSON."""
    if text[:1] in ("{", "["):
        parsed = as_json(text)
        if isinstance(parsed, (dict, list)):
            yield from leaves(parsed)
            return
    found = normal(text)
    if found:
        yield found


def of_json(text: str) -> Iterator[str]:
    """What is in a JSON value; the text itself if it cannot be read as one."""
    parsed = as_json(text)
    yield from of_text(text) if parsed is None else leaves(parsed)


def of_array(text: str) -> Iterator[str]:
    """What is in an array that was written as JSON; each element is a value by itself."""
    for inner in as_json(text) or ():
        yield from of_text(inner) if isinstance(inner, str) else leaves(inner)


def of_hstore(text: str) -> Iterator[str]:
    """The texts in an hstore value, keys and all: they are the same in most rows."""
    for found in _QUOTED.findall(text):
        inner = normal(re.sub(r"\\(.)", r"\1", found))
        if inner:
            yield inner


def of_range(text: str) -> Iterator[str]:
    """The bounds of a range, or of the ranges in a multirange: ``[1,5)``, ``["a b",)``."""
    for quoted, plain in _BOUND.findall(text):
        inner = normal(quoted.replace('""', '"') or plain)
        if inner:
            yield inner


def of_vector(text: str) -> Iterator[str]:
    """The words of a search vector, as PostgreSQL writes it: ``'annabell':1 'hopkin':2``."""
    for found in _LEXEME.findall(text):
        inner = normal(found.replace("''", "'"))
        if inner:
            yield inner


def of_number(text: str) -> Iterator[str]:
    """A number by its value: 10.50 is 10.5, and no telephone number with a dot in it."""
    if _NUMBER.fullmatch(text):
        text = text.rstrip("0").rstrip(".")
    yield text if "." in text else normal(text)


def as_json(text: str) -> Any:
    """The value that a JSON text holds; None if it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def kind(text: str) -> str | None:
    """What makes a normal text one that nobody else has; None if nothing does.

    ``email``, ``phone``, ``token``, ``iban`` or ``text`` for a long one.
    """
    size = len(text)
    if size < _PHONE_DIGITS:
        return "email" if "@" in text and EMAIL.fullmatch(text) else None
    if "@" in text and EMAIL.fullmatch(text):
        return "email"
    if text.isdigit():
        return "phone" if _OWN_DIGITS <= size < 20 else None if size < 20 else "token"
    if is_date(text):
        return None
    if size >= 15 and IBAN.fullmatch(text):
        return "iban"
    if size >= 20 and TOKEN.fullmatch(text):
        return "token"
    if size >= _LONG_WORDS or (size >= LONG_TEXT and any(map(str.isdigit, text))):
        return "text"
    return None


def is_date(text: str) -> bool:
    """Whether a normal text is a date, or a point in time: many people share one."""
    return text[:4].isdigit() and bool(DATE.fullmatch(text) or TIMESTAMP.fullmatch(text))


def emails(text: str) -> list[str]:
    """The e-mail addresses within a longer normal text, those that are parts of a URL too."""
    found = EMAIL.findall(text) if "@" in text else []
    for address in tuple(found):
        local, _, domain = address.partition("@")
        inner = f"{_URL_PART.split(local)[-1]}@{_URL_PART.split(domain)[0]}"
        if inner != address and EMAIL.fullmatch(inner):
            found.append(inner)
    return found
