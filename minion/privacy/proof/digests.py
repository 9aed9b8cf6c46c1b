"""Values as keyed digests, and large sets of them in little memory."""

from __future__ import annotations

import secrets
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from hashlib import blake2b

_MASK = (1 << 64) - 1
#: An odd number without pattern (the golden ratio's), so that a pair's order counts.
_SPREAD = 0x9E3779B97F4A7C15


class Digests:
    """64-bit digests under one key.

    Of a million values looked for among a million others, one is taken for
    another by chance in one case of 18 million.
    """

    def __init__(self, key: bytes) -> None:
        self._keyed = blake2b(key=key, digest_size=8)

    def of(self, text: str) -> int:
        """The digest of `text`."""
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
    """A set of 64-bit numbers in 8 bytes each, in order."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._sorted = array("Q", sorted(set(numbers)))

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
