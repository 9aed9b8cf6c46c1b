"""A client of the sandbox for its tests; it holds every answer against the published schema."""

import time

import published_schema
import requests

from minion.sandbox.daemon.process import find
from minion.sandbox.lifecycle.git import CREDENTIAL_HELPER, run_git

ACCEPT = "application/vnd.heroku+json; version=3"


class Client:
    """Speaks to one sandbox as `running` describes it."""

    def __init__(self, running, sample_app) -> None:
        self.running = running
        self.sample = sample_app
        self.card = find(running.state_dir)
        self.url = running.api_url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update({"Accept": ACCEPT, "Authorization": f"Bearer {running.token}"})

    def ask(self, method, path, body=None, **options):
        """The response, whatever its status."""
        options.setdefault("timeout", 30)
        response = self.session.request(method, self.url + path, json=body, **options)
        if response.ok and response.content and "json" in response.headers.get("Content-Type", ""):
            published_schema.check(method, path.partition("?")[0], response.json())
        return response

    def get(self, path, **options):
        """The JSON of a successful answer."""
        return self._json(self.ask("GET", path, **options))

    def post(self, path, body=None):
        return self._json(self.ask("POST", path, body))

    def patch(self, path, body):
        return self._json(self.ask("PATCH", path, body))

    def delete(self, path):
        return self._json(self.ask("DELETE", path))

    def refused(self, method, path, body=None, **options):
        """Status and error id of a request that must fail, and its message."""
        response = self.ask(method, path, body, **options)
        assert not response.ok, response.text
        error = response.json()
        return response.status_code, error["id"], error["message"]

    def create_app(self, name, **wishes):
        """An app made by the controls."""
        self.post("/_sandbox/apps", {"name": name, **wishes})
        return name

    def push(self, app, commit, branch="master", force=False):
        """Push a commit; the finished process."""
        return run_git(
            "-c",
            "credential.helper=",
            "-c",
            f"credential.helper={CREDENTIAL_HELPER}",
            "push",
            *(["--force"] if force else []),
            f"https://{self.card.git_host}/{app}.git",
            f"{commit}:refs/heads/{branch}",
            cwd=self.sample.root,
            env={"SANDBOX_TOKEN": self.card.token, "GIT_SSL_CAINFO": self.card.bundle},
        )

    def deploy(self, app, commit):
        """Push a commit that must build; what git printed."""
        done = self.push(app, commit)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def releases(self, app):
        """All releases, newest first."""
        return self.get(
            f"/apps/{app}/releases", headers={"Range": "version ..; max=200, order=desc"}
        )

    def current(self, app):
        """The release that runs."""
        return next(release for release in self.releases(app) if release["current"])

    def settled(self, app, version):
        """A release once it is no longer pending."""
        return until(
            lambda: self.get(f"/apps/{app}/releases/{version}"),
            lambda release: release["status"] != "pending",
        )

    def site(self, app):
        """What the app's site answers: status and JSON (None if it is none)."""
        url = self.get(f"/apps/{app}")["web_url"]
        response = self.session.get(url, timeout=70)
        is_json = response.ok
        return response.status_code, response.json() if is_json else None

    def _json(self, response):
        assert response.ok, f"{response.status_code} {response.text}"
        return response.json()


def until(look, is_fine, timeout_s=120):
    """The first thing seen that is fine.

    Raises:
        AssertionError: nothing was, within the time.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        seen = look()
        if is_fine(seen):
            return seen
        assert time.monotonic() < deadline, f"still {seen!r}"
        time.sleep(0.05)
