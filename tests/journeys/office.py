"""Two operators and a stranger at one app, each doing what he likes; what must hold then."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
from desk_kit import Operator, Shop
from desks import Desk
from disturbing import PATIENCE, kill_tree, until
from matrix import depth, running
from places import CHANGING, WRITES

sys.path.insert(0, str(Path(__file__).parents[1]))
import changes

APP = "bookshop-dev"
CONFIRM = f"confirm={APP}"
KINDS = {
    "code": changes.code,
    "expand": changes.expand,
    "breaking": changes.breaking,
    # Its migration fails until somebody has mended the data.
    "fragile": changes.fragile,
}
ADVICE = r"When the (?:cause is mended|site is right again):\s+fab (?:sandbox )?(\S+)"


class Office:
    """Everybody at bookshop-dev, and what must hold whatever they do."""

    def __init__(self, operator: Operator, shop: Shop) -> None:
        self.shop = shop
        self.number = 100
        self.deeds: list[str] = []
        environ = {**operator.environ, **shop.state["environ"], **PATIENCE}
        self.desks = [Desk(name, shop, self._clone(name), environ) for name in ("Ann", "Bob")]
        self.ann, self.bob = self.desks
        self.stranger = self._clone("Eve")

    def _clone(self, name: str) -> Path:
        folder = self.shop.project.parent / f"clone-of-{name}"
        self.shop.git("clone", "-q", "-b", "work", str(self.origin), str(folder))
        self.shop.git("config", "user.name", name, cwd=folder)
        self.shop.git("config", "user.email", f"{name.lower()}@example.com", cwd=folder)
        return folder

    @property
    def origin(self) -> Path:
        return self.shop.project.parent / "origin.git"

    # What people do.

    def commit(self, desk: Desk, kind: str) -> None:
        """A commit on top of what origin has, pushed there."""
        desk.git("fetch", "-q", "origin")
        desk.git("reset", "-q", "--hard", "origin/work")
        self.number += 1
        for name, text in KINDS[kind](desk.folder, self.number).items():
            path = desk.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        desk.git("add", "-A")
        desk.git("commit", "-qm", f"{kind} {self.number}")
        desk.git("push", "-q", "origin", "work")

    def deploy(self, desk: Desk) -> None:
        """What was shown is released, or nothing is."""
        head, before = desk.head, self.facts()
        status, said = self.try_call(desk, f"deploy:dev,branch=work,{CONFIRM}")
        if status == 0 and "Nothing to do" not in said:
            assert running(self.shop, APP) == head
            assert self.facts()["version"] == before["version"] + 1

    def look(self, desk: Desk) -> None:
        """Have a plan shown, to confirm it later."""
        status, said = desk.fab("plan:dev,branch=work")
        found = re.search(r"^Plan: +(\w+)$", said, re.M)
        if status == 0 and found:
            desk.plan = (found.group(1), desk.head)

    def deploy_planned(self, desk: Desk) -> None:
        """The very plan, however long ago it was shown; or nothing."""
        plan, commit = desk.plan
        if not plan:
            return
        status, said = self.try_call(desk, f"deploy:dev,branch=work,confirm={plan}")
        if status == 0 and "Nothing to do" not in said:
            assert running(self.shop, APP) == commit
            assert re.search(rf"^Plan: +{plan}$", said, re.M)

    def rollback(self, desk: Desk) -> None:
        before = self.facts()
        status, said = self.try_call(desk, f"rollback:dev,{CONFIRM}")
        if status == 0:
            arrow = re.search(rf"{APP} +v\d+ -> v(\d+) ", said)
            release = self.shop.api("GET", f"/apps/{APP}/releases/{arrow.group(1)}")
            newest = self.shop.newest(APP)
            assert newest["slug"]["id"] == release["slug"]["id"]
            assert newest["version"] == before["version"] + 1

    def try_call(self, desk: Desk, call: str) -> tuple[int, str]:
        """A call that is refused, whole, where others are at it or something is not ended."""
        other = self.bob if desk is self.ann else self.ann
        has_own, is_locked = desk.has_open_journal, bool(self.lock())
        before = self.facts()
        status, said = desk.fab(call)
        is_begun = "[1/" in said
        if not is_begun:
            assert self.facts() == before
        if has_own:
            assert status == 1 and "fab resume:dev" in said and not is_begun
        elif is_locked and "Nothing to do" not in said:
            assert status == 1 and f"{other.name} <" in said and not is_begun
        return status, said

    def killed(self, desk: Desk, call: str, after_writes: int, is_after: bool) -> None:
        """``fab CALL``, killed at one of its writes to Heroku, if it makes so many."""
        fault = {"method": WRITES, "path": CHANGING, "skip": after_writes}
        self.shop.api("POST", "/_sandbox/faults", {**fault, "hold": True, "after": is_after})
        process = desk.start(call, subprocess.DEVNULL)
        until(lambda: self.shop.api("GET", "/_sandbox/held") or process.poll() is not None)
        kill_tree(process)
        until(lambda: not self.shop.api("GET", "/_sandbox/held"))
        self.shop.api("DELETE", "/_sandbox/faults")
        desk.said.append(f"{desk.name}$ fab {call}\n(killed at write {after_writes})")

    def interrupted(self, desk: Desk, after_writes: int) -> None:
        """Ctrl-C at one of a deployment's writes, if it makes so many."""
        call = f"deploy:dev,branch=work,{CONFIRM}"
        fault = {"method": WRITES, "path": CHANGING, "skip": after_writes, "hold": True}
        self.shop.api("POST", "/_sandbox/faults", fault)
        process = desk.start(call, subprocess.PIPE)
        until(lambda: self.shop.api("GET", "/_sandbox/held") or process.poll() is not None)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGINT)
        self.shop.api("DELETE", "/_sandbox/faults")
        said, _ = process.communicate(timeout=400)
        desk.said.append(f"{desk.name}$ fab {call}\n{said}")
        assert "Traceback" not in said

    def resume(self, desk: Desk, how: str) -> None:
        was_open, before = desk.has_open_journal, self.facts()
        status, said = desk.fab(f"resume:dev,how={how}")
        if not was_open:
            assert status == 1 and "nothing to resume" in said
            assert self.facts() == before

    def unlock(self, desk: Desk) -> None:
        """With the code only."""
        before = self.lock()
        assert desk.fab("unlock:dev")[0] == 1
        assert self.lock() == before
        desk.fab(f"unlock:dev,{CONFIRM}")
        assert self.lock() == ""

    def foreign_push(self) -> None:
        """Somebody without minion pushes to Heroku; refused if it is no fast-forward."""
        self.number += 1
        git = self.shop.git
        url = f"{self.shop.state['git_url'].rstrip('/')}/{APP}.git"
        header = f"http.extraHeader=Authorization: Basic {self._basic()}"
        auth = ("-c", header, "-c", "http.sslVerify=false")
        git(*auth, "fetch", "-q", url, "HEAD", cwd=self.stranger)
        git("reset", "-q", "--hard", "FETCH_HEAD", cwd=self.stranger)
        (self.stranger / "EVE.txt").write_text(str(self.number))
        git("add", "-A", cwd=self.stranger)
        git("commit", "-qm", f"Eve {self.number}", cwd=self.stranger)
        git(*auth, "push", "-q", url, "HEAD:refs/heads/main", cwd=self.stranger)

    def mend(self) -> None:
        """From now on no migration of those that there are fails."""
        self.shop.api("PATCH", f"/apps/{APP}/config-vars", {"MENDED": str(self.number)})

    def without_commands(self, desk: Desk) -> None:
        """A deployment that leaves out what the contents ask for, confirmed as just that."""
        call = "deploy:dev,branch=work,options=push,force=yes"
        found = re.search(r"^Plan: +(\w+)$", desk.fab(call.replace("deploy", "plan", 1))[1], re.M)
        if found:
            self.try_call(desk, f"{call},confirm={found.group(1)}")

    def foreign_config(self) -> None:
        self.number += 1
        self.shop.api("PATCH", f"/apps/{APP}/config-vars", {"EVE": str(self.number)})

    def rewind(self) -> None:
        """Somebody forces origin's branch back by a commit."""
        self.ann.git("fetch", "-q", "origin")
        self.ann.git("push", "-q", "--force", "origin", "origin/work~1:refs/heads/work")

    def _basic(self) -> str:
        return base64.b64encode(f"x:{self.shop.token}".encode()).decode()

    # What is so.

    def facts(self) -> dict[str, object]:
        """All of the app that an operation may change."""
        api = self.shop.api
        return {
            "version": self.shop.newest(APP)["version"],
            "running": running(self.shop, APP),
            "page": api("GET", f"/apps/{APP}")["maintenance"],
            "preboot": api("GET", f"/apps/{APP}/features/preboot")["enabled"],
            "formation": [one["quantity"] for one in api("GET", f"/apps/{APP}/formation")],
            "config vars": api("GET", f"/apps/{APP}/config-vars"),
        }

    def lock(self) -> str:
        return self.shop.git("ls-remote", str(self.origin), "refs/minion/*")

    def holds(self) -> None:
        """What is true at any time, whatever anybody does."""
        assert not self.lock() or any(desk.has_open_journal for desk in self.desks)
        url = self.shop.state["apps"][APP]["database_url"]
        with psycopg.connect(url) as connection:
            twice = connection.execute(
                "SELECT app, name FROM django_migrations GROUP BY app, name HAVING count(*) > 1"
            ).fetchall()
        assert twice == []
        witness = self.shop.project.parent / "witness"
        # One that was killed does not say that it ended.
        lines = witness.read_text().split() if witness.exists() else []
        assert max(depth(lines)) <= 1

    # What is pending.

    def tells_what_is_pending(self, desk: Desk) -> str:
        """``status`` and the next plan name what the database lacks, all of it and nothing else.

        Asked in the database itself. How much there was, for the record.
        """
        desk.git("fetch", "-q", "origin")
        desk.git("reset", "-q", "--hard", "origin/work")
        applied, runs = self.applied(), running(self.shop, APP)
        is_here = self.has(desk, runs)
        (told,) = [one for one in self._document(desk, "status") if one["app"] == APP]
        if is_here:
            lacks = self.migrations(desk, runs) - applied
            assert (set(told["pending"]), told["pending_unknown"]) == (lacks, None)
        else:
            # Of what nobody here has, it is said that nothing can be told.
            assert told["pending"] is None and runs[:7] in told["pending_unknown"]
        plan = self._document(desk, "plan:dev,branch=work")
        if not is_here:
            assert plan["options"] & 4 and plan["downtime"]["needed"]
            return "unknown"
        ahead = self.migrations(desk, desk.head) - applied
        assert {one["path"] for one in plan["migrations"]} == ahead
        assert plan["options"] & 4 or not ahead
        left = " ".join(plan["reasons"].get("4", ()))
        for path in lacks:
            assert f"{path} (left over from v" in left
        assert left.count("(left over from") == len(lacks)
        return f"{len(lacks)} left over, {len(ahead)} in all"

    def _document(self, desk: Desk, call: str):
        """What ``format=json`` prints, also of what would be refused."""
        joined = f"{call},format=json" if ":" in call else f"{call}:format=json"
        _, said = desk.fab(joined)
        start = min(at for at in (said.find("{"), said.find("[")) if at >= 0)
        return json.JSONDecoder().raw_decode(said[start:])[0]

    def has(self, desk: Desk, commit: str) -> bool:
        try:
            desk.git("cat-file", "-e", f"{commit}^{{commit}}")
        except subprocess.CalledProcessError:
            return False
        return True

    def migrations(self, desk: Desk, commit: str) -> set[str]:
        """The project's own at a commit."""
        paths = desk.git("ls-tree", "-r", "--name-only", commit).splitlines()
        return {path for path in paths if re.search(r"/migrations/\d\w*\.py$", path)}

    def applied(self) -> set[str]:
        """The files of those that ``django_migrations`` has."""
        url = self.shop.api("GET", f"/apps/{APP}/config-vars")["DATABASE_URL"]
        with psycopg.connect(url) as connection:
            rows = connection.execute("SELECT app, name FROM django_migrations").fetchall()
        return {f"{label}/migrations/{name}.py" for label, name in rows}

    # The way out.

    def to_the_good(self) -> None:
        """From any state: what the tool itself says has to be typed, then one more deployment."""
        for desk in self.desks:
            for _ in range(3):
                if not desk.has_open_journal:
                    break
                # Each way first in turn, where both are open.
                ways = ("finish", "back") if self.number % 2 else ("back", "finish")
                status, said = desk.fab(f"resume:dev,how={ways[0]}")
                if status and f"only how={ways[1]}" in said:
                    desk.fab(f"resume:dev,how={ways[1]}")
            assert not desk.has_open_journal
        assert self.lock() == ""
        self.mend()
        self.commit(self.ann, "code")
        call = "deploy:dev,branch=work,force=yes"
        self._carry_out(self.ann, call)
        for said in [said for desk in self.desks for said in desk.said][-12:]:
            for advised in re.findall(ADVICE, said):
                if "options=" in advised:
                    self._carry_out(self.ann, advised)
        if self.facts()["page"]:
            assert any("stays up" in said for desk in self.desks for said in desk.said)
            assert self.ann.fab("maintenance:dev,off")[0] == 0
        self.is_good()

    def _carry_out(self, desk: Desk, call: str) -> None:
        plan = desk.fab(call.replace("deploy:", "plan:", 1))[1]
        found = re.search(r"^Plan: +(\w+)$", plan, re.M)
        assert found, plan
        status, said = desk.fab(f"{call},confirm={found.group(1)}")
        assert status == 0, said

    def is_good(self) -> None:
        shop, api = self.shop, self.shop.api
        self.holds()
        assert running(shop, APP) == self.ann.head
        assert api("GET", f"/apps/{APP}")["maintenance"] is False
        assert api("GET", f"/apps/{APP}/features/preboot")["enabled"] is True
        assert [one["quantity"] for one in api("GET", f"/apps/{APP}/formation")] == [1]
        assert shop.page(APP).status_code == shop.page(APP, "/").status_code == 200
        assert self.lock() == ""
        refs = shop.git("ls-remote", str(self.origin), "refs/tags/dev-v*")
        tagged = {line.split("\t")[0] for line in refs.splitlines() if line.endswith("^{}")}
        assert self.ann.head in tagged
