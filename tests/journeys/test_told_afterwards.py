"""``history`` after deployments of every kind: entry by entry what was done."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass

import pytest
from disturbing import kill_at_request

DEV = "bookshop-dev"
DEPLOY = ["sandbox", f"deploy:dev,branch=work,confirm={DEV}"]
ROLLBACK = ["sandbox", f"rollback:dev,migrations=keep,confirm={DEV}"]
MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "{before}")]
    operations = [migrations.RunSQL("SELECT pg_sleep(0.3)", migrations.RunSQL.noop)]
"""
MISSING = "no-such-package-anywhere==99.99\n"


@dataclass
class Done:
    """What a deed was: `version` None where it made no release."""

    operation: str
    outcome: str
    version: int | None
    commit: str
    failed_at: str | None = None
    stopped: int = 0
    migrations: tuple[str, ...] = ()


class Desk:
    """Somebody who deploys to dev, well or not, and writes down what came of it."""

    def __init__(self, operator, shop):
        self.operator = operator
        self.shop = shop
        self.done: list[Done] = []
        self.number = 0
        self.requirements = (shop.project / "requirements.txt").read_text()
        self.procfile = (shop.project / "Procfile").read_text()

    def commit(self, **files: str) -> str:
        """A commit on top of all that came before, in which nothing is broken but `files`."""
        self.number += 1
        content = {
            "requirements.txt": self.requirements,
            "Procfile": self.procfile,
            "NOTES": f"{self.number}\n",
            **{name.replace("__", "."): text for name, text in files.items()},
        }
        return self.shop.commit(f"Deed {self.number}\u2028Minion-Outcome: never", content)

    @property
    def version(self) -> int:
        return self.shop.newest(DEV)["version"]

    def note(self, outcome="finished", operation="deploy", commit="", **more):
        self.done.append(Done(operation, outcome, self.version, commit, **more))

    def well(self):
        commit = self.commit()
        self.operator.fab(*DEPLOY)
        self.note(commit=commit)

    def migrating(self):
        folder = self.shop.project / "customers" / "migrations"
        before = sorted(path.stem for path in folder.glob("0*.py"))[-1]
        name = f"{int(before[:4]) + 1:04}_told"
        path = f"customers/migrations/{name}.py"
        commit = self.commit(**{path: MIGRATION.format(before=before)})
        self.operator.fab(*DEPLOY)
        self.note(commit=commit, migrations=(f"customers.{name}",))

    def build_failing(self):
        commit = self.commit(requirements__txt=self.requirements + MISSING)
        self.operator.fab(*DEPLOY, status=1)
        self.done.append(Done("deploy", "failed", None, commit, failed_at="push"))

    def phase_failing(self):
        commit = self.commit(Procfile=self.procfile + "release: exit 3\n")
        self.operator.fab(*DEPLOY, status=1)
        self.note("failed", commit=commit, failed_at="read-back")

    def back(self):
        self.operator.fab(*ROLLBACK)
        newest = self.shop.newest(DEV)
        slug = self.shop.api("GET", f"/apps/{DEV}/slugs/{newest['slug']['id']}")
        self.note(operation="rollback", commit=slug["commit"])

    def killed(self):
        commit = self.commit()
        path = rf"/apps/{DEV}/releases/\d+$"
        kill_at_request(self.operator, self.shop, DEPLOY, "GET", path)
        self.operator.fab("sandbox", "resume:dev,how=finish")
        self.note(commit=commit, stopped=1)

    def config(self):
        """No deployment at all."""
        self.shop.api("PATCH", f"/apps/{DEV}/config-vars", {"DEED": str(len(self.done))})

    def told(self, *words: str):
        return self.operator.json("sandbox", f"history:dev{','.join(['', *words])},format=json")

    def check(self):
        """Every entry, with all that is known of it."""
        entries = self.told()["deployments"]
        shown = [
            Done(
                one["operation"],
                one["outcome"],
                one["releases"][0]["version"] if one["releases"] else None,
                one["commit"],
                one["failed_at"],
                one["stopped"],
                tuple(run["name"] for run in one["migrations"]),
            )
            for one in entries[: len(self.done)]
        ]
        assert shown == self.done[::-1]
        for one in entries[: len(self.done)]:
            assert all(run["seconds"] >= 0.3 for run in one["migrations"])
            assert (one["page_s"] > 0) == bool(one["migrations"])
            assert sum(step["seconds"] for step in one["steps"]) <= one["seconds"] + 0.1
            assert ("tag" in one["sources"]) == (one["outcome"] == "finished")

    def check_from_elsewhere(self):
        """The same as somebody knows it in whose clone nothing of it was done."""
        folder = self.shop.project / ".git" / "minion" / "journals"
        shutil.move(folder, folder.with_name("elsewhere"))
        entries = self.told()["deployments"]
        shutil.move(folder.with_name("elsewhere"), folder)
        wanted = self.done[::-1]
        found = [
            (
                one["operation"],
                one["outcome"],
                one["releases"][0]["version"] if one["releases"] else None,
                one["commit"],
            )
            for one in entries[: len(wanted)]
        ]
        assert found == [(one.operation, one.outcome, one.version, one.commit) for one in wanted]
        assert all("this machine" not in one["sources"] for one in entries)


@pytest.fixture(scope="module")
def desk(operator, shop):
    operator.fab("sandbox", f"deploy:dev,confirm={DEV}")
    shop.git("checkout", "-q", "-b", "work", "dev")
    return Desk(operator, shop)


@pytest.mark.whole
def test_a_few_of_each_kind(desk):
    desk.migrating()
    desk.build_failing()
    desk.config()
    desk.back()
    desk.check()
    desk.check_from_elsewhere()
    figures = desk.told()["figures"]
    assert figures["change_failure_rate"]["failures"] >= 1
    whole = desk.operator.fab("sandbox", f"history:dev,v{desk.done[0].version}").stdout
    assert "migrate (bookshop-dev)" in whole
    assert "bookshop-dev: up for" in whole
    # The next environment's plan tells how long it took on this one.
    plan = desk.operator.json("sandbox", "plan:uat,branch=work,format=json")
    (predicted,) = [one for one in plan["predicted"] if one["migration"].endswith("_told")]
    assert predicted["seen"]["where"] == f"dev v{desk.done[0].version}"
    assert predicted["seconds"] >= 0.3


@pytest.mark.whole
@pytest.mark.timeout(1800)
def test_thirty_of_all_kinds(desk):
    desk.done.clear()
    deeds = [desk.well, desk.migrating, desk.build_failing, desk.phase_failing]
    deeds += [desk.back, desk.killed]
    chosen = [*deeds, *random.Random(30).choices(deeds, k=24)]
    for deed in chosen:
        deed()
        if random.Random(len(desk.done)).random() < 0.2:
            desk.config()
    assert len(desk.done) == 30
    desk.check()
    desk.check_from_elsewhere()
