"""What others do to a site meanwhile, between any two steps of an operation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Callable

from builders import BREAKING, EXPAND, INITIAL, MIGRATION_HEAD
from gits import git
from scripted_app import ScriptedApp
from sites import Site

BOB = {"email": "bob@example.com"}
URL = "postgres://{user}:p@db.example.com/{database}"


class Schemas:
    """Which migrations each database has, and what code can work with it.

    A database is known by the host and name in its URL. `ran` is where migrate ran: the
    app and the commit of its dyno.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.has: dict[str, set[str]] = {}
        self.ran: list[tuple[str, str]] = []
        for name, app in site.heroku.apps.items():
            for values in (app.config, *app.configs.values()):
                values["DATABASE_URL"] = URL.format(user=name, database=name)
        for command, deed in (
            ("python manage.py migrate --noinput", self._migrate),
            ("python manage.py migrate --noinput shop 0001_initial", self._reverse),
            ("python manage.py showmigrations --plan", self._list),
        ):
            site.heroku.does[command] = deed

    def of(self, app: ScriptedApp) -> set[str]:
        """The migrations that the app's database has."""
        return self.has.setdefault(app.config["DATABASE_URL"].partition("@")[2], set())

    def in_code(self, commit: str) -> set[str]:
        """The migrations of a commit; a stranger's has those that it was made on."""
        listed = git(self.site.root, "ls-tree", "-r", "--name-only", commit, "shop/migrations/")
        return {path for path in listed.split() if not path.endswith("__init__.py")}

    def works(self, app: ScriptedApp) -> bool:
        """Whether the code that the app runs fits its database, as far as this is about it."""
        assert app.commit is not None
        needs, there = self.in_code(app.commit), self.of(app)
        more = there - needs
        return needs <= there and not any("breaking" in path for path in more)

    def _migrate(self, name: str) -> tuple[str, int]:
        commit = self.site.heroku.code_run
        assert commit is not None
        self.ran.append((name, commit))
        app = self.site.heroku.apps[name]
        self.of(app).update(self.in_code(commit))
        return "", 0

    def _reverse(self, name: str) -> tuple[str, int]:
        commit = self.site.heroku.code_run
        assert commit is not None
        self.ran.append((name, commit))
        there = self.of(self.site.heroku.apps[name])
        there &= {"shop/migrations/0001_initial.py"}
        return "", 0

    def _list(self, name: str) -> tuple[str, int]:
        app = self.site.heroku.apps[name]
        assert self.site.heroku.code_run is not None
        there, lines = self.of(app), []
        for path in sorted(self.in_code(self.site.heroku.code_run)):
            mark = "X" if path in there else " "
            lines.append(f"[{mark}]  shop.{path.rpartition('/')[2][:-3]}\n")
        return "".join(lines), 0


def with_migration(kind: str) -> dict[str, str]:
    """The files of a commit on top of one with the first migration."""
    operation = {"expand": EXPAND, "breaking": BREAKING}[kind]
    text = MIGRATION_HEAD.format(after="0001_initial") + f"        {operation}\n    ]\n"
    return {f"shop/migrations/0002_{kind}.py": text}


FIRST = {"shop/migrations/0001_initial.py": INITIAL.decode(), "shop/migrations/__init__.py": ""}


def foreign_commit(site: Site) -> str:
    """A commit of somebody's that is in no branch of the project, with a migration of its own."""
    head = git(site.root, "rev-parse", "HEAD")
    git(site.root, "checkout", "-q", "--detach")
    text = MIGRATION_HEAD.format(after="0001_initial") + f"        {EXPAND}\n    ]\n"
    made = site.commit_here({"shop/migrations/0002_foreign.py": text, "EVE.txt": head}, "Eve's.")
    git(site.root, "checkout", "-q", "master")
    return made


# Each deed is done to one app of the environment.


def roll_back(site: Site, app: ScriptedApp, commit: str) -> None:
    """On the dashboard: to the newest release with another slug."""
    other = next(one for one in app.releases[::-1] if one["slug"]["id"] != app.slug)
    app.config = dict(app.configs[other["version"]])
    words = f"Rollback to v{other['version']}"
    app.release(other["slug"]["id"], description=words, user=BOB)


def set_config(site: Site, app: ScriptedApp, commit: str) -> None:
    app.set(EVE="1")


def push(site: Site, app: ScriptedApp, commit: str) -> None:
    """To Heroku, whose repository has it then."""
    there = str(site.folder / "heroku" / f"{app.name}.git")
    git(site.root, "push", "-q", "-f", there, f"{commit}:refs/heads/main")
    app.deploy(commit, user=BOB)


def toggle_page(site: Site, app: ScriptedApp, commit: str) -> None:
    app.maintenance = not app.maintenance


def scale_to_zero(site: Site, app: ScriptedApp, commit: str) -> None:
    app.formation["web"] = 0


def break_lock_and_deploy(site: Site, app: ScriptedApp, commit: str) -> None:
    for ref in git(site.folder / "origin.git", "for-each-ref", "--format=%(refname)").split():
        if ref.startswith("refs/minion/"):
            git(site.folder / "origin.git", "update-ref", "-d", ref)
    push(site, app, commit)


def rotate(site: Site, app: ScriptedApp, commit: str) -> None:
    """The add-on has another password, hence a release of the same slug."""
    app.config["DATABASE_URL"] = re.sub(r"//\w+", "//rotated", app.config["DATABASE_URL"])
    app.release(app.slug, description="Update DATABASE by heroku-postgresql", user=BOB)


def rename(site: Site, app: ScriptedApp, commit: str) -> None:
    """By its old name Heroku knows it no more."""
    app.name = f"{app.name}-renamed"


DEEDS: dict[str, Callable[[Site, ScriptedApp, str], None]] = {
    "rollback": roll_back,
    "config": set_config,
    "push": push,
    "page": toggle_page,
    "scale": scale_to_zero,
    "lock": break_lock_and_deploy,
    "rotation": rotate,
    "rename": rename,
}
#: After these other code runs; the page and the dynos are the stranger's after those.
OTHER_CODE = ("rollback", "push", "lock")


def back_to_its_name(apps: Iterable[ScriptedApp]) -> None:
    for app in apps:
        app.name = app.name.replace("-renamed", "")
