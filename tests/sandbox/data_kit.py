"""Databases with rows in them, and transfers of them, for the tests of the data API."""

import contextlib

import psycopg
from platform_client import until


class Shop:
    """An app of the sandbox whose database has customers."""

    def __init__(self, client, name, customers=()):
        self.client = client
        self.name = client.create_app(name)
        self.path = f"/client/v11/apps/{name}/transfers"
        self.url = client.get(f"/apps/{name}/config-vars")["DATABASE_URL"]
        (attachment,) = client.get(f"/apps/{name}/addon-attachments")
        self.addon = attachment["addon"]
        self.database = f"/client/v11/databases/{self.addon['id']}"
        if customers:
            self.execute("CREATE TABLE customer (id serial PRIMARY KEY, name text)")
            self.sign_up(*customers)

    def connect(self):
        """A connection to the database."""
        return psycopg.connect(self.url, autocommit=True, connect_timeout=60)

    def execute(self, statement, values=None):
        """The rows of a statement, if it has any."""
        with contextlib.closing(self.connect()) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else None

    def sign_up(self, *names):
        """Insert customers."""
        for name in names:
            self.execute("INSERT INTO customer (name) VALUES (%s)", [name])

    def fill(self, rows=20_000):
        """Insert so many customers that a dump has many pieces."""
        self.execute(
            "INSERT INTO customer (name) SELECT md5(n::text) FROM generate_series(1, %s) n", [rows]
        )

    @property
    def customers(self):
        """Their names, oldest first; None if there is no such table."""
        if self.execute("SELECT to_regclass('customer')")[0][0] is None:
            return None
        return [name for (name,) in self.execute("SELECT name FROM customer ORDER BY id")]

    def begin(self, what, body=None):
        """Begin a transfer of the database."""
        return self.client.post(f"{self.database}/{what}", body)

    def look(self, transfer, verbose=False):
        """A transfer as it is now."""
        path = f"{self.path}/{transfer['uuid']}"
        return self.client.get(f"{path}?verbose=true" if verbose else path)

    def ended(self, transfer):
        """A transfer once it has ended, with its log."""
        until(lambda: self.look(transfer)["finished_at"], bool)
        return self.look(transfer, verbose=True)

    def back_up(self):
        """A backup that has succeeded."""
        backup = self.ended(self.begin("backups"))
        assert backup["succeeded"], backup["logs"]
        return backup

    def public_url(self, backup):
        """Where anybody can download it."""
        return self.client.post(f"{self.path}/{backup['num']}/actions/public-url")["url"]


def messages(transfer):
    """The log of a transfer as one text."""
    return "\n".join(line["message"] for line in transfer["logs"])
