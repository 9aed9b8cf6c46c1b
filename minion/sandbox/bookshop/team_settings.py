"""The repository in which the shop's team keeps its settings, apart from the code.

uat and live stand as their files say. dev has drifted: somebody set a variable
by hand there, and the team has since decided two others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from minion.sandbox.bookshop.apps import DemoApp

#: What the team wants of dev, beside what the app was made with.
DEV_DECISIONS = {"SHOP_NAME": "Bookshop (development)", "WELCOME": "Come in, it's dry inside"}
#: What nobody wrote down.
SET_BY_HAND = ("OLD_BANNER",)

Git = Callable[..., None]


def make(git: Git, making: Path, folder: Path, apps: Iterable[DemoApp]) -> None:
    """Make ``config.git`` and its clone ``config`` in `making`, to be moved to `folder`."""
    origin, clone = making / "config.git", making / "config"
    git("-c", "init.defaultBranch=master", "init", "--bare", "--template=", str(origin))
    git("init", "--template=", "--initial-branch=master", str(clone))
    for app in apps:
        path = clone / f"{app.environment}.env"
        path.write_text(_file(app), encoding="utf-8")
        path.chmod(0o600)
    where = ("-C", str(clone))
    for key, value in {
        "user.name": "Bookshop",
        "user.email": "shop@example.com",
        "commit.gpgSign": "false",
        "remote.origin.url": str(origin),
        "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
    }.items():
        git(*where, "config", key, value)
    git(*where, "add", ".")
    git(*where, "commit", "--quiet", "--message=Write down what runs where")
    git(*where, "push", "--quiet", "--set-upstream", "origin", "master")
    git(*where, "config", "remote.origin.url", str(folder / "config.git"))


def _file(app: DemoApp) -> str:
    wanted = {key: value for key, value in app.config_vars.items() if key not in SET_BY_HAND}
    if app.environment == "dev":
        wanted.update(DEV_DECISIONS)
    lines = [f'{key}="{value}"\n' for key, value in sorted(wanted.items())]
    return f"# What {app.name} runs with.\n" + "".join(lines)
