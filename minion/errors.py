"""Everything that minion raises on purpose.

::

    MinionError
    |-- ArgumentError        a task was called with something that it does not take
    |-- SettingsError        minion.toml or the environment is unusable
    |-- GitError             git refused, or the repository is not what it should be
    |   |-- CommitNotFound   a commit or branch is not in this repository
    |   |-- NonFastForward   the remote has commits that the pushed commit does not contain
    |   |-- PushDeclined     the remote took the commits and refused them (the build failed)
    |   |-- AccessDenied     the remote does not accept the credentials
    |   |-- RefMoved         a ref is not where it was expected to be; nothing was changed
    |   `-- PushLost         the connection broke: the push may have been carried out
    |-- HerokuError          Heroku answered with an error, or did not answer
    |   |-- Unauthorized     no token, or Heroku does not accept it (401)
    |   |-- Forbidden        the token's owner may not do this (403)
    |   |-- NotFound         no such app, release, ... (404)
    |   `-- AnswerLost       the request may or may not have been carried out
    |-- Refused              minion will not do this; nothing was changed
    |   `-- PlanOutdated     something moved since the report was shown
    |-- NotConfirmed         the operator did not give the code; nothing was changed
    |-- ReleaseIsWorse       what was released answers worse than it may
    `-- DeployInterrupted    a step failed after something had been changed

The text of each is meant for the operator: what failed, on which app, what
state it is in and what to type next. This module imports nothing.
"""

from __future__ import annotations


class MinionError(Exception):
    """An error with a message that is fit to be shown as it is."""


class ArgumentError(MinionError):
    """A task's argument is unknown or unusable."""


class SettingsError(MinionError):
    """The settings cannot be used; names the file, the key and the fix."""


class GitError(MinionError):
    """git failed, or the repository is not in the state that is needed."""


class CommitNotFound(GitError):
    """The named commit or branch is not in this repository."""


class NonFastForward(GitError):
    """The remote has commits that the pushed commit does not contain; nothing was changed."""


class PushDeclined(GitError):
    """The remote refused the push, as Heroku does when a build fails; its ref did not move."""


class AccessDenied(GitError):
    """The remote does not accept the credentials, or there were none; nothing was changed."""


class RefMoved(GitError):
    """A ref is not where it was expected to be: somebody else was faster."""


class PushLost(GitError):
    """The connection broke, or time ran out: the push may have been carried out."""


class HerokuError(MinionError):
    """Heroku answered with an error, or could not be reached.

    `status` is the HTTP status (None when there was no answer), `error_id`
    Heroku's word for it ("invalid_params") and `request_id` the id that
    Heroku's support asks for.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        error_id: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error_id = error_id
        self.request_id = request_id


class Unauthorized(HerokuError):
    """There is no token, or Heroku does not accept it."""


class Forbidden(HerokuError):
    """The token's owner may not do this."""


class NotFound(HerokuError):
    """Heroku knows no such thing, or will not say so to this token's owner."""


class AnswerLost(HerokuError):
    """The connection broke after the request was sent: it may have been carried out."""


class Refused(MinionError):
    """minion will not do what was asked; nothing was changed."""


class PlanOutdated(Refused):
    """Something moved since the report was shown."""


class NotConfirmed(MinionError):
    """The confirmation was not given; nothing was changed."""


class ReleaseIsWorse(MinionError):
    """A watched release answers worse than it may; `on_failure` is what was asked for then.

    `code` is by app what was released on it, as `Release.code` has it.
    """

    def __init__(self, message: str, on_failure: str, code: dict[str, str | None]) -> None:
        super().__init__(message)
        self.on_failure = on_failure
        self.code = code


class DeployInterrupted(MinionError):
    """A step failed after something had been changed; says what stands and what to type."""
