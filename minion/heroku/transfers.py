"""Transfers of the data API: backups, restores and copies, and waiting for them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Callable

from minion.errors import AnswerLost, Forbidden, HerokuError, NotFound, Unauthorized
from minion.heroku import wire
from minion.heroku.api import Api
from minion.heroku.paths import path_of
from minion.heroku.records import Transfer

#: Failed looks in a row that the Heroku CLI forgives, too (commands pg:backups:*).
MOST_FAILED_LOOKS = 20
#: Lines of a failed transfer's log that are shown.
LAST_LINES = 5
#: Attempts to get a public URL, which changes nothing.
URL_ATTEMPTS = 3

_URL = re.compile(r"\b([a-z][a-z0-9+.-]*://)\S+", re.IGNORECASE)
#: Where PostgreSQL's messages quote rows: `Key (email)=(...)`, `column email: "..."`.
_ROWS = (
    re.compile(r"\)=\(.*"),
    re.compile(r"(?<=: )\".*"),
    re.compile(r"(?<=contains \().*"),
)
_NAME = re.compile(r"([a-z])(\d+)", re.IGNORECASE)


class Transfers:
    """All of these raise HerokuError, and NotFound where there is no such app or transfer.

    The transfers of a database are those of the app that it is billed to.
    """

    def __init__(self, data_api: Api) -> None:
        self._api = data_api

    def all(self, app: str) -> list[Transfer]:
        """Every transfer that Heroku still knows, newest first."""
        found = wire.many(transfer_of, self._api.get(_path(app)))
        return sorted(found, key=lambda one: (one.created_at, one.number), reverse=True)

    def backups(self, app: str) -> list[Transfer]:
        """The backups, newest first, unfinished and failed ones included."""
        return [one for one in self.all(app) if one.is_backup]

    def get(self, app: str, number_or_id: int | str, verbose: bool = False) -> Transfer:
        """One transfer; `verbose`: with its logs."""
        params = {"verbose": "true"} if verbose else None
        return transfer_of(self._api.get(_path(app, number_or_id), params=params))

    def wait(
        self,
        app: str,
        transfer: Transfer,
        *,
        timeout_s: float,
        poll_s: float,
        on_progress: Callable[[Transfer], None] = lambda transfer: None,
    ) -> Transfer:
        """The transfer once it is completed; `on_progress` sees each look at it.

        Raises:
            HerokuError: it failed (with the end of its log), was canceled, is
                not finished after `timeout_s`, or cannot be looked at.
        """
        deadline = self._api.clock() + timeout_s
        failed_looks = 0
        while True:
            try:
                found = self.get(app, transfer.id)
            except (Unauthorized, Forbidden):
                raise
            except HerokuError:
                failed_looks += 1
                if failed_looks > MOST_FAILED_LOOKS:
                    raise
            else:
                failed_looks = 0
                on_progress(found)
                if found.finished_at is not None:
                    return self._completed(app, found)
            left_s = deadline - self._api.clock()
            if left_s <= 0:
                raise HerokuError(
                    f"{app}: {transfer.name} has not ended within {timeout_s / 60:.0f} minutes; it "
                    f"goes on by itself: heroku pg:backups:info {transfer.name} --app {app}"
                )
            self._api.sleep(min(poll_s, left_s))

    def cancel(self, app: str, transfer: Transfer) -> None:
        """Stop the transfer; what a restore has overwritten stays so."""
        self._api.post(_path(app, transfer.id, "actions", "cancel"))

    def public_url(self, app: str, transfer: Transfer) -> str:
        """An address from which the backup can be read without a token: a secret.

        It is valid for a short time only (Dev Center: Heroku PGBackups).
        """
        path = _path(app, transfer.number, "actions", "public-url")
        for _ in range(URL_ATTEMPTS - 1):
            with contextlib.suppress(AnswerLost):
                return _url_of(self._api.post(path))
        return _url_of(self._api.post(path))

    def find(self, app: str, name: str) -> Transfer:
        """The completed backup called `name` ("b012"), or the newest one for "latest".

        Raises:
            NotFound: there is none; names those that there are.
            HerokuError: it is there but cannot be used.
        """
        transfers = self.all(app)
        usable = [one for one in transfers if one.is_backup and one.state == "completed"]
        if name == "latest":
            if not usable:
                raise NotFound(f"{app}: there is no completed backup")
            return usable[0]
        wanted = _in_full(name)
        found = next((one for one in transfers if one.name == wanted), None)
        if found is None:
            there = ", ".join(one.name for one in usable) or "none"
            raise NotFound(f"{app}: there is no backup {name!r}; completed backups: {there}")
        if not found.is_backup:
            raise HerokuError(f"{app}: {found.name} is a {found.kind}, not a backup")
        if found.state != "completed":
            raise HerokuError(f"{app}: backup {found.name} cannot be used: it is {found.state}")
        return found

    def _completed(self, app: str, transfer: Transfer) -> Transfer:
        if transfer.state == "completed":
            return transfer
        if transfer.state == "canceled":
            raise HerokuError(f"{app}: {transfer.name} was canceled")
        lines: tuple[str, ...] = ()
        # That it failed is the message; its log is only an addition to it.
        with contextlib.suppress(HerokuError):
            lines = self.get(app, transfer.id, verbose=True).logs[-LAST_LINES:]
        text = "; ".join(discreet(line) for line in lines) or "Heroku keeps no log of it"
        raise HerokuError(f"{app}: {transfer.name} ({transfer.kind}) failed: {text}")


def discreet(line: str) -> str:
    """A line of a log without the addresses and the rows that it may quote."""
    line = _URL.sub(r"\1…", " ".join(line.split()))
    for quoted in _ROWS:
        line = quoted.sub("…", line)
    return line


@contextlib.contextmanager
def discreet_errors() -> Iterator[None]:
    """Takes addresses out of Heroku's messages, which may repeat what was sent."""
    try:
        yield
    except HerokuError as error:
        error.args = tuple(discreet(str(part)) for part in error.args)
        raise


