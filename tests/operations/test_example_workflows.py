"""The workflows under examples/: their shell, as it stands, on a shallow and detached clone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import scripted
import yaml
from builders import BREAKING, EXPAND, INITIAL, MIGRATION_HEAD
from gits import git
from scripted import Answer, ScriptedServer

EXAMPLES = Path(__file__).parents[2] / "examples"
TOKEN = "s3cret-token-of-the-host"
pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")


class Host:
    """What keeps the comments on pull request 12, with the API of one of the three."""

    def __init__(self) -> None:
        self.server = ScriptedServer()
        self.server.otherwise = self._answer
        self.comments: dict[int, dict] = {}

    @property
    def bodies(self) -> list[str]:
        return [one.get("body") or one["content"]["raw"] for one in self.comments.values()]

    @property
    def tokens(self) -> set[str]:
        headers = [one.headers for one in self.server.requests]
        return {one.get("Authorization") or one["PRIVATE-TOKEN"] for one in headers}

    def _answer(self, request: scripted.Request) -> Answer:
        path = request.path.partition("?")[0]
        if path == "/user":
            return Answer({"id": 7})
        if request.method == "GET":
            found = list(self.comments.values())
            return Answer({"values": found} if "pullrequests" in path else found)
        number = len(self.comments) + 1 if request.method == "POST" else int(path.split("/")[-1])
        if request.method == "POST" and not path.endswith(("/12/comments", "/12/notes")):
            return scripted.not_found(request)
        self.comments[number] = {
            **request.body,
            "id": number,
            "url": f"{self.server.url}/repos/ann/shop/issues/comments/{number}",
            "user": {"type": "Bot"},
            "author": {"id": 7},
        }
        return Answer(self.comments[number], 201)


class Runner:
    """A machine of the host's: `run` is a job's shell in the clone, with the CI's variables."""

    def __init__(self, site, folder: Path, host: Host) -> None:
        self.site, self.folder, self.host = site, folder, host
        self.clone = folder / "clone"
        self.summary, self.output = folder / "summary.md", folder / "output"
        programs = folder / "bin"
        programs.mkdir()
        # minion is installed here already.
        (programs / "pip").write_text("#!/bin/sh\n")
        (programs / "pip").chmod(0o755)
        self.path = os.pathsep.join(
            [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
        )

    def check_out(self, branch: str) -> None:
        """Shallow and detached, without any branch, as checkouts of a CI are."""
        shutil.rmtree(self.clone, ignore_errors=True)
        url = (self.site.folder / "origin.git").as_uri()
        git(self.folder, "clone", "-q", "--depth=1", f"--branch={branch}", url, str(self.clone))
        git(self.clone, "checkout", "-q", "--detach")
        git(self.clone, "branch", "-qD", branch)

    def run(self, script: str, **variables: str) -> str:
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.clone,
            env={**os.environ, "CI": "true", "PATH": self.path, **variables},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert TOKEN not in done.stdout + done.stderr
        return done.stdout

    def github(self, file: str, job: str, **values: str) -> str:
        """The job's steps, with what the expressions in their variables stand for."""
        workflow = yaml.safe_load((EXAMPLES / "github" / file).read_text())

        def resolved(variables: dict) -> dict:
            return {
                name: re.sub(r"\$\{\{ (.*?) \}\}", lambda match: values[match.group(1)], value)
                for name, value in variables.items()
            }

        said = ""
        for step in workflow["jobs"][job]["steps"]:
            if "run" not in step:
                continue
            assert "${{" not in step["run"], "what others have written is never part of a script"
            said += self.run(
                step["run"],
                GITHUB_ACTIONS="true",
                GITHUB_API_URL=self.host.server.url,
                GITHUB_REPOSITORY="ann/shop",
                GITHUB_STEP_SUMMARY=str(self.summary),
                GITHUB_OUTPUT=str(self.output),
                **resolved({**workflow.get("env", {}), **step.get("env", {})}),
            )
        return said

    def gitlab(self, job: str, **variables: str) -> str:
        file = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text())
        lines = [*file["default"]["before_script"], *file[job]["script"]]
        flat = [one for line in lines for one in (line if isinstance(line, list) else [line])]
        origin = (self.site.folder / "origin.git").as_uri()
        return self.run(
            "\n".join(flat),
            GITLAB_CI="true",
            GITLAB_TOKEN=TOKEN,
            CI_API_V4_URL=self.host.server.url,
            CI_PROJECT_ID="3",
            CI_PROJECT_URL=origin[: -len(".git")],
            **variables,
        )

    def bitbucket(self, steps: list, name: str, **variables: str) -> str:
        (script,) = (one["step"]["script"] for one in steps if one["step"]["name"] == name)
        return self.run(
            "\n".join(script),
            BITBUCKET_TOKEN=TOKEN,
            BITBUCKET_API_URL=self.host.server.url,
            BITBUCKET_REPO_FULL_NAME="ann/shop",
            **variables,
        )


@pytest.fixture
def host():
    made = Host()
    yield made
    made.server.close()


@pytest.fixture
def runner(site, tmp_path, host):
    for app in site.heroku.apps.values():
        app.pipeline = "shop"
    return Runner(site, tmp_path, host)


def migration(number: int, operation: str) -> dict[str, str]:
    text = MIGRATION_HEAD.format(after=f"000{number - 1}_x") + f"        {operation}\n    ]\n"
    return {f"shop/migrations/000{number}_x.py": text}


