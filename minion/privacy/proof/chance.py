"""How likely it is that a value coincides with what it replaced. Pure."""

from __future__ import annotations

import math

#: What is less likely than this is not taken for chance. So often a column that an
#: anonymiser draws anew from the source's own few values is refused all the same.
UNLIKELY = 0.005

#: Beyond this many standard deviations nothing is left to be counted.
_FAR = 20


def at_least(count: int, expected: float) -> float:
    """The probability that chance alone makes `count` or more, when it makes `expected` on average.

    That of a Poisson distribution.
    """
    if count <= 0:
        return 1.0
    if expected <= 0 or count > expected + _FAR * (math.sqrt(expected) + 1):
        return 0.0
    terms = (n * math.log(expected) - expected - math.lgamma(n + 1) for n in range(count))
    return max(0.0, 1.0 - math.fsum(map(math.exp, terms)))
