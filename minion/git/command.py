"""git as a child process: argv in, bytes out, no prompts, every call with a deadline."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minion.errors import GitError
from minion.text import plain

#: Seconds for commands that stay on this machine, and for those that ask a remote.
LOCAL_TIMEOUT_S = 120.0
REMOTE_TIMEOUT_S = 180.0

#: Holds for every command. Replaced objects are not what a remote would receive,
#: and a path is a name, never a pattern.
_ENVIRONMENT = {
    "LANGUAGE": "C",
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TRACE_REDACT": "1",
    "GCM_INTERACTIVE": "never",
}

#: Not passed on: what a hook or an alias exports to say which repository and which
#: configuration it is in (``git rev-parse --local-env-vars``; ours may be another
#: one), and what would make other names or patterns of our refs and paths.
_NOT_PASSED_ON = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_PREFIX"),
    *("GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH"),
    *("GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_REPLACE_REF_BASE", "GIT_NAMESPACE"),
    *("GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"),
)

#: How git begins the command that it advises where another user owns the repository.
_REMEDY = "git config --global --add safe.directory "

#: One value of git's configuration: its full key, and what it is.
Setting = tuple[str, str]

#: Of the operator's configuration, what would run programs of theirs in between
#: (a hook of theirs can refuse a tag, a watcher can hide a changed file), tidy up
#: behind our back, or colour what is to be read by a program.
_SETTINGS: tuple[Setting, ...] = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    *((f"color.{what}", "false") for what in ("ui", "remote", "push", "transport", "advice")),
)


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
        """What git complained about, for a message: one line without control characters."""
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        fatal = [line for line in lines if line.startswith(("fatal: ", "error: "))]
        best = fatal[0] if fatal else (lines or [f"exit status {self.status}"])[-1]
        cause = plain(best.split(": ", 1)[1] if fatal else best)
        remedy = [line for line in lines if line.startswith(_REMEDY)]
        return f"{cause}; type: {plain(remedy[0])}" if remedy else cause


class TimedOut(GitError):
    """git was ended because its time was up."""


class Git:
    """Runs git in the repository that `folder` belongs to."""

    def __init__(self, folder: str, executable: str = "git") -> None:
        self.folder = folder
        self._executable = executable

    def run(
        self,
        *argv: str,
        content: bytes | None = None,
        settings: Sequence[Setting] = (),
        env: Mapping[str, str | None] | None = None,
        timeout_s: float = LOCAL_TIMEOUT_S,
    ) -> Answer:
        """How ``git *argv`` ended, with `content` as its standard input.

        `settings` outdo what is configured; a variable of `env` that is None is not passed on.

        Raises:
            TimedOut: it took longer than `timeout_s` seconds.
            GitError: it could not be started.
        """
        with tempfile.TemporaryFile() as stdin:
            stdin.write(content or b"")
            stdin.seek(0)
            process = self.start(*argv, settings=settings, env=env, stdin=stdin)
            try:
                stdout, stderr = process.communicate(timeout=timeout_s)
            except subprocess.TimeoutExpired:
                kill(process)
                raise TimedOut(
                    f"git {argv[0]}: no answer within {timeout_s:g} seconds; given up"
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
            raise GitError(f"git {argv[0]}: {answer.complaint}")
        return answer

    def start(
        self,
        *argv: str,
        settings: Sequence[Setting] = (),
        env: Mapping[str, str | None] | None = None,
        stdin: Any = None,
    ) -> subprocess.Popen[bytes]:
        """``git *argv`` running, with pipes for its output, in a session of its own.

        Without a terminal neither git nor ssh can stop to ask for a password,
        and the helpers that git starts can be ended with it.
        """
        if any("\0" in word for word in argv):
            raise GitError(f"git {argv[0]}: a name may not contain a NUL character")
        try:
            return subprocess.Popen(
                [self._executable, *argv],
                cwd=self.folder,
                env=_environment((*_SETTINGS, *settings), env or {}),
                stdin=stdin or subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise GitError(f"git could not be started: {error.strerror}") from None


def _environment(settings: Sequence[Setting], env: Mapping[str, str | None]) -> Mapping[str, str]:
    """The variables of a git process.

    Settings are variables too: unlike ``-c`` they are in no list of processes,
    and a key may have a ``=`` in it. They come after the operator's own.
    """
    result = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
    result.update(_ENVIRONMENT)
    count = result.get("GIT_CONFIG_COUNT", "")
    start = int(count) if count.isdecimal() else 0
    for number, (key, value) in enumerate(settings, start):
        result[f"GIT_CONFIG_KEY_{number}"] = key
        result[f"GIT_CONFIG_VALUE_{number}"] = value
    result["GIT_CONFIG_COUNT"] = str(start + len(settings))
    for name, change in env.items():
        if change is None:
            result.pop(name, None)
        else:
            result[name] = change
    return result


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


def find(path: Path | str) -> tuple[Git, Path]:
    """git in the working tree at `path` or above, and the git folder that all its worktrees share.

    GitPython is imported here and not above: that takes 0.1 s and starts git
    once, and ``fab -l`` needs neither.

    Raises:
        GitError: no repository, a bare one, one that git refuses to touch, or no
            git on this machine that is new enough.
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
    found = Git(os.fspath(repo.working_tree_dir), repo.git.GIT_PYTHON_GIT_EXECUTABLE or "git")
    # GitPython believes what is exported (GIT_COMMON_DIR); git is asked without that.
    common_dir = found.must("rev-parse", "--path-format=absolute", "--git-common-dir").line
    if common_dir.startswith("--path-format"):
        raise GitError("git 2.31 or newer is needed")
    return found, Path(common_dir)
