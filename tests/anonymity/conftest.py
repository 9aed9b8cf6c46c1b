"""A real PostgreSQL, and databases in it that look like a Django project's."""

import asyncio
import itertools
import threading

import pytest
from anonymity_shop import execute

from minion.sandbox.machine.ports import choose
from minion.sandbox.postgres.server import Postgres


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    loop = asyncio.new_event_loop()
    postgres = Postgres(tmp_path_factory.mktemp("postgres"), choose())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work):
        return asyncio.run_coroutine_threadsafe(work, loop).result(120)

    run(postgres.start())
    yield lambda name: run(postgres.create_database(name, "secret"))
    run(postgres.destroy())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


NUMBERS = itertools.count(1)


@pytest.fixture
def database(server):
    """Makes a database from SQL; its URL."""

    def make(*statements):
        url = server(f"d{next(NUMBERS)}")
        execute(url, *statements)
        return url

    return make
