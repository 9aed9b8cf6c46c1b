"""The PostgreSQL of the trials, for those tests that ask for it."""

import pytest


@pytest.fixture(scope="session")
def trials(tmp_path_factory):
    """Where old and new code meet a migration, see `trial_server`."""
    from trial_server import running

    with running(tmp_path_factory.mktemp("trials") / "postgres") as trials:
        yield trials
