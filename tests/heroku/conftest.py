from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest
import trustme
from scripted import TOKEN, ScriptedServer, Time
from scripted_dyno import Rendezvous, Script

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


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def rendezvous(authority: trustme.CA) -> Iterator[Callable[..., Rendezvous]]:
    made: list[Rendezvous] = []

    def make(script: Script, **more: Any) -> Rendezvous:
        made.append(Rendezvous(authority, script, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def environ(authority: trustme.CA, server: ScriptedServer, tmp_path: Path) -> dict[str, str]:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return {
        "HEROKU_HOST": server.url,
        "HEROKU_API_KEY": TOKEN,
        "SSL_CERT_FILE": str(tmp_path / "ca.pem"),
        "PATH": str(tmp_path / "bin"),
    }
