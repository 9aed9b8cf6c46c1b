"""Values as they are compared: in one form, and as digests."""

from __future__ import annotations

import ipaddress
import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

EMAIL = re.compile(r"[^\s@<>,;:\"'()]{1,64}@[^\s@<>,;:\"'()]+\.[^\s@<>,;:\"'().]{2,}")
PHONE = re.compile(r"\+?[\d(][\d\s().\-/]{5,20}\d")
DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[t ].*)?")
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9 ]{10,34}")
TOKEN = re.compile(r"(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[A-Za-z0-9_\-.+/=$:]{20,}")
#: What Django writes for a password that nobody can have (make_password(None)).
UNUSABLE = re.compile(r"!(?:[A-Za-z0-9]{40})?")


def texts(value: object) -> Iterator[str]:
    """The texts in a value, in the form in which they are compared; none for nothing.

    Lists, arrays and JSON are taken apart; dates and addresses are what they
    are, however they are written.
    """
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, (list, tuple, set)):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, (bytes, bytearray, memoryview)):
        if bytes(value):
            yield bytes(value).hex()
    else:
        text = _text(value)
        if text and not UNUSABLE.fullmatch(text):
            yield text


def _text(value: object) -> str:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value).strip().casefold()
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (ipaddress.IPv4Interface, ipaddress.IPv6Interface)):
        return str(value.ip)
    return str(value)


def leaves(text: str) -> Any:
    """What a text column holds if it is JSON, else the text itself."""
    if text[:1] in "{[":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def is_distinctive(text: str) -> bool:
    """Whether nobody else would have this value: an address of some kind, or a long text."""
    if EMAIL.fullmatch(text) or TOKEN.fullmatch(text):
        return True
    if DATE.fullmatch(text):
        return False
    digits = sum(character.isdigit() for character in text)
    return (PHONE.fullmatch(text) is not None and digits >= 8) or len(text) >= 24


class Digests:
    """Digests under one key; two of these never agree."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, *parts: str) -> int:
        """64 bits: of a million values, two agree by chance once in 30 million cases."""
        digest = blake2b(key=self._key, digest_size=8)
        for part in parts:
            encoded = part.encode("utf-8", "surrogatepass")
            digest.update(len(encoded).to_bytes(4, "big") + encoded)
        return int.from_bytes(digest.digest(), "big")
