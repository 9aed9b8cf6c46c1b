"""Other spellings of a text, from which it is had back by anybody. Pure.

Percent signs, HTML's entities, quoted-printable, backslashes, base64, hexadecimal, backwards
and ROT13; base32 and the numbers of letters; what is within files, and what zlib and gzip have
made smaller; and MD5, SHA-1, SHA-256 and SHA-512 without salt, as Gravatar has of an e-mail
address: whoever has a list of addresses has them back.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import quopri
import re
import secrets
import string
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from urllib.parse import unquote, unquote_plus

from minion.privacy.values import form, is_date, normal

#: Characters that are looked at together: so much of a file says what it is.
HEAD = 65_536
#: A shorter text is spelled like another one by chance.
SHORTEST = 6
#: How often something may be spelled anew: an entity within base64.
_DEPTH = 2
#: No longer text is read backwards.
_LONGEST = 320

_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_QUOTED = re.compile(r"=[0-9A-Fa-f]{2}")
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))")
#: As PostgreSQL escapes bytes, and C does.
_OCTAL = re.compile(r"\\([0-3][0-7]{2})")
#: Letters as the numbers that they have, as what hides addresses from robots writes them.
_CODES = re.compile(r"\d{2,6}(?:[,;: ]+\d{2,6}){5,}")
_CODES_LENGTH = 17
_NUMBERS = re.compile(r"\d+")
_BASE32_LENGTH = 10
_BASE32 = re.compile(r"\b[A-Z2-7]{10,}={0,6}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{8,}")
_URL_SAFE = str.maketrans("-_", "+/")
_LETTERS = string.ascii_lowercase
_ROT13 = bytes.maketrans(_LETTERS.encode(), (_LETTERS[13:] + _LETTERS[:13]).encode())
_HEX = re.compile(r"[0-9A-Fa-f]{12,}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_HEX_APART = re.compile(r"\b[0-9A-Fa-f]{2}(?:[: -][0-9A-Fa-f]{2}){5,}\b")
_PRINTABLE = re.compile(rb"[ -~\xc3-\xf4\x80-\xbf]{6,}")
#: Letters of two bytes, as Windows and PDF have them.
_WIDE = {
    "utf-16-le": re.compile(rb"(?:[ -~]\0){6,}"),
    "utf-16-be": re.compile(rb"(?:\0[ -~]){6,}"),
}
#: How gzip begins, and zlib with all its usual settings (RFC 1952, 2.3.1; RFC 1950, 2.2).
_DEFLATED = re.compile(rb"\x1f\x8b\x08|x[\x01\x5e\x9c\xda]")
#: zlib looks itself which of both it is (zlib manual: inflateInit2).
_EITHER = 47

_HASHES = (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512)
#: Bytes of a hash by which it is known: of one that was cut off at least so many are left.
_HASH_BYTES = 8
#: A hash is remembered under a key as well, which ends with the process.
_KEY = secrets.randbits(64)


def decoded(value: str, within: Sequence[bytes] | None = None) -> Iterator[str]:
    """What `value` says where it, or something in it, is read as one of the spellings.

    `within` is what `bytes_in` gives, where that is known.
    """
    if len(value) < SHORTEST:
        return
    seen, found = {value}, [value[:HEAD]]
    for depth in range(_DEPTH):
        known = within if depth == 0 else None
        found = [text for one in found for text in _once(one, known) if text not in seen]
        if not found:
            return
        seen.update(found)
        yield from found


def _once(value: str, within: Sequence[bytes] | None) -> Iterator[str]:
    if "%" in value and _PERCENT.search(value):
        yield unquote(value)
        yield unquote_plus(value)
    if "&" in value and ";" in value:
        yield html.unescape(value).replace("\N{NO-BREAK SPACE}", " ")
    if "=" in value and _QUOTED.search(value):
        yield quopri.decodestring(value.encode(), header=False).decode("utf-8", "replace")
    if "\\" in value and _ESCAPED.search(value):
        yield _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), value)
    if "\\" in value and _OCTAL.search(value):
        unescaped = _OCTAL.sub(lambda found: chr(int(found[1], 8)), value)
        yield unescaped.encode("latin-1", "replace").decode("utf-8", "replace")
    if len(value) >= _CODES_LENGTH and ("," in value or " " in value):
        for codes in _CODES.findall(value):
            yield "".join(chr(int(one)) for one in _NUMBERS.findall(codes) if int(one) > 31)
    for found in bytes_in(value) if within is None else within:
        yield from _texts_in(found)


def bytes_in(value: str) -> Iterator[bytes]:
    """What is written within `value` in hexadecimal, base64 or base32."""
    if "-" in value or ":" in value:
        for run in (*_UUID.findall(value), *_HEX_APART.findall(value)):
            yield bytes.fromhex(run.replace("-", "").replace(":", " "))
    for run in _HEX.findall(value):
        yield bytes.fromhex(run if len(run) % 2 == 0 else run[:-1])
    if len(value) >= _BASE32_LENGTH and not value.islower() and value.isascii():
        for run in _BASE32.findall(value):
            kept = run.rstrip("=")
            with suppress(binascii.Error):
                yield base64.b32decode(kept + "=" * (-len(kept) % 8))
    # In lower case alone hardly anything is written in base64.
    if not value.islower():
        for run in _BASE64.findall(value):
            for part in {run, *run.split("/")} if "/" in run else (run,):
                if len(part) >= 8 and len(part) % 4 != 1:
                    yield binascii.a2b_base64(part.translate(_URL_SAFE) + "==")


def _texts_in(found: bytes, depth: int = _DEPTH) -> Iterator[str]:
    if depth and _DEFLATED.match(found):
        with suppress(zlib.error):
            inflated = zlib.decompressobj(_EITHER).decompress(found, HEAD)
            yield from _texts_in(inflated, depth - 1)
            return
    # Letters of two bytes each (UTF-16) have a zero beside them.
    if found.count(0) * 3 > len(found):
        found = found.replace(b"\0", b"")
    try:
        text = found.decode()
    except UnicodeDecodeError:
        # A file, perhaps, with an address or a name in its head.
        for run in _PRINTABLE.findall(found):
            # A byte that is no letter's stands between two texts, as in a pickle.
            yield run.decode("utf-8", "replace").replace("\N{REPLACEMENT CHARACTER}", " ")
        for wide, letters in _WIDE.items() if b"\0" in found else ():
            for run in letters.findall(found):
                yield run.decode(wide)
    else:
        if len(text) >= SHORTEST:
            yield text


def turned(text: str, letters: str, *, is_personal: bool) -> tuple[str, ...]:
    """A normal text with the form `letters`, backwards and by ROT13.

    Read so are addresses and numbers, and in a personal column every text that is long enough.
    """
    if not SHORTEST <= len(text) <= _LONGEST or not _may_be_turned(text, is_personal):
        return ()
    if letters == text and not any(map(str.isalpha, text)):
        return (form(normal(text[::-1])),)
    backwards = letters[::-1]
    if letters.isascii():
        return backwards, letters.encode().translate(_ROT13).decode()
    return backwards, letters


def _may_be_turned(text: str, is_personal: bool) -> bool:
    """Not dates: they are many people's in any spelling."""
    if text[0].isdigit():
        return not is_date(text)
    return is_personal or "@" in text or " " in text or "." in text


def hashes(text: str) -> list[int]:
    """The hashes of `text` without salt, as numbers that `hashes_in` gives too."""
    written = text.encode("utf-8", "surrogatepass")
    return [
        int.from_bytes(one(written, usedforsecurity=False).digest()[:_HASH_BYTES], "big") ^ _KEY
        for one in _HASHES
    ]


def hashes_in(value: str) -> list[int]:
    """What in `value` may be a hash, in hexadecimal or base64."""
    return hashes_among(bytes_in(value[:HEAD]))


def hashes_among(within: Iterable[bytes]) -> list[int]:
    """What of it may be a hash, or the first bytes of one."""
    return [
        int.from_bytes(found[:_HASH_BYTES], "big") ^ _KEY
        for found in within
        if len(found) >= _HASH_BYTES
    ]
