"""A real PostgreSQL, and databases in it that look like a Django project's."""

import pytest
from postgres_server import served


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with served(tmp_path_factory.mktemp("postgres")) as databases:
        yield databases


@pytest.fixture
def database(server):
    """Makes a database from SQL; its URL."""
    return server.make
