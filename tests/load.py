"""Visitors of the bookshop: what a deployment looks like from outside while it happens.

    load = Load(web_url)
    load.start()
    ...                                     # deploy
    load.stop()
    report = load.report(kept_in(database_url))

Each visitor is a thread that makes one request after the other, every one on a
connection of its own and never twice, so that whatever a deployment breaks is
seen. What is ordered and edited carries a mark; those marks that the shop has
accepted and its database does not hold are lost writes.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from http.cookies import SimpleCookie
from itertools import chain, count
from urllib.parse import urlencode, urlsplit

from loadreport import (
    BROKEN,
    OK,
    Answer,
    Edit,
    Kept,
    Report,
    judge,
    kept_in,
    make_report,
)

__all__ = ["Load", "Report", "kept_in"]

#: Long enough for the router's own deadline of 30 s to come first.
TIMEOUT_S = 40.0

#: How often each kind of visit comes, in ten.
MIX = {"front": 3, "book": 2, "customers": 1, "order": 3, "edit": 1}


class Load:
    """Visitors of the shop at `base_url`, between `start` and `stop`.

    Args:
        clients: how many there are at once.
        pause_s: what each of them waits between two requests.
        customers: the keys of customers that may be edited; each visitor has its own.
        seed: what the visitors do is the same for the same seed.
        mark: stands in every mark, so that two loads of one shop can be told apart.
    """

    def __init__(
        self,
        base_url: str,
        *,
        clients: int = 20,
        pause_s: float = 0.2,
        customers: Sequence[int] = range(1, 2001),
        seed: int = 0,
        mark: str = "a",
    ) -> None:
        self._stop = threading.Event()
        self._visitors = [
            Visitor(
                base_url,
                f"load-{mark}-{number}",
                customers[number::clients],
                random.Random(f"{seed} {number}"),
                pause_s,
                self._stop,
            )
            for number in range(clients)
        ]
        self._began = self._ended = 0.0

    def start(self) -> None:
        """Let the visitors in, one after the other within one pause."""
        self._began = time.monotonic()
        for visitor in self._visitors:
            visitor.thread.start()

    def stop(self) -> None:
        """Let nobody begin another request and wait for those under way."""
        self._stop.set()
        for visitor in self._visitors:
            visitor.thread.join()
        self._ended = time.monotonic()

    def __enter__(self) -> Load:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def answers(self) -> list[Answer]:
        """What has been answered until now, in the order in which it was asked."""
        answers = chain.from_iterable(list(visitor.answers) for visitor in self._visitors)
        return sorted(answers, key=lambda answer: answer.began)

    def wait_for(self, outcome: str, times: int = 1, timeout_s: float = 180.0) -> None:
        """Return when that many more requests have ended so.

        Raises:
            TimeoutError: they have not.
        """
        wanted = self._count(outcome) + times
        deadline = time.monotonic() + timeout_s
        while self._count(outcome) < wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {timeout_s:g} s for {times} requests to end {outcome}")
            time.sleep(0.02)

    def report(self, kept: Kept) -> Report:
        """How it went, after `stop`; `kept` was read after it."""
        return make_report(
            self.answers,
            [each for visitor in self._visitors for each in visitor.orders],
            [each for visitor in self._visitors for each in visitor.edits],
            kept,
            began=self._began,
            ended=self._ended,
        )

    def _count(self, outcome: str) -> int:
        return sum(visitor.outcomes[outcome] for visitor in self._visitors)


class Visitor:
    """One client; it remembers what it was answered and what it has written."""

    def __init__(
        self,
        base_url: str,
        mark: str,
        customers: Sequence[int],
        chance: random.Random,
        pause_s: float,
        stop: threading.Event,
    ) -> None:
        where = urlsplit(base_url)
        self._host, self._port = where.hostname or "127.0.0.1", where.port or 80
        self._marks = (f"{mark}-{number}" for number in count(1))
        self._keys = customers
        self._chance = chance
        self._pause_s = pause_s
        self._stop = stop
        self._token = ""
        self.answers: list[Answer] = []
        self.outcomes: Counter[str] = Counter()
        self.orders: list[str] = []
        self.edits: list[Edit] = []
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        # Not all at once: they would stay in step.
        self._stop.wait(self._chance.random() * self._pause_s)
        kinds, weights = list(MIX), list(MIX.values())
        while not self._stop.is_set():
            kind = self._chance.choices(kinds, weights)[0]
            getattr(self, f"_{kind}")()
            self._stop.wait(self._pause_s)

    def _front(self) -> None:
        self._ask("GET", "/")

    def _book(self) -> None:
        self._ask("GET", f"/books/{self._chance.randint(1, 10)}/")

    def _customers(self) -> None:
        self._ask("GET", "/customers/")

    def _order(self) -> None:
        mark = next(self._marks)
        wanted = {
            "book": self._chance.randint(1, 10),
            "customer": self._chance.choice(self._keys),
            "address": mark,
        }
        headers = {"Content-Type": "application/json"}
        if self._ask("POST", "/orders/new", json.dumps(wanted), headers, success=201):
            self.orders.append(mark)

    def _edit(self) -> None:
        key = self._chance.choice(self._keys)
        path = f"/customers/{key}/"
        if not self._token:
            # The form's page brings the cookie without which Django takes no form.
            self._ask("GET", path)
            return
        mark = next(self._marks)
        form = {
            "name": f"Visitor {key}",
            "email": f"visitor{key}@example.org",
            "address": "Here and there",
            "notes": mark,
        }
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"csrftoken={self._token}",
            "X-CSRFToken": self._token,
        }
        accepted = self._ask("POST", path, urlencode(form), headers, success=302)
        self.edits.append(Edit(key, mark, accepted))

    def _ask(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        success: int = 200,
    ) -> bool:
        """Make one request and note what became of it; whether it was served."""
        began = time.monotonic()
        try:
            status, text, cookies = self._exchange(method, path, body, headers or {})
        except (OSError, http.client.HTTPException) as error:
            outcome, detail = BROKEN, f"{type(error).__name__}: {error}"
        else:
            outcome, detail = judge(status, text, success), f"status {status}"
            self._token = self._token or cookies
        answer = Answer(f"{method} {path}", outcome, began, time.monotonic(), detail)
        self.answers.append(answer)
        self.outcomes[outcome] += 1
        return outcome == OK

    def _exchange(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str]
    ) -> tuple[int, str, str]:
        """The status, the text and the CSRF token of the answer."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, body, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            cookies = SimpleCookie("; ".join(answer.headers.get_all("Set-Cookie", [])))
        finally:
            connection.close()
        token = cookies.get("csrftoken")
        return answer.status, text, token.value if token else ""
