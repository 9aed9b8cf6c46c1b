"""Values as keyed digests, and large sets of them in little memory."""

from __future__ import annotations

import secrets
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import groupby

_MASK = (1 << 64) - 1
#: An odd number without pattern (the golden ratio's), so that a pair's order counts.
_SPREAD = 0x9E3779B97F4A7C15

#: No sieve takes more bytes than this power of two.
_MOST_BITS = 25


class Digests:
    """64-bit digests under one key.

    They are the interpreter's own SipHash (PEP 456), which has a key of this process
    besides, unless PYTHONHASHSEED gives it another. Of a million values looked for among a
    million others, one is taken for another by chance in one case of 18 million.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key.hex()
        self._keyed = blake2b(key=key[:64], digest_size=8)
        if sys.hash_info.width < 64:
            self.of = self._slowly  # type: ignore[method-assign]

    def of(self, text: str) -> int:
        """The digest of `text`."""
        return hash(self._key + text) & _MASK

    def all_of(self, texts: Iterable[str]) -> list[int]:
        """The digests of all `texts`."""
        if sys.hash_info.width < 64:
            return [self._slowly(text) for text in texts]
        key, mask = self._key, _MASK
        return [hash(key + text) & mask for text in texts]

    def _slowly(self, text: str) -> int:
        hashed = self._keyed.copy()
        hashed.update(text.encode("utf-8", "surrogatepass"))
        return int.from_bytes(hashed.digest(), "big")

    @staticmethod
    def pair(row: int, value: int) -> int:
        """The digest of a value in a row, given the digests of both."""
        return (row * _SPREAD + value) & _MASK


#: One key for all memories of this process; it is in no file and ends with it.
DIGESTS = Digests(secrets.token_bytes(32))


class DigestSet:
    """A set of 64-bit numbers in 8 bytes each, in order.

    Most of what is looked for is not there: a `sieve` of a byte for each remainder tells
    so at once, in 4 to 8 bytes for a number, and is made when it is first needed.
    """

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        ordered = sorted(numbers)
        self._sorted = array("Q", [one for one, _ in groupby(ordered)])
        self._sieve: bytearray | None = None
        self.mask = 0

    @property
    def sieve(self) -> bytearray:
        """Not 0 at the remainder (``& mask``) of every number in the set."""
        if self._sieve is None:
            size = sieve_size(len(self._sorted))
            self._sieve, self.mask = bytearray(size), size - 1
            for number in self._sorted:
                self._sieve[number & self.mask] = 1
        return self._sieve

    def __contains__(self, number: int) -> bool:
        return self.position(number) >= 0

    def __len__(self) -> int:
        return len(self._sorted)

    def position(self, number: int) -> int:
        """Where `number` stands among the others; -1 if it is none of them."""
        position = bisect_left(self._sorted, number)
        if position < len(self._sorted) and self._sorted[position] == number:
            return position
        return -1

    def __iter__(self) -> Iterator[int]:
        return iter(self._sorted)


def sieve_size(count: int) -> int:
    """How many bytes a sieve for as many numbers has: a power of two."""
    return 1 << min(max((4 * count).bit_length(), 6), _MOST_BITS)
