"""Why there was no answer, and whether the request had been sent. No I/O."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass

from minion.heroku.deadline import TooLate


@dataclass(frozen=True)
class Failure:
    """A request without an answer.

    `was_sent` is False only if Heroku surely has not seen the request;
    `is_passing` says that another attempt may fare better.
    """

    reason: str
    was_sent: bool
    is_passing: bool


def failure_of(error: BaseException) -> Failure:
    """What `error`, raised by requests or at the deadline, says about the request."""
    import ssl

    from requests import exceptions
    from urllib3 import exceptions as lower

    if isinstance(error, TooLate):
        return Failure("no answer in time", was_sent=True, is_passing=True)
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Failure(
            "its certificate cannot be verified; if a proxy opens TLS here, name the file of its "
            "certificate authority in SSL_CERT_FILE",
            was_sent=False,
            is_passing=False,
        )
    unusable = (exceptions.InvalidURL, exceptions.InvalidSchema, exceptions.MissingSchema)
    if isinstance(error, unusable):
        return Failure("its address is not usable", was_sent=False, is_passing=False)
    unsent = (
        exceptions.ConnectTimeout,
        exceptions.ProxyError,
        lower.NewConnectionError,
        lower.ConnectTimeoutError,
        lower.ClosedPoolError,
    )
    was_sent = not any(isinstance(cause, unsent) for cause in causes)
    return Failure(_reason(causes), was_sent=was_sent, is_passing=True)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and all that it was made from, the outermost first.

    requests and urllib3 keep the cause as an argument or as ``reason``,
    not always as ``__cause__``.
    """
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (getattr(one, "reason", None), one.__cause__, one.__context__, *one.args)
        waiting.extend(cause for cause in inner if isinstance(cause, BaseException))


def _reason(causes: list[BaseException]) -> str:
    """The cause in words; never a library's own text, which may show a whole request."""
    import ssl

    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return "its name cannot be resolved"
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
    for cause in causes:
        if isinstance(cause, socket.timeout) or "Timeout" in type(cause).__name__:
            return "no answer in time"
        if isinstance(cause, ssl.SSLError):
            return f"TLS failed ({cause.reason or 'no reason given'})"
        if "Proxy" in type(cause).__name__:
            return "the proxy does not let it through"
        if isinstance(cause, ConnectionError):
            return "the connection broke"
    return "the connection broke"
