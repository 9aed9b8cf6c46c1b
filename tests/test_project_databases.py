"""Databases besides the default one: found in the settings, and put into the command."""

from __future__ import annotations

import pytest

from minion.analyser.project import Tree, databases_besides, is_migrated, migrating_all

MIGRATE = "python manage.py migrate --noinput"
ROUTER = (
    "class Router:\n    def allow_migrate(self, db, app_label, **hints):\n        return True\n"
)
SETTINGS = """
DATABASES = {
    "default": url(),
    "archive": url("ARCHIVE_URL"),
    "archive_replica": url(),
    "report": {**url("REPORT_URL"), "TEST": {"MIRROR": "default"}},
}
if "LOGS_URL" in environ:
    DATABASES["logs"] = url("LOGS_URL")
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASE_ROUTERS = ["shop.routers.Router"]
"""


def found(settings: str = SETTINGS, router: str = ROUTER) -> dict[str, str]:
    files = {
        "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
        "shop/settings.py": settings,
        "shop/routers.py": router,
    }
    return databases_besides(Tree(files, lambda path: files[path].encode()), {})


def test_what_a_router_gives_tables_to_and_is_no_copy():
    assert found() == {"archive": "shop/settings.py:4", "logs": "shop/settings.py:9"}


@pytest.mark.parametrize(
    ("settings", "router"),
    [
        (SETTINGS, "class Router:\n    def db_for_read(self, model, **hints): ...\n"),
        (SETTINGS.replace("ROUTERS", "ROUTES"), ROUTER),
        (SETTINGS.replace("shop.routers", "multidb.routers"), ROUTER),
        ("DATABASES = read('databases.json')\n" + SETTINGS[-50:], ROUTER),
        ("DATABASES = (", ROUTER),
    ],
)
def test_where_nothing_says_that_they_have_tables_none_is_named(settings: str, router: str):
    assert found(settings, router) == {}


def test_whose_migrations_are_run_already():
    for command in (f"{MIGRATE} --database=archive", "migrate --database 'archive' && x"):
        assert is_migrated("archive", "", command)
    for command in (MIGRATE, f"{MIGRATE} --database=archive2", "archive"):
        assert not is_migrated("archive", command)


def test_the_default_database_is_migrated_last():
    one = migrating_all(MIGRATE, ["archive"])
    assert one == f"{MIGRATE} --database=archive && {MIGRATE}"
    assert migrating_all(one, ["the logs"]) == f"{MIGRATE} --database='the logs' && {one}"
