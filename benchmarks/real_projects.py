"""Whether projects that others made for Heroku come up in the sandbox, and how soon.

Each is cloned, gets its settings from ``minion init``, is deployed to the sandbox, deployed
again with one more migration, asked for its page, and rolled back, by the commands that README
tells of and nothing else. What stopped it first is told in its own words.

    python benchmarks/real_projects.py --from FOLDER [NAME …]

FOLDER has the repositories, as NAME.bundle, ``owner+name`` or ``owner/name``; what is not
there comes from GitHub. `projects_of_others.py` lists them.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from projects_of_others import PROJECTS, Project

MINION = (sys.executable, "-m", "minion")
STEP_S = 420


class Stopped(Exception):
    """What a step said before it failed."""


@dataclass
class Result:
    """How far a project came: seconds by step, and why not further."""

    project: Project
    seconds: dict[str, float] = field(default_factory=dict)
    why: str = ""

    def __str__(self) -> str:
        told = self.project.refused or self.project.lacks
        mark = "ok" if not self.why else "--" if told else "NO"
        times = "  ".join(f"{name} {spent:.1f}" for name, spent in self.seconds.items())
        lines = [f"{mark}  {self.project.repository:<42} {times}"]
        if self.why and told:
            lines.append(f"      {'lacks ' * bool(self.project.lacks)}{told}")
        if self.why:
            lines.append(f"      {self.why}")
        return "\n".join(lines)


def summary(results: Sequence[Result]) -> str:
    """How many came up of those that Heroku takes and that can be had here."""
    came = sum(not one.why for one in results)
    refused = sum(bool(one.why and one.project.refused) for one in results)
    lacking = sum(bool(one.why and one.project.lacks) for one in results)
    return (
        f"{came} of {len(results) - refused - lacking} that Heroku would take; "
        f"besides {refused} that it would not, and {lacking} that lack something here"
    )


class Trial:
    """One project in a folder of its own."""

    def __init__(self, project: Project, source: str, folder: Path) -> None:
        self.project = project
        self.source = source
        self.environ: dict[str, str] = {}
        self.root = folder / project.repository.partition("/")[2].lower()
        self.origin = folder / "origin.git"
        self.result = Result(project)

    def run(self) -> Result:
        """All steps in their order, until one fails."""
        steps = (
            ("clone", self._clone),
            ("init", lambda: self._minion("init")),
            ("start", self._start),
            ("deploy", self._deploy),
            ("page", self._page),
            ("second", self._second),
            ("page again", self._page),
            ("rollback", self._roll_back),
        )
        try:
            for name, step in steps:
                begun = time.monotonic()
                try:
                    step()
                finally:
                    self.result.seconds[name] = time.monotonic() - begun
        except (Stopped, subprocess.TimeoutExpired, OSError) as error:
            self.result.why = f"{name}: {error}"
        finally:
            with suppress(Stopped, subprocess.TimeoutExpired):
                self._minion("sandbox:stop")
        return self.result

    def _clone(self) -> None:
        run("git", "clone", "-q", "--bare", self.source, str(self.origin), cwd=self.root.parent)
        missing = ("rev-list", "--objects", "--all", "--missing=print")
        if any(one.startswith("?") for one in run("git", *missing, cwd=self.origin).splitlines()):
            self._begin_anew()
        with suppress(Stopped):
            run("git", "branch", "-f", "main", self.project.commit, cwd=self.origin)
        run("git", "symbolic-ref", "HEAD", "refs/heads/main", cwd=self.origin)
        # A branch that init would take for an environment's own is at some other commit.
        for ref in run("git", "for-each-ref", "--format=%(refname)", cwd=self.origin).split():
            if ref != "refs/heads/main":
                run("git", "update-ref", "-d", ref, cwd=self.origin)
        run("git", "clone", "-q", str(self.origin), str(self.root), cwd=self.root.parent)

    def _begin_anew(self) -> None:
        """One commit with the files that a copy without its largest ones has."""
        files = self.root.parent / "files"
        files.mkdir()
        tree = run("git", "ls-tree", "-rz", self.project.commit, cwd=self.origin)
        for entry in filter(None, tree.split("\0")):
            told, path = entry.split("\t", 1)
            mode, kind, blob = told.split()
            done = subprocess.run(
                ["git", "cat-file", "blob", blob], cwd=self.origin, capture_output=True
            )
            if kind != "blob" or mode == "120000" or done.returncode:
                continue
            target = files / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(done.stdout)
            target.chmod(0o755 if mode == "100755" else 0o644)
        shutil.rmtree(self.origin)
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.com")
        run("git", "init", "-q", "-b", "main", cwd=files)
        run("git", "add", "-f", ".", cwd=files)
        run("git", *identity, "commit", "-qm", "As it is", cwd=files)
        run("git", "clone", "-q", "--bare", str(files), str(self.origin), cwd=self.root.parent)
        shutil.rmtree(files)

    def _start(self) -> None:
        self._minion("sandbox")
        status = json.loads(self._minion("sandbox:status,format=json"))
        self.app = next(iter(status["apps"]))
        self.environment = status["apps"][self.app]["environment"]
        self.url = status["apps"][self.app]["web_url"]
        self.environ = status["environ"]
        if self.project.config:
            self._api("PATCH", "config-vars", self.project.config)

    def _api(self, method: str, path: str, body: object) -> Any:
        answer = requests.request(
            method,
            f"{self.environ['HEROKU_HOST']}/apps/{self.app}/{path}",
            json=body,
            headers={
                "Accept": "application/vnd.heroku+json; version=3",
                "Authorization": f"Bearer {self.environ['HEROKU_API_KEY']}",
            },
            timeout=30,
        )
        if not answer.ok:
            raise Stopped(answer.text)
        return answer.json()

    def _deploy(self) -> None:
        self._confirmed("deploy", self.project.options)

    def _second(self) -> None:
        """A commit with one more migration, where there are any."""
        written = [self.root / "SECOND"]
        written[0].write_text("A second deployment.\n")
        for path, text in islice(self._migrations(), 1):
            path.write_text(text)
            written.append(path)
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.com")
        run("git", "add", "-f", *map(str, written), cwd=self.root)
        run("git", *identity, "commit", "-q", "--no-verify", "-m", "Second", cwd=self.root)
        run("git", "push", "-q", "origin", "HEAD:main", cwd=self.root)
        self._confirmed("deploy")

    def _migrations(self) -> Iterator[tuple[Path, str]]:
        """A migration after the last one, for each app whose last one is clear."""
        for first in sorted(self.root.glob("**/migrations/0001_*.py")):
            if any(part in ("tests", "node_modules", ".minion") for part in first.parts):
                continue
            label = first.parent.parent.name
            names = {one.stem for one in first.parent.glob("[0-9]*.py")}
            texts = "".join(one.read_text() for one in first.parent.glob("*.py"))
            last = [
                name
                for name in names
                if not re.search(rf"['\"]{label}['\"],\s*['\"]{name}['\"]", texts)
            ]
            if len(last) == 1 and "replaces" not in texts:
                yield (
                    first.parent / "9999_second.py",
                    "from django.db import migrations\n\n\n"
                    "class Migration(migrations.Migration):\n"
                    f"    dependencies = [({label!r}, {last[0]!r})]\n"
                    "    operations = [migrations.RunSQL('SELECT 1', 'SELECT 1')]\n",
                )

    def _page(self) -> None:
        url = self.url + self.project.path.lstrip("/")
        for _ in range(5):
            answer = requests.get(url, timeout=60, allow_redirects=False, verify=False)
            url = urljoin(url, answer.headers.get("Location", ""))
            if not answer.is_redirect or urlsplit(url).hostname != "127.0.0.1":
                break
        if answer.status_code >= 400 and answer.status_code not in (401, 403):
            raise Stopped(f"answers {answer.status_code}: {telling(self._log())}")

    def _log(self) -> str:
        """The newest lines of the app's log, without their times and names."""
        asked = self._api("POST", "log-sessions", {"lines": 200})
        lines = requests.get(asked["logplex_url"], timeout=30).text.splitlines()
        return "\n".join(line.partition(": ")[2] for line in lines)

    def _roll_back(self) -> None:
        self._confirmed("rollback")

    def _confirmed(self, task: str, options: str = "") -> None:
        confirm, more = self.app, ""
        if options:
            more = f",options={options}"
            plan = f"plan:{self.environment}{more},format=json"
            confirm = json.loads(self._minion("sandbox", plan))["plan"]
        self._minion("sandbox", f"{task}:{self.environment},confirm={confirm}{more}")

    def _minion(self, *words: str) -> str:
        return run(*MINION, *words, cwd=self.root)


