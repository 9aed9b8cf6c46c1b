"""Whether a release answers worse than it may, and what was seen of it in words. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator

from minion.heroku.traffic import Seen
from minion.text import duration

#: How unlikely it must be that so many errors are chance: asked every second, and at the end.
_AT_ONCE, _AT_THE_END = 1e-4, 1e-2
#: With fewer requests nothing is known of how it was before.
_ENOUGH = 50


def worse(
    app: str, seen: Seen, before: Seen | None, limit: float, *, is_over: bool
) -> Iterator[str]:
    """Why the release is worse than it may be, a line each; nothing where it is not.

    `limit` is the share of requests that may be answered with 5xx; where it was more `before`,
    as much. Few requests, and a few errors among many, are not enough.
    """
    known = before if before is not None and before.requests >= _ENOUGH else None
    allowed = max(limit, (known.share or 0.0) if known else 0.0)
    chance = chance_of(seen.errors, seen.requests, allowed)
    if chance < (_AT_THE_END if is_over else _AT_ONCE):
        was = f", {percent(known.share)} before" if known else ""
        codes = "".join(f", {count} {code}" for code, count in seen.codes)
        yield (
            f"{app}: {percent(seen.share)} of {seen.requests:,} requests were answered with 5xx "
            f"({percent(limit)} may be{was}){codes}"
        )
    crashed_before = dict(before.crashed) if before else {}
    for kind, count in seen.crashed:
        if not crashed_before.get(kind):
            yield f"{app}: {kind} crashed {times(count)}; look: heroku logs -a {app} -d {kind}"


def chance_of(errors: int, requests: int, share: float) -> float:
    """How likely so many errors, or more, are among the requests if `share` of them fail."""
    if errors <= requests * share:
        return 1.0
    if share <= 0:
        return 0.0
    term = math.exp(
        math.lgamma(requests + 1)
        - math.lgamma(errors + 1)
        - math.lgamma(requests - errors + 1)
        + errors * math.log(share)
        + (requests - errors) * math.log1p(-share)
        if share < 1
        else 0.0
    )
    total, odds = term, share / max(1 - share, 1e-12)
    for count in range(errors, requests):
        term *= (requests - count) / (count + 1) * odds
        total += term
        if term < total * 1e-9:
            break
    return min(total, 1.0)


def told(seconds: float, seen: Seen, before: Seen | None) -> str:
    """``60 s: 1,204 requests, 0.1 % 5xx (before 0.1 %), p95 180 ms (before 175 ms)``."""
    was = before if before is not None and before.requests else None
    parts = [f"{seen.requests:,} request{'' if seen.requests == 1 else 's'}"]
    if seen.requests:
        earlier = f" (before {percent(was.share)})" if was else ""
        parts.append(f"{percent(seen.share)} 5xx{earlier}")
    if seen.p95_ms is not None:
        earlier = f" (before {was.p95_ms} ms)" if was and was.p95_ms is not None else ""
        parts.append(f"p95 {seen.p95_ms} ms{earlier}")
    parts += [f"{count} {code}" for code, count in seen.codes]
    parts += [f"{kind} crashed {times(count)}" for kind, count in seen.crashed]
    return f"{span(seconds)}: {', '.join(parts)}"


def span(seconds: float) -> str:
    """``60 s``, ``5 min 00 s``."""
    return f"{round(seconds)} s" if seconds < 120 else duration(seconds)


def times(count: int) -> str:
    """``once``, ``3 times``."""
    return "once" if count == 1 else f"{count} times"


def percent(share: float | None) -> str:
    """``0.1 %``, ``5 %``."""
    return f"{round((share or 0.0) * 100, 1):g} %"
