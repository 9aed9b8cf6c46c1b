from __future__ import annotations

from collections.abc import Iterator

import pytest
from scripted import TOKEN, ScriptedServer, Time

from minion.heroku import Heroku
from minion.heroku.api import Api


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def api(server: ScriptedServer, time: Time) -> Api:
    return Api(server.url, TOKEN, timeout_s=(2, 2), sleep=time.sleep, clock=time.clock)


@pytest.fixture
def heroku(server: ScriptedServer) -> Heroku:
    return Heroku.connect({"HEROKU_HOST": server.url, "HEROKU_API_KEY": TOKEN})
