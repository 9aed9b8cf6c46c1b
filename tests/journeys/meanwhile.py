"""What others do to an app of the sandbox while an operation is between two of its steps."""

from __future__ import annotations

import base64
import re
import subprocess
import time
from contextlib import suppress
from itertools import count
from typing import Callable

import changes
import psycopg
from desk_kit import Shop
from disturbing import until

NUMBERS = count(9000)


def roll_back(shop: Shop, app: str) -> None:
    """As on the dashboard: to the newest release with another slug."""
    releases = shop.api("GET", f"/apps/{app}/releases")
    runs = next(one for one in releases if one["current"])
    other = next(
        one
        for one in releases
        if one["slug"] and one["slug"] != runs["slug"] and one["status"] == "succeeded"
    )
    shop.api("POST", f"/apps/{app}/releases", {"release": other["id"]})
    settled(shop, app)


def set_config(shop: Shop, app: str) -> None:
    shop.api("PATCH", f"/apps/{app}/config-vars", {"EVE": str(next(NUMBERS))})


def push(shop: Shop, app: str) -> None:
    """On top of what Heroku has, with a migration that fails where it is run."""
    folder = shop.project.parent / "eve"
    if not folder.exists():
        shop.git("clone", "-q", str(shop.project), str(folder))
    secret = base64.b64encode(f"x:{shop.token}".encode()).decode()
    header = f"http.extraHeader=Authorization: Basic {secret}"
    auth = ("-c", header, "-c", "http.sslVerify=false")
    url = f"{shop.state['git_url'].rstrip('/')}/{app}.git"
    shop.git(*auth, "fetch", "-q", url, "HEAD", cwd=folder)
    shop.git("reset", "-q", "--hard", "FETCH_HEAD", cwd=folder)
    for name, text in changes.fragile(folder, next(NUMBERS)).items():
        (folder / name).write_text(text)
    shop.git("add", "-A", cwd=folder)
    who = ("-c", "user.name=Eve", "-c", "user.email=eve@example.com")
    shop.git(*who, "commit", "-qm", "Eve's", cwd=folder)
    # Refused where another push is just under way: then this deed is not to be had.
    with suppress(subprocess.CalledProcessError):
        shop.git(*auth, "push", "-q", url, "HEAD:refs/heads/main", cwd=folder)
    settled(shop, app)


def toggle_page(shop: Shop, app: str) -> None:
    is_up = shop.api("GET", f"/apps/{app}")["maintenance"]
    shop.api("PATCH", f"/apps/{app}", {"maintenance": not is_up})


def scale_to_zero(shop: Shop, app: str) -> None:
    shop.api("PATCH", f"/apps/{app}/formation", {"updates": [{"type": "web", "quantity": 0}]})


def break_lock_and_push(shop: Shop, app: str) -> None:
    for line in shop.git("ls-remote", "origin", "refs/minion/*").splitlines():
        shop.git("push", "-q", "origin", f":{line.split()[1]}")
    push(shop, app)


def rotate(shop: Shop, app: str) -> None:
    (attachment, *_) = shop.api("GET", f"/apps/{app}/addon-attachments")
    database = attachment["addon"]["id"]
    path = f"/postgres/v0/databases/{database}/credentials/default/credentials_rotation"
    shop.api("POST", path)


def rename(shop: Shop, app: str) -> None:
    shop.api("PATCH", f"/apps/{app}", {"name": f"{app}-renamed"})


def named_again(shop: Shop, app: str) -> None:
    """The app has its own name, whatever was done to it."""
    names = {one["name"] for one in shop.api("GET", "/apps")}
    if f"{app}-renamed" in names:
        shop.api("PATCH", f"/apps/{app}-renamed", {"name": app})


DEEDS: dict[str, Callable[[Shop, str], None]] = {
    "rollback": roll_back,
    "config": set_config,
    "push": push,
    "page": toggle_page,
    "scale": scale_to_zero,
    "lock": break_lock_and_push,
    "rotation": rotate,
    "rename": rename,
}


def settled(shop: Shop, app: str) -> None:
    """The newest release has succeeded or failed."""
    until(lambda: shop.newest(app)["status"] != "pending")


def applied(shop: Shop, app: str) -> set[str]:
    """The files of the migrations that the app's database has run."""
    url = shop.api("GET", f"/apps/{app}/config-vars")["DATABASE_URL"]
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,):
            return set()
        rows = connection.execute("SELECT app, name FROM django_migrations").fetchall()
    return {f"{label}/migrations/{name}.py" for label, name in rows}


def migrations(shop: Shop, commit: str) -> set[str]:
    """The project's own at a commit, which may be Eve's."""
    words = ("ls-tree", "-r", "--name-only", commit)
    try:
        paths = shop.git(*words)
    except subprocess.CalledProcessError:
        paths = shop.git(*words, cwd=shop.project.parent / "eve")
    return {one for one in paths.splitlines() if re.search(r"/migrations/\d\w*\.py$", one)}


def answers(shop: Shop, app: str, patience_s: float = 8) -> bool:
    """Whether the front page, which needs the schema, is served once the dynos are up."""
    deadline = time.monotonic() + patience_s
    while shop.page(app, "/").status_code != 200:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True
