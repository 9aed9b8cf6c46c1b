"""Other spellings of a text, from which it is had back by anybody. Pure.

Percent signs, HTML's entities, quoted-printable, base64, hexadecimal, backwards
and ROT13; and MD5, SHA-1 and SHA-256 without salt, as Gravatar has of an e-mail
address: whoever has a list of addresses has them back.
"""

from __future__ import annotations

import binascii
import hashlib
import html
import quopri
import re
import secrets
import string
from collections.abc import Collection, Iterator
from urllib.parse import unquote, unquote_plus

from minion.privacy.values import is_date, normal, of_text

#: Characters of a value that are looked at: so much of a file says what it is.
HEAD = 65_536
#: A shorter text is spelled like another one by chance.
SHORTEST = 6
#: How often something may be spelled anew: an entity within base64.
_DEPTH = 2
#: No longer text is read backwards.
_LONGEST = 320

_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_QUOTED = re.compile(r"=[0-9A-Fa-f]{2}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{8,}")
_URL_SAFE = str.maketrans("-_", "+/")
_LETTERS = string.ascii_lowercase
_ROT13 = str.maketrans(_LETTERS, _LETTERS[13:] + _LETTERS[:13])
_HEX = re.compile(r"[0-9A-Fa-f]{12,}")
_PRINTABLE = re.compile(rb"[!-~]{6,}")

_HASHES = (hashlib.md5, hashlib.sha1, hashlib.sha256)
_HASH_BYTES = frozenset([16, 20, 32])
#: Characters of the shortest hash in base64.
_HASH_LENGTH = 22
#: A hash is remembered under a key as well, which ends with the process.
_KEY = secrets.randbits(64)


def decoded(value: str) -> Iterator[str]:
    """What `value` says where it, or something in it, is read as one of the spellings."""
    seen, found = {value}, [value[:HEAD]]
    for _ in range(_DEPTH):
        found = [text for one in found for text in _once(one) if text not in seen]
        if not found:
            return
        seen.update(found)
        yield from found


def _once(value: str) -> Iterator[str]:
    if "%" in value and _PERCENT.search(value):
        yield unquote(value)
        yield unquote_plus(value)
    if "&" in value and ";" in value:
        yield html.unescape(value).replace("\N{NO-BREAK SPACE}", " ")
    if "=" in value and _QUOTED.search(value):
        yield quopri.decodestring(value.encode(), header=False).decode("utf-8", "replace")
    for found in _bytes_in(value):
        yield from _texts_in(found)


def _bytes_in(value: str) -> Iterator[bytes]:
    for run in _HEX.findall(value):
        yield bytes.fromhex(run if len(run) % 2 == 0 else run[:-1])
    # In lower case alone hardly anything is written in base64.
    if not value.islower():
        for run in _BASE64.findall(value):
            for part in {run, *run.split("/")} if "/" in run else (run,):
                if len(part) >= 8 and len(part) % 4 != 1:
                    yield binascii.a2b_base64(part.translate(_URL_SAFE) + "==")


def _texts_in(found: bytes) -> Iterator[str]:
    try:
        text = found.decode()
    except UnicodeDecodeError:
        # A file, perhaps, with an address in its head.
        if b"@" in found:
            yield from (run.decode() for run in _PRINTABLE.findall(found) if b"@" in run)
    else:
        if len(text) >= SHORTEST:
            yield text


def spelled(value: str, texts: Collection[str], *, is_personal: bool) -> set[str]:
    """What `value` says in another spelling, in normal form; `texts` are what it says as it is.

    Backwards and by ROT13 are read: addresses and numbers, and in a personal column
    every text that is long enough.
    """
    found = {text for one in decoded(value) for text in of_text(one)}
    for text in texts:
        if SHORTEST <= len(text) <= _LONGEST and _may_be_turned(text, is_personal):
            found.add(normal(text[::-1]))
            if not text.isdigit():
                found.add(text.translate(_ROT13))
    return {text for text in found if text not in texts and len(text) >= SHORTEST}


def _may_be_turned(text: str, is_personal: bool) -> bool:
    """Not dates: they are many people's in any spelling."""
    if text[0].isdigit():
        return not is_date(text)
    return is_personal or "@" in text


def hashes(text: str) -> list[int]:
    """The hashes of `text` without salt, as numbers that `hashes_in` gives too."""
    written = text.encode("utf-8", "surrogatepass")
    return [_number(one(written, usedforsecurity=False).digest()) for one in _HASHES]


def hashes_in(value: str) -> Iterator[int]:
    """What in `value` may be a hash, in hexadecimal or base64."""
    if len(value) < _HASH_LENGTH:
        return iter(())
    return (_number(found) for found in _bytes_in(value[:HEAD]) if len(found) in _HASH_BYTES)


def _number(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big") ^ _KEY
