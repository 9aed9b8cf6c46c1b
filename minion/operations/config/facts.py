"""What there is to know before config vars can be set: both sides, compared. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from minion.database_url import DatabaseId, databases_in, is_database, read
from minion.engine.operation import Before
from minion.errors import Refused
from minion.operations.databases import NONE_ABOVE, DatabasesAbove

SAME, DIFFERS, LOCAL_ONLY, REMOTE_ONLY = "=", "!", "+", "?"

#: Dev Center: Config Vars. Keys and values of an app together.
LARGEST_BYTES = 32 * 1024
_DATABASE_KEY = re.compile(r"DATABASE.*URL|.*_DATABASE_URL")


@dataclass(frozen=True)
class Entry:
    """One variable on both sides; values never show in its repr.

    `add_on` names the add-on that manages it, `kept` says that the settings
    list it as one that only Heroku knows.
    """

    key: str
    status: str
    local: str | None = field(default=None, repr=False)
    remote: str | None = field(default=None, repr=False)
    add_on: str | None = None
    kept: bool = False


@dataclass(frozen=True)
class Comparison:
    """All variables of one app: those of the file first, then those only on Heroku, sorted."""

    app: str
    entries: tuple[Entry, ...]

    @property
    def to_set(self) -> dict[str, str]:
        """What the file has and Heroku lacks or has otherwise."""
        changed = (one for one in self.entries if one.status in (DIFFERS, LOCAL_ONLY))
        return {one.key: one.local or "" for one in changed}

    @property
    def removable(self) -> tuple[str, ...]:
        """What only Heroku has and nobody claims: the candidates of ``prune=yes``."""
        return tuple(
            one.key
            for one in self.entries
            if one.status == REMOTE_ONLY and not one.add_on and not one.kept
        )

    def changes(self, prune: bool) -> dict[str, str | None]:
        """The one PATCH that makes the app what the file says; None removes a variable."""
        removed = dict.fromkeys(self.removable) if prune else {}
        return {**self.to_set, **removed}

    @property
    def fingerprint(self) -> str:
        """Changes whenever either side does; tells nothing of the values."""
        digest = hashlib.sha256(self.app.encode())
        for one in self.entries:
            for part in (one.key, one.status, one.local, one.remote):
                encoded = b"\0" if part is None else part.encode("utf-8", "surrogatepass")
                digest.update(len(encoded).to_bytes(8, "big") + encoded)
        return digest.hexdigest()[:12]


def compare(
    app: str,
    local: Mapping[str, str],
    remote: Mapping[str, str],
    managed: Mapping[str, str],
    remote_only: Collection[str] = (),
) -> Comparison:
    """How `local` and `remote` differ; `managed` maps keys to the add-on behind them."""
    entries = []
    for key in sorted(local):
        status = LOCAL_ONLY if key not in remote else SAME if remote[key] == local[key] else DIFFERS
        entries.append(Entry(key, status, local[key], remote.get(key), managed.get(key)))
    for key in sorted(set(remote) - set(local)):
        entries.append(
            Entry(key, REMOTE_ONLY, None, remote[key], managed.get(key), key in remote_only)
        )
    return Comparison(app, tuple(entries))


def check(name: str, values: Mapping[str, str]) -> None:
    """Refuse what Heroku would refuse, and database URLs that nobody can use.

    Raises:
        Refused: names the file `name` and the key, never the value.
    """
    for key, value in values.items():
        if key.startswith(("__", "HEROKU_")):
            raise Refused(
                f"{name}: {key}: Heroku keeps keys that begin with __ or HEROKU_ to itself"
            )
        if _DATABASE_KEY.fullmatch(key) and value:
            _check_database_url(name, key, value)
    size = sum(len(key.encode()) + len(value.encode()) for key, value in values.items())
    if size > LARGEST_BYTES:
        raise Refused(f"{name}: {size} bytes of keys and values; Heroku takes {LARGEST_BYTES}")


def _check_database_url(name: str, key: str, value: str) -> None:
    # A URL of another scheme is a value like any other: https://name.firebaseio.com is.
    if key != "DATABASE_URL" and not is_database(value):
        return
    if not (read(value) or {}).get("NAME"):
        raise Refused(f"{name}: {key}: not a database URL that dj-database-url can read")


def databases(values: Mapping[str, str]) -> dict[DatabaseId, str]:
    """The databases that `values` name as the app's own, each with the key that does."""
    own = {key: value for key, value in values.items() if _DATABASE_KEY.fullmatch(key)}
    return {database: keys[0] for database, keys in databases_in(own).items()}


def check_managed(name: str, comparisons: Sequence[Comparison]) -> None:
    """Refuse a file that sets what an add-on manages to something else.

    Raises:
        Refused: names the key and the add-on.
    """
    for comparison in comparisons:
        for one in comparison.entries:
            if one.add_on and one.status in (DIFFERS, LOCAL_ONLY):
                raise Refused(
                    f"{name}: {one.key}: the add-on {one.add_on} of {comparison.app} manages it "
                    "and Heroku lets nobody overwrite it; remove the line"
                )


def masked(value: str) -> str:
    """What may be shown of a value: whether there is one."""
    return "********" if value else "(empty)"


@dataclass(frozen=True)
class ConfigFacts:
    """The env file against each app. Values, which are secrets, are in no repr.

    `problems` keep the file from the live site, `remarks` are only told. `release_phases`
    are the apps whose release phase each release runs, also that of a config var. `above` are
    the databases of environments above that can be reached.
    """

    file: str
    comparisons: tuple[Comparison, ...] = field(repr=False)
    before: tuple[Before, ...]
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    release_phases: tuple[str, ...] = ()
    above: DatabasesAbove = NONE_ABOVE
