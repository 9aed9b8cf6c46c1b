"""How the data API's paths name a database."""

from __future__ import annotations

from minion.sandbox.api.http import Call
from minion.sandbox.errors import found
from minion.sandbox.state.records import AddOn

DATABASES = "/client/v11/databases/{database}"


def database(call: Call) -> AddOn:
    """The database that the path names, by the add-on's name or id.

    Raises:
        NotFound: there is none.
    """
    return found(call.platform.store.find(AddOn, call.part("database")), "add_on")
