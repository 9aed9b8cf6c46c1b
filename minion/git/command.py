"""git as a child process: argv in, bytes out, no prompts, every call with a deadline."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minion.errors import GitError

if TYPE_CHECKING:
    from git import Repo

#: Seconds for commands that stay on this machine, and for those that ask a remote.
LOCAL_TIMEOUT_S = 120.0
REMOTE_TIMEOUT_S = 180.0

#: Holds for every command. Replaced objects are not what a remote would receive,
#: and a path is a name, never a pattern.
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TRACE_REDACT": "1",
    "GCM_INTERACTIVE": "never",
}


def text(raw: bytes) -> str:
    """`raw` as text; bytes that are no UTF-8 survive the way back (``surrogateescape``)."""
    return raw.decode("utf-8", "surrogateescape")


@dataclass(frozen=True)
class Answer:
    """How a git command ended: its exit status and what it wrote."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def records(self) -> list[str]:
        """The output of a ``-z`` command, without the last, empty piece."""
        return text(self.stdout).split("\0")[:-1]

    @property
    def line(self) -> str:
        """The output of a command that answers with one line."""
        return text(self.stdout).rstrip("\n")

    @property
    def complaint(self) -> str:
        """The last thing that git complained about, for a message."""
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        fatal = [line for line in lines if line.startswith(("fatal: ", "error: "))]
        best = (fatal or lines or [f"exit status {self.status}"])[-1]
        return best.split(": ", 1)[1] if best.startswith(("fatal: ", "error: ")) else best


class TimedOut(GitError):
    """git was ended because its time was up."""


class Git:
    """Runs git in one repository."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._environment = dict(_ENVIRONMENT)
        if "GIT_DIR" in os.environ:
            # A hook's environment names a repository; ours may be another one.
            self._environment["GIT_DIR"] = os.fspath(repo.git_dir)
            self._environment["GIT_WORK_TREE"] = os.fspath(repo.working_dir)

    def run(
        self,
        *argv: str,
        content: bytes | None = None,
        env: Mapping[str, str] | None = None,
        timeout_s: float = LOCAL_TIMEOUT_S,
    ) -> Answer:
        """How ``git *argv`` ended, with `content` as its standard input.

        Raises:
            TimedOut: it took longer than `timeout_s` seconds.
            GitError: it could not be started.
        """
        with tempfile.TemporaryFile() as stdin:
            stdin.write(content or b"")
            stdin.seek(0)
            process = self.start(*argv, env=env, stdin=stdin)
            try:
                stdout, stderr = process.communicate(timeout=timeout_s)
            except subprocess.TimeoutExpired:
                kill(process)
                raise TimedOut(
                    f"git {_verb(argv)}: no answer within {timeout_s:g} seconds; given up"
                ) from None
            except BaseException:
                kill(process)
                raise
        return Answer(process.returncode, stdout, stderr.decode("utf-8", "replace"))

    def must(self, *argv: str, content: bytes | None = None) -> Answer:
        """The same, for a local command that is expected to succeed.

        Raises:
            GitError: also when its exit status is not 0.
        """
        answer = self.run(*argv, content=content)
        if answer.status:
            raise GitError(f"git {_verb(argv)}: {answer.complaint}")
        return answer

    def start(
        self, *argv: str, env: Mapping[str, str] | None = None, stdin: Any = None
    ) -> subprocess.Popen[bytes]:
        """``git *argv`` running, with pipes for its output, in a session of its own.

        Without a terminal neither git nor ssh can stop to ask for a password,
        and the helpers that git starts can be ended with it.
        """
        from git.exc import GitCommandNotFound

        if any("\0" in word for word in argv):
            raise GitError(f"git {_verb(argv)}: a name may not contain a NUL character")
        git = self._repo.git
        try:
            process = git.execute(
                [git.GIT_PYTHON_GIT_EXECUTABLE, *argv],
                istream=stdin,
                as_process=True,
                env={**self._environment, **(env or {})},
                start_new_session=True,
            )
        except (GitCommandNotFound, OSError) as error:
            raise GitError(f"git could not be started: {type(error).__name__}") from None
        # GitPython's wrapper only passes through to the Popen in it.
        return process  # type: ignore[return-value]


def kill(process: subprocess.Popen[bytes], *, wait: bool = True) -> None:
    """End `process` and everything that it started; `wait` until it is gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    if not wait:
        return
    try:
        process.communicate(timeout=2)
    except (subprocess.TimeoutExpired, ValueError):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(ValueError):
            process.communicate()


def open_repo(path: Path | str) -> Repo:
    """GitPython's repository at `path` or in the nearest folder above.

    GitPython is imported here and not above: that takes 0.1 s and starts git
    once, and ``fab -l`` needs neither.

    Raises:
        GitError: no repository, a bare one, or no git on this machine.
    """
    try:
        import git
        from git.exc import InvalidGitRepositoryError, NoSuchPathError
    except ImportError as error:
        raise GitError(f"git is not usable here: {str(error).splitlines()[0]}") from None
    try:
        repo = git.Repo(path, search_parent_directories=True, expand_vars=False)
    except NoSuchPathError:
        raise GitError(f"{path}: there is no such folder") from None
    except InvalidGitRepositoryError:
        raise GitError(f"{path}: not a git repository (nor any folder above it)") from None
    if repo.bare or not repo.working_tree_dir:
        raise GitError(f"{path}: a bare repository; run this in a clone with a working tree")
    return repo


def _verb(argv: tuple[str, ...]) -> str:
    """The command's name, for messages: the first word that is no ``-c key=value``."""
    words = iter(argv)
    for word in words:
        if word == "-c":
            next(words, None)
        else:
            return word
    return ""
