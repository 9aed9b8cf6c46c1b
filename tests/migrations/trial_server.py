"""One PostgreSQL for all trials, and a process of their own with Django set up to use it."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import secrets
import socket
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql
from trial_measured import Measured

from minion.sandbox.postgres.server import SUPERUSER, Postgres

NAME = "trials"
APPS = ["django.contrib.contenttypes", "django.contrib.postgres"]


class Trials:
    """Where trials are made, one after the other."""

    def __init__(self, process: ProcessPoolExecutor, extensions: frozenset[str]) -> None:
        self._process = process
        self.extensions = extensions
        """Names of the extensions that this PostgreSQL could make."""

    def measure(self, files: Mapping[str, str], new: int = 1) -> Measured:
        """What the last `new` of the migrations `files` do, see `trial.measure`."""
        return self._process.submit(_measure, dict(files), new).result()


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Trials]:
    """Trials on a PostgreSQL whose memory is in `folder`.

    Django can be set up only once in a process, and other tests need it too.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    password = secrets.token_urlsafe(8)
    loop = asyncio.new_event_loop()
    postgres = Postgres(folder, port)
    try:
        loop.run_until_complete(postgres.start())
        loop.run_until_complete(postgres.create_database(NAME, password))
        extensions = _allow_everything(port, (folder / "password").read_text(encoding="ascii"))
        with ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), _set_up, (port, password)
        ) as process:
            yield Trials(process, extensions)
    finally:
        loop.run_until_complete(postgres.destroy())
        loop.close()


def _allow_everything(port: int, password: str) -> frozenset[str]:
    """Let the role make extensions; on Heroku it may make those that Heroku has chosen."""
    role = psycopg.sql.Identifier(NAME)
    with psycopg.connect(
        host="127.0.0.1", port=port, user=SUPERUSER, password=password, dbname=NAME
    ) as admin:
        admin.execute(psycopg.sql.SQL("ALTER ROLE {} SUPERUSER").format(role))
        return frozenset(
            row[0] for row in admin.execute("SELECT name FROM pg_available_extensions")
        )


def _set_up(port: int, password: str) -> None:
    import warnings

    import django
    from django.conf import settings

    # Of operations that a later Django will have no more.
    warnings.simplefilter("ignore")
    database: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "127.0.0.1",
        "PORT": port,
        "NAME": NAME,
        "USER": NAME,
        "PASSWORD": password,
        # A lock that is not to be had fails the trial, it does not stop the suite.
        "OPTIONS": {"options": "-c lock_timeout=60s -c client_min_messages=error"},
    }
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=APPS,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


def _measure(files: Mapping[str, str], new: int) -> Measured:
    from trial import measure

    return measure(files, new)
