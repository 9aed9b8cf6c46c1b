"""A shop whose live data are to be moved down: a scripted Heroku, a real PostgreSQL."""

from __future__ import annotations

from typing import Any

import psycopg
from postgres_server import Databases, execute
from sites import ENVIRONMENTS, Site
from small_shop import ANONYMISE, ROWS, SCHEMA

SETTINGS = f"""{ENVIRONMENTS}
[data]
pii_ignore = ["shop_customer.level", "shop_customer.country", "shop_book.title"]
"""
COMMAND = "python manage.py anonymise_data"
MIGRATE = "python manage.py migrate --noinput"
#: What the source has, few enough rows to be quick.
SHOP = SCHEMA + ROWS.replace("400)", "40)")
FIRST = "SELECT email FROM shop_customer ORDER BY id LIMIT 1"
EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"


class Shop:
    """A live site of two apps with one database, and what stands below it."""

    def __init__(self, site: Site, databases: Databases) -> None:
        self.site = site
        self.databases = databases
        self.urls: dict[str, str] = {}
        for name in ("shop-a", "shop-uat", "shop-dev"):
            self.attach(name, databases.make(SHOP if name == "shop-a" else SCHEMA))
        site.heroku["shop-b"].attach("DATABASE_URL", self.urls["shop-a"], "shop-a")
        data = site.heroku.data
        data.on_restore = lambda app: execute(self.url_of(app), EMPTY, SHOP)
        data.on_reset = lambda app: execute(self.url_of(app), EMPTY)
        self.command = COMMAND
        self.anonymises(ANONYMISE)

    def attach(self, name: str, url: str) -> None:
        self.urls[name] = url
        app = self.site.heroku[name]
        app.attachments, app.addons = [], []
        app.attach("DATABASE_URL", url)

    def url_of(self, name: str) -> str:
        """That of an app's database, by the name that it has by now, too."""
        return self.urls[name.replace("-renamed", "")]

    def anonymises(self, *statements: str) -> None:
        """What the command does that makes data anonymous."""

        def run(app: str) -> tuple[str, int]:
            execute(self.url_of(app), *statements)
            return "", 0

        self.site.heroku.does[self.command] = run

    def rows(self, name: str, question: str = FIRST) -> list[Any]:
        return asked(self.urls[name], question)

    def tables(self, name: str) -> list[Any]:
        return self.rows(name, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")


def asked(url: str, question: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(question)]
