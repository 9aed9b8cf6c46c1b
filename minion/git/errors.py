"""What can go wrong with a repository or a push, beyond a plain `GitError`.

::

    GitError
    |-- NonFastForward    the remote has commits that the pushed commit does not contain
    |-- PushDeclined      the remote took the commits and refused them (the build failed)
    |-- AccessDenied      the remote does not accept the credentials
    |-- RefMoved          a ref is not where it was expected to be; nothing was changed
    `-- PushLost          the connection broke: the push may have been carried out
"""

from __future__ import annotations

from minion.errors import GitError


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
