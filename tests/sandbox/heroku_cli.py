"""The unmodified Heroku CLI, run against the sandbox in a home of its own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CACHE = Path("~/.cache/heroku-minion/cli/node_modules/.bin/heroku").expanduser()
TIMEOUT_S = 90


def find_cli():
    """The program, by HEROKU_CLI, on PATH or where .ci/run puts it."""
    named = os.environ.get("HEROKU_CLI") or shutil.which("heroku")
    return named or (str(CACHE) if CACHE.exists() else None)


CLI = find_cli()
needs_cli = pytest.mark.skipif(CLI is None, reason="the Heroku CLI is not installed")


class Cli:
    """The CLI with a home of its own: it writes into git's global configuration."""

    def __init__(self, client, home):
        self.client = client
        kept = ("PATH", "LANG", "LC_ALL")
        self.env = {
            **{key: os.environ[key] for key in kept if key in os.environ},
            **client.running.environ,
            "HOME": str(home),
            "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
            "TERM": "dumb",
            "NO_PROXY": "*",
        }
        self.env["PATH"] = f"{Path(CLI).parent}:{self.env['PATH']}"

    def __call__(self, *arguments, status=0, stdin=""):
        """What the command prints on stdout."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == status, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def run(self, *arguments, stdin="", cwd=None):
        """The finished command, in a folder with no repository unless `cwd` is another."""
        return subprocess.run(
            [CLI, *arguments],
            env=self.env,
            cwd=cwd or self.env["HOME"],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
