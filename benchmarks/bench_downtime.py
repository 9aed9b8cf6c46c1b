"""What visitors notice of a deployment: minion's order of things beside the naive one.

Starts a sandbox with the bookshop in a temporary folder, lets visitors read, order and
edit on its live site, and deploys one commit of every kind twice: with `fab
deploy:live` (what cannot be read once more with ``measure=yes``), and in the naive
order (page up, push, wait for the release, migrate, page down, preboot left as it is).
Prints how many requests failed, how many of them without the page to say why, for how
many seconds the page was up, and how many accepted writes were lost.

Run: python benchmarks/bench_downtime.py [--build-s 20] [--preboot-s 10] [--kinds code,expand]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

import requests

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import changes
from load import Load, Report, kept_in
from loadreport import OK

FAB = Path(sys.executable).with_name("fab")
LIVE = "bookshop-live"
#: What each kind of commit does to the shop; `contract` undoes the `expand` before it.
KINDS: dict[str, Callable[[Path, int], dict[str, str]]] = {
    "code": changes.code,
    "expand": changes.expand,
    "contract": changes.contract,
    "breaking": changes.breaking,
    "python": changes.python,
    "sql": changes.sql,
}
#: What reading cannot tell; these are deployed a third time, measured.
UNREAD = ("python", "sql")
HEADER = ("commit", "order", "requests", "failed", "unexplained", "page s", "lost", "took s")
ROW = "{:<10} {:<8} {:>8} {:>8} {:>12} {:>8} {:>6} {:>8}"
#: git asks this for the password, so that it stands in no argument.
HELPER = '!f() { echo username=heroku; echo "password=$HEROKU_API_KEY"; }; f'
SWITCH_S = 120


class Shop:
    """The sandbox's bookshop, and somebody who works on it in `folder`."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.fab("sandbox")
        self.state = json.loads(self.fab("sandbox:status,format=json"))
        self.project = Path(self.state["project"])
        self.live = self.state["apps"][LIVE]
        self._git("checkout", "-q", "master")

    def fab(self, *words: str) -> str:
        environ = {**os.environ, "PYTHONWARNINGS": "ignore"}
        return output([FAB, *words], self.folder, environ)

    def commit(self, kind: str, number: int) -> str:
        """The SHA of a new commit of this kind, the head of origin's main branch."""
        for name, content in KINDS[kind](self.project, number).items():
            (self.project / name).write_text(content, encoding="utf-8")
        self._git("add", "-A")
        self._git("commit", "-qm", f"{kind.capitalize()} {number}")
        self._git("push", "-q", "origin", "master")
        return self._git("rev-parse", "HEAD").strip()

    def deploy(self, commit: str) -> None:
        """Deploy as minion does."""
        self.fab("sandbox", f"deploy:live,pipeline=no,confirm={LIVE}")

    def deploy_measured(self, commit: str) -> None:
        """Deploy as minion does where it may try the migrations first."""
        self.fab("sandbox", f"deploy:live,pipeline=no,measure=yes,confirm={LIVE}")

    def deploy_naively(self, commit: str) -> None:
        """Deploy as a script of five lines does."""
        before = self.newest()["version"]
        self.api("PATCH", f"/apps/{LIVE}", {"maintenance": True})
        url = f"https://{self.state['environ']['HEROKU_GIT_HOST']}/{LIVE}.git"
        credentials = ["-c", "credential.helper=", "-c", f"credential.helper={HELPER}"]
        self._git(*credentials, "push", "-q", url, f"{commit}:refs/heads/master")
        wait(lambda: self.newest()["version"] > before and self.newest()["status"] == "succeeded")
        self.migrate()
        self.api("PATCH", f"/apps/{LIVE}", {"maintenance": False})

    def migrate(self) -> None:
        command = "python manage.py migrate --run-syncdb --noinput"
        dyno = self.api("POST", f"/apps/{LIVE}/dynos", {"command": command})
        wait(lambda: all(each["id"] != dyno["id"] for each in self.dynos()))

    def has_switched(self) -> bool:
        """Whether every web dyno runs the newest release."""
        version = self.newest()["version"]
        found = {(one["release"]["version"], one["state"]) for one in self.dynos()}
        return found == {(version, "up")}

    def newest(self) -> dict[str, Any]:
        newest: dict[str, Any] = self.api("GET", f"/apps/{LIVE}/releases")[0]
        return newest

    def dynos(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api("GET", f"/apps/{LIVE}/dynos")
        return found

    def api(self, method: str, path: str, body: object = None) -> Any:
        headers = {
            "Accept": "application/vnd.heroku+json; version=3",
            "Authorization": f"Bearer {self.state['environ']['HEROKU_API_KEY']}",
        }
        if path.endswith("/releases"):
            headers["Range"] = "version ..; max=1, order=desc"
        url = self.state["api_url"] + path
        answer = requests.request(method, url, json=body, headers=headers, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def _git(self, *words: str) -> str:
        environ = {**os.environ, **self.state["environ"]}
        return output(["git", *words], str(self.project), environ)


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "fabfile.py").write_text("from minion.tasks import *\n")
        try:
            shop = Shop(folder)
            shop.fab("sandbox", f"deploy:live,pipeline=no,confirm={LIVE}")
            wait(shop.has_switched)
            pace = {"build_s": arguments.build_s, "preboot_s": arguments.preboot_s}
            shop.api("PATCH", "/_sandbox/settings", pace)
            print(
                f"{arguments.clients} visitors, {arguments.pause_ms:g} ms between two requests of "
                f"each; a build takes {arguments.build_s:g} s, preboot {arguments.preboot_s:g} s"
            )
            print(ROW.format(*HEADER), flush=True)
            compare(shop, arguments)
        finally:
            subprocess.run([FAB, "sandbox:stop"], cwd=folder, capture_output=True, check=False)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build-s", type=float, default=20)
    parser.add_argument("--preboot-s", type=float, default=10)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--pause-ms", type=float, default=200)
    parser.add_argument("--kinds", type=lambda text: text.split(","), default=list(KINDS))
    return parser.parse_args()


def compare(shop: Shop, arguments: argparse.Namespace) -> None:
    """Deploy every kind in both orders and print a row for each."""
    number = 0
    for kinds in grouped(arguments.kinds):
        orders = [("minion", shop.deploy), ("naive", shop.deploy_naively)]
        if set(kinds) <= set(UNREAD):
            orders.insert(1, ("measured", shop.deploy_measured))
        for order, deploy in orders:
            number += 1
            for kind in kinds:
                commit = shop.commit(kind, number)
                load = Load(
                    shop.live["web_url"],
                    clients=arguments.clients,
                    pause_s=arguments.pause_ms / 1000,
                    mark=f"{kind}-{number}",
                )
                took_s = deploy_under(load, shop, deploy, commit)
                show(kind, order, load.report(kept_in(shop.live["database_url"])), took_s)


def grouped(kinds: list[str]) -> list[list[str]]:
    """The kinds, those together that belong together: a column is added before it goes."""
    groups = [[kind] for kind in kinds if kind not in ("expand", "contract")]
    if "contract" in kinds:
        return [*groups, ["expand", "contract"]]
    return [*groups, ["expand"]] if "expand" in kinds else groups


def deploy_under(load: Load, shop: Shop, deploy: Callable[[str], None], commit: str) -> float:
    """Deploy while the visitors come; how many seconds the operator waited for it."""
    with load:
        load.wait_for(OK, 100)
        began = time.monotonic()
        deploy(commit)
        took_s = time.monotonic() - began
        wait(shop.has_switched)
        load.wait_for(OK, 100)
    return took_s


def show(kind: str, order: str, report: Report, took_s: float) -> None:
    figures = (
        report.requests,
        report.failed,
        report.broken,
        f"{report.page_s:.1f}",
        len(report.lost),
        f"{took_s:.1f}",
    )
    print(ROW.format(kind, order, *figures), flush=True)


def wait(is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SWITCH_S
    while not is_done():
        if time.monotonic() > deadline:
            sys.exit(f"waited in vain for {SWITCH_S} s")
        time.sleep(0.1)


def output(command: list[Any], folder: str, environ: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return done.stdout


if __name__ == "__main__":
    main()
