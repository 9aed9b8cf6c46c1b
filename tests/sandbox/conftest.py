"""One sandbox for all tests that need one. Each test makes apps of its own in it."""

import itertools
import signal

import pytest
from platform_client import Client
from sample_app import SampleApp

from minion.sandbox.lifecycle import lifecycle
from minion.sandbox.lifecycle.specs import AppSpec, ProjectSpec

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def sample_app(tmp_path_factory):
    """A repository with an app that can be pushed."""
    return SampleApp(tmp_path_factory.mktemp("sample") / "shop")


@pytest.fixture(scope="session")
def client(tmp_path_factory, sample_app):
    """A client of a sandbox that rehearses the sample app in three stages."""
    apps = [
        AppSpec(f"shop-{name}", name, stage, {"GREETING": name}, commit=commit)
        for name, stage, commit in (
            ("dev", "development", None),
            ("uat", "staging", sample_app.first),
            ("live", "production", sample_app.first),
        )
    ]
    project = ProjectSpec(sample_app.root, {"master": sample_app.first}, apps)
    folder = tmp_path_factory.mktemp("sandbox") / ".minion"
    # As with nohup, which must not be noticed in it.
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    running = lifecycle.ensure(folder, lambda line: None, project)
    signal.signal(signal.SIGHUP, before)
    yield Client(running, sample_app)
    lifecycle.stop(folder)


@pytest.fixture
def new_name():
    """Makes names that no other test has taken."""
    return lambda: f"app-{next(_numbers)}"


@pytest.fixture
def empty_app(client, new_name):
    """The name of an app without a database and without a slug."""
    return client.create_app(new_name(), database=False)


@pytest.fixture
def app(client, empty_app, sample_app):
    """The name of an app that runs the sample's first commit."""
    client.deploy(empty_app, sample_app.first)
    return empty_app