def _path(app: str, *more: object) -> str:
    return path_of("client", "v11", "apps", app, "transfers", *more)


@wire.answer_about("a transfer")
def transfer_of(answer: Any) -> Transfer:
    """The record of a transfer as the data API shows it."""
    source_bytes = answer.get("source_bytes")
    return Transfer(
        id=answer["uuid"],
        number=int(answer["num"]),
        name=_name_of(answer),
        kind=_kind_of(answer),
        from_name=answer.get("from_name") or "",
        to_name=answer.get("to_name") or "",
        to_url=answer.get("to_url") or "",
        created_at=_moment(answer["created_at"]),
        started_at=_optional_moment(answer.get("started_at")),
        finished_at=_optional_moment(answer.get("finished_at")),
        canceled_at=_optional_moment(answer.get("canceled_at")),
        succeeded=bool(answer.get("succeeded")),
        processed_bytes=int(answer.get("processed_bytes") or 0),
        source_bytes=None if source_bytes is None else int(source_bytes),
        warnings=int(answer.get("warnings") or 0),
        logs=tuple(str(one.get("message") or "") for one in answer.get("logs") or ()),
    )


def _kind_of(answer: Any) -> str:
    way = answer.get("from_type"), answer.get("to_type")
    if way == ("pg_dump", "gof3r"):
        return "backup"
    if way == ("pg_dump", "pg_restore"):
        return "copy"
    return "restore" if way[1] == "pg_restore" else "other"


def _name_of(answer: Any) -> str:
    """Its name as the Heroku CLI makes it: one sequence of numbers for all kinds."""
    legacy = (answer.get("options") or {}).get("pgbackups_name")
    if legacy:
        return f"o{legacy}"
    prefix = {"copy": "c", "restore": "r"}.get(_kind_of(answer))
    if prefix is None:
        is_scheduled = answer.get("from_type") == "pg_dump" and answer.get("schedule")
        prefix = "a" if is_scheduled else "b"
    return f"{prefix}{int(answer['num']):03}"


def _in_full(name: str) -> str:
    """`name` as Heroku writes it: B12 is b012."""
    match = _NAME.fullmatch(name)
    if match is None or match[1].lower() == "o":
        return name
    return f"{match[1].lower()}{int(match[2]):03}"


def _moment(text: str) -> datetime:
    """A date as the data API writes it, ``2026-02-03 04:05:06 +0000``."""
    if "T" in text:
        return wire.moment(text)
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z")


def _optional_moment(text: str | None) -> datetime | None:
    return _moment(text) if text else None


@wire.answer_about("a public address")
def _url_of(answer: Any) -> str:
    return str(answer["url"])