FIRST = {"shop/migrations/__init__.py": "", "shop/migrations/0001_x.py": INITIAL.decode()}


# A pull request


def on_github(runner: Runner, base: str) -> None:
    values = {
        "github.event.pull_request.base.sha": base,
        "github.event.pull_request.number": "12",
        "github.token": TOKEN,
    }
    said = runner.github("analyse.yml", "analyse", **values)
    assert re.search(r"^::(warning|notice)", said, re.M), "annotations"


def on_gitlab(runner: Runner, base: str) -> None:
    runner.gitlab(
        "analyse", CI_MERGE_REQUEST_DIFF_BASE_SHA=base, CI_MERGE_REQUEST_IID="12", CI_JOB_NAME="a"
    )


def on_bitbucket(runner: Runner, base: str) -> None:
    file = yaml.safe_load((EXAMPLES / "bitbucket-pipelines.yml").read_text())
    steps = file["pipelines"]["pull-requests"]["**"]
    runner.bitbucket(
        steps, "Analyse", BITBUCKET_PR_DESTINATION_COMMIT=base[:12], BITBUCKET_PR_ID="12"
    )


@pytest.mark.parametrize("comment", [on_github, on_gitlab, on_bitbucket])
def test_a_pull_request_gets_one_comment_that_is_renewed(runner, host, comment):
    base = runner.site.commit(FIRST, "Begin the shop.")
    git(runner.site.root, "checkout", "-qb", "feature")
    for number, operation, verdict in (
        (2, EXPAND, "### Needs no maintenance page"),
        (3, BREAKING, "### Needs the maintenance page"),
    ):
        runner.site.commit_here(migration(number, operation), "Thank @octocat.")
        git(runner.site.root, "push", "-q", "origin", "feature")
        runner.check_out("feature")
        comment(runner, base)
        (body,) = host.bodies
        assert verdict in body
        assert f"* `shop/migrations/000{number}_x.py`: **" in body
        assert ("fab split:" in body) is (operation == BREAKING)
        assert "@octocat" not in body
    assert all(TOKEN in one for one in host.tokens)
    first, second = [one.method for one in host.server.requests if one.method != "GET"]
    assert first == "POST" and second in ("PATCH", "PUT")


def test_githubs_page_of_the_job_has_it_once(runner):
    base = runner.site.commit(FIRST, "Begin the shop.")
    runner.site.commit(migration(2, EXPAND))
    runner.check_out("master")
    on_github(runner, base)
    assert runner.summary.read_text().count("<!-- minion analyse -->") == 1


def test_bitbucket_is_given_nothing_that_it_does_not_fold(runner, host):
    base = runner.site.commit(FIRST, "Begin the shop.")
    runner.site.commit(migration(2, EXPAND))
    runner.check_out("master")
    on_bitbucket(runner, base)
    (body,) = host.bodies
    assert body.startswith("[minion]: # (analyse)\n\n### ")
    assert "<" not in body


# What is merged


def deploy_on_github(runner: Runner) -> None:
    secret = {"secrets.HEROKU_API_KEY": os.environ["HEROKU_API_KEY"]}
    runner.github("deploy.yml", "uat", **secret)
    runner.check_out("master")
    runner.github("deploy.yml", "plan-live", **secret)
    assert "### live: needs no maintenance page" in runner.summary.read_text()
    name, _, plan = runner.output.read_text().strip().partition("=")
    runner.check_out("master")
    runner.github("deploy.yml", "live", **secret, **{f"needs.plan-live.outputs.{name}": plan})


def deploy_on_gitlab(runner: Runner) -> None:
    runner.gitlab("uat")
    runner.check_out("master")
    assert "Target environment:  live" in runner.gitlab("plan")
    hand_on_the_plan(runner)
    runner.gitlab("live")


def deploy_on_bitbucket(runner: Runner) -> None:
    file = yaml.safe_load((EXAMPLES / "bitbucket-pipelines.yml").read_text())
    steps = file["pipelines"]["branches"]["master"]
    runner.bitbucket(steps, "Deploy to uat")
    runner.check_out("master")
    assert "Target environment:  live" in runner.bitbucket(steps, "Plan for live")
    hand_on_the_plan(runner)
    runner.bitbucket(steps, "Deploy to live")


def hand_on_the_plan(runner: Runner) -> None:
    """The artifact of one job, in the next one's clone."""
    plan = (runner.clone / "plan.json").read_text()
    assert json.loads(plan)["environment"] == "live"
    runner.check_out("master")
    (runner.clone / "plan.json").write_text(plan)


@pytest.mark.parametrize(
    "deploy",
    [
        deploy_on_github,
        # Their lines are nearly those of GitHub.
        pytest.param(deploy_on_gitlab, marks=pytest.mark.whole),
        pytest.param(deploy_on_bitbucket, marks=pytest.mark.whole),
    ],
)
def test_what_is_merged_goes_up_and_is_tagged(runner, deploy):
    commit = runner.site.commit({"shop/views.py": "x = 1\n"})
    runner.check_out("master")
    deploy(runner)
    heroku = runner.site.heroku
    assert {heroku[name].commit for name in ("shop-uat", "shop-a", "shop-b")} == {commit}
    assert sorted(runner.site.tags()) == ["shop-a-v2", "shop-b-v2", "uat-v2"]
