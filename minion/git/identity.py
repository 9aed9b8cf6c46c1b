"""Who the operator is, as git knows it or else the operating system."""

from __future__ import annotations

import getpass
import os
import socket

from minion.git.command import Git

#: Who signs where git does not know the operator (a fresh machine, CI): a missing
#: name is no reason to leave a release untagged or an environment unlocked.
NOBODY = {
    "GIT_COMMITTER_NAME": "heroku-minion",
    "GIT_COMMITTER_EMAIL": "heroku-minion@localhost",
}


def signature(git: Git) -> str:
    """Name, address and time, as they stand in a commit or tag that is made now."""
    known = git.run("var", "GIT_COMMITTER_IDENT")
    return (known if known.status == 0 else git.run("var", "GIT_COMMITTER_IDENT", env=NOBODY)).line


def operator(git: Git) -> str:
    """``Ada <ada@example.com>``; where git does not know, ``ada@laptop``."""
    known = git.run("var", "GIT_COMMITTER_IDENT")
    if known.status == 0:
        return known.line.rpartition(">")[0] + ">"
    return f"{_user()}@{socket.gethostname()}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"  # in a container without an entry in /etc/passwd
