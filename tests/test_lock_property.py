"""Whatever three operators do in whatever order, the lock is held by whom it should be."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from minion.engine.lock import Locked, LockLost, Locks
from minion.git import Repository

NAMES = ("ada", "bob", "cyd")
ENVIRONMENTS = ("uat", "live")
operators = st.sampled_from(NAMES)
environments = st.sampled_from(ENVIRONMENTS)


def git(folder, *words):
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


class Operators(RuleBasedStateMachine):
    """`owner` is who should hold each lock; `locks` what each has in hand, held or lost."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.places = {}
        self.owner = {}
        self.locks = {}
        self.seen = {}
        self.said = []
        self.tokens = 0

    @initialize(mode=st.sampled_from(["origin", "branch", "local"]))
    def begin(self, mode):
        git(self.folder, "init", "-q", "--bare", "origin.git")
        for name in NAMES:
            if mode == "local" and self.places:
                self.places[name] = self.places["ada"]
                continue
            git(self.folder, "clone", "-q", "origin.git", name)
            git(self.folder / name, "config", "user.name", name)
            git(self.folder / name, "config", "user.email", f"{name}@example.com")
            repository = Repository.open(self.folder / name)
            self.places[name] = Locks(repository, "origin", mode=mode)

    def take(self, who, environment, token):
        return self.places[who].take(
            *(environment, "deploy"),
            plan=None,
            minutes=5,
            token=token,
            say=lambda line: self.said.append((who, line)),
        )

    @rule(who=operators, environment=environments)
    def takes(self, who, environment):
        self.tokens += 1
        try:
            lock = self.take(who, environment, f"token-{self.tokens}")
        except Locked as locked:
            assert locked.holder.token == self.owner[environment].token
        else:
            assert environment not in self.owner
            self.owner[environment] = lock.holder
            self.locks[who, environment] = lock

    @precondition(lambda self: self.locks)
    @rule(data=st.data())
    def releases(self, data):
        _, environment = key = data.draw(st.sampled_from(sorted(self.locks)))
        lock = self.locks[key]
        self.said.clear()
        lock.release()
        is_ours = self.owner.get(environment) == lock.holder
        if is_ours:
            del self.owner[environment]
        told = [line for _, line in self.said if "broken" in line]
        assert bool(told) == (not is_ours)
        lock.release()
        del self.locks[key]
        assert len([line for _, line in self.said if "broken" in line]) == len(told)

    @precondition(lambda self: self.locks)
    @rule(data=st.data())
    def is_killed_and_comes_back(self, data):
        who, environment = key = data.draw(st.sampled_from(sorted(self.locks)))
        token = self.locks[key].holder.token
        present = self.owner.get(environment)
        try:
            lock = self.take(who, environment, token)
        except Locked:
            assert present is not None
            assert present.token != token
        else:
            assert present is None or present.token == token
            assert present is None or lock.holder.since == present.since
            self.owner[environment] = lock.holder
            self.locks[key] = lock

    @precondition(lambda self: self.locks)
    @rule(data=st.data(), minutes=st.integers(1, 90))
    def extends(self, data, minutes):
        _, environment = key = data.draw(st.sampled_from(sorted(self.locks)))
        lock = self.locks[key]
        is_ours = self.owner.get(environment) == lock.holder
        try:
            lock.extend(lock.holder.until + timedelta(minutes=minutes))
        except LockLost:
            assert not is_ours
        else:
            assert is_ours
            self.owner[environment] = lock.holder

    @rule(who=operators, environment=environments)
    def looks(self, who, environment):
        holder = self.places[who].holder(environment)
        assert holder == self.owner.get(environment)
        if holder:
            self.seen[who, environment] = holder

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def breaks_what_was_seen(self, data):
        who, environment = data.draw(st.sampled_from(sorted(self.seen)))
        seen = self.seen.pop((who, environment))
        present = self.owner.get(environment)
        try:
            self.places[who].break_(seen)
        except Locked as locked:
            assert locked.holder == present
            assert present != seen
        else:
            assert present in (None, seen)
            self.owner.pop(environment, None)

    @invariant()
    def everybody_sees_the_same(self):
        if self.places:
            assert self.places["cyd"].holders() == self.owner

    def teardown(self):
        shutil.rmtree(self.folder)


Operators.TestCase.settings = settings(
    max_examples=int(os.environ.get("MINION_LOCK_EXAMPLES", "6")),
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestOperators = Operators.TestCase
