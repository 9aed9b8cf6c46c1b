"""Short texts as commits without files: what a ref may point at on every host."""

from __future__ import annotations

from minion.errors import GitError
from minion.git.command import Git

#: The author of such a commit is of no interest, and git may not know the operator.
_AUTHOR = {
    "GIT_AUTHOR_NAME": "heroku-minion",
    "GIT_AUTHOR_EMAIL": "heroku-minion@localhost",
    "GIT_COMMITTER_NAME": "heroku-minion",
    "GIT_COMMITTER_EMAIL": "heroku-minion@localhost",
}


def write(git: Git, text: str) -> str:
    """The SHA of a new commit with no parent, no file, and `text` as its message.

    Some hosts refuse a ref that is no commit, and none takes a branch that is none.
    """
    tree = git.must("mktree").line
    argv = ("commit-tree", "--no-gpg-sign", tree)
    answer = git.run(*argv, content=text.encode(), env=_AUTHOR)
    if answer.status:
        raise GitError(f"git commit-tree: {answer.complaint}")
    return answer.line


def read(git: Git, sha: str) -> str | None:
    """The message of the commit; None if it is not in this repository."""
    answer = git.run("cat-file", "commit", sha)
    if answer.status:
        return None
    return answer.stdout.partition(b"\n\n")[2].decode("utf-8", "replace")