def run(*words: str, cwd: Path) -> str:
    """What a command prints on standard output.

    Raises:
        Stopped: it failed; with the line that tells the most.
    """
    done = subprocess.run(
        words,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=STEP_S,
    )
    if done.returncode:
        raise Stopped(telling(done.stdout + done.stderr))
    return done.stdout


def telling(said: str) -> str:
    """The last line of `said` that names an error, else the last one."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    marks = re.compile(r"^!\s+\S|(\w*Error|ImproperlyConfigured)\b.*:|^error:")
    empty = re.compile(
        r"ailed to push|Push (failed|rejected)|(lines|traceback) above|machine has|"
        r"To (have|mend) it|deprecated"
    )
    named = [line for line in lines if marks.search(line) and not empty.search(line)]
    refused = [line for line in lines if re.match(r"!\s+Error", line)]
    fatal = [line for line in lines if line.startswith("Fatal error")]
    causes = [line for line in named if line not in refused]
    return next(iter([*reversed(causes), *refused, *fatal, *reversed(lines)]), "")[:200]


def source_of(project: Project, folder: Path | None) -> str:
    """Where to clone from."""
    name = project.repository
    for place in (name.replace("/", "+"), name, f"{name.partition('/')[2]}.bundle"):
        for inner in ("repo", ""):
            path = folder / place / inner if folder else Path("/nowhere")
            if path.is_file() or (path / "HEAD").exists() or (path / ".git").exists():
                return str(path)
    return f"https://github.com/{name}.git"


@contextmanager
def a_folder(keep: bool) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="real-projects-"))
    yield path
    if not keep:
        shutil.rmtree(path, ignore_errors=True)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="folder", type=Path)
    parser.add_argument("--keep", action="store_true", help="do not remove the clones")
    parser.add_argument("names", nargs="*")
    asked = parser.parse_args(arguments)
    wanted = [
        one
        for one in PROJECTS
        if not asked.names or any(name in one.repository for name in asked.names)
    ]
    urllib3.disable_warnings()  # the sandbox's certificate is known to nobody
    results = []
    for project in wanted:
        with a_folder(asked.keep) as folder:
            results.append(Trial(project, source_of(project, asked.folder), folder).run())
            print(results[-1])
            if asked.keep:
                print(f"      {folder}")
            sys.stdout.flush()
    print(summary(results))


if __name__ == "__main__":
    main(sys.argv[1:])
