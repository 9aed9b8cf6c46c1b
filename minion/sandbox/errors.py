"""What goes wrong in the sandbox.

::

    SandboxError     the sandbox itself cannot do what `fab sandbox` asked
    `-- PortTaken    not now; its next start will choose another port
    ApiError         a request that the Platform API refuses, as Heroku words it
    `-- NotFound     404
"""

from __future__ import annotations

from typing import TypeVar

Thing = TypeVar("Thing")


class SandboxError(Exception):
    """The sandbox cannot be started, filled or stopped; the text says why."""


class PortTaken(SandboxError):
    """Somebody else began to listen on a port after the sandbox had found it free."""


class ApiError(Exception):
    """A refused request: HTTP status, Heroku's word for it and its sentence.

    Dev Center: Platform API Reference, "Error responses".
    """

    def __init__(self, status: int, error_id: str, message: str, resource: str | None = None):
        super().__init__(message)
        self.status = status
        self.error_id = error_id
        self.message = message
        self.resource = resource

    def body(self) -> dict[str, str]:
        """The JSON that Heroku sends with it."""
        answer = {"id": self.error_id, "message": self.message}
        if self.resource is not None:
            answer["resource"] = self.resource
        return answer


class NotFound(ApiError):
    """There is no such `resource`."""

    def __init__(self, resource: str) -> None:
        super().__init__(404, "not_found", f"Couldn't find that {resource}.", resource)


def found(thing: Thing | None, resource: str) -> Thing:
    """`thing`, which a path, a body or a record named.

    Raises:
        NotFound: it is None.
    """
    if thing is None:
        raise NotFound(resource)
    return thing


def invalid(message: str) -> ApiError:
    """422: the request is understood and cannot be carried out."""
    return ApiError(422, "invalid_params", message)
