"""What ``[data]`` should say of an environment's databases, and of columns that a branch adds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from minion.analyser.migrations.columns import MadeColumn
from minion.database_url import identity
from minion.privacy import (
    Column,
    Inventory,
    Look,
    PersonalColumn,
    Proposal,
    Question,
    in_toml,
    judge_unseen,
    look,
    propose,
    take_inventory,
)

if TYPE_CHECKING:
    from minion.heroku import Heroku
    from minion.settings import Data, Environment

#: PostgreSQL's letter for the kind of type (pg_type.typcategory), by what a field's column is.
_CATEGORIES = {
    **dict.fromkeys(("integer", "auto", "numeric", "float"), "N"),
    **dict.fromkeys(("date", "timestamp", "time"), "D"),
    **dict.fromkeys(("jsonb", "stream", "hstore", "bytea", "uuid", "tsvector", "tsquery"), "U"),
    "boolean": "B",
    "interval": "T",
    "inet": "I",
}
#: Fields that hold what is somebody's own, whatever they are called.
_OWN_FIELDS = {
    "EmailField": "e-mail addresses",
    "CIEmailField": "e-mail addresses",
    "PhoneNumberField": "telephone numbers",
    "IPAddressField": "IP addresses",
    "GenericIPAddressField": "IP addresses",
}


@dataclass(frozen=True)
class NewColumn:
    """A column that migrations add, `key` as settings name it, and why it is told of.

    `is_personal` is None where somebody has to be asked.
    """

    made: MadeColumn
    key: str
    is_personal: bool | None
    why: str

    @property
    def line(self) -> str:
        """As it stands in the log of a check."""
        told = f"personal: {self.why}" if self.is_personal else f"personal? say so: {self.why}"
        return f"{self.made.path}:{self.made.line}: {self.key}: {told}"


def proposal_of(environment: Environment, data: Data, heroku: Heroku) -> Proposal:
    """What `data` should say, by a look at every database of `environment`; reads only.

    Raises:
        HerokuError: an app's config vars cannot be read.
        DatabaseUnreachable: a database cannot be connected to from here.
    """
    urls: dict[str | None, str] = {}
    for app in environment.apps:
        url = heroku.apps.config_vars(app).get("DATABASE_URL", "")
        urls.setdefault(identity(url), url)
    return propose(_seen(urls.values()), data.pii, data.pii_ignore)


def _seen(urls: Iterable[str]) -> Iterator[tuple[Inventory, Mapping[str, Look]]]:
    for url in urls:
        inventory = take_inventory(url)
        yield inventory, look(url, inventory)


def new_columns(made: Sequence[MadeColumn], data: Data) -> tuple[NewColumn, ...]:
    """Those of the `made` columns that are personal, or of which `data` does not say. Pure."""
    judged = [(one, _judge(one, data)) for one in made]
    return tuple(one for _, one in judged if one is not None)


def _judge(made: MadeColumn, data: Data) -> NewColumn | None:
    column = _column(made)
    found = judge_unseen(column, data.pii, data.pii_ignore)
    if isinstance(found, PersonalColumn):
        return NewColumn(made, column.key, True, found.reason)
    if not isinstance(found, Question):
        return None
    if made.field in _OWN_FIELDS:
        return NewColumn(made, column.key, True, f"a {made.field} holds {_OWN_FIELDS[made.field]}")
    # A search vector is personal where a text beside it is.
    if made.has_choices or made.type in ("tsvector", "tsquery"):
        return None
    return NewColumn(made, column.key, None, f"a {made.field} may hold anything")


def _column(made: MadeColumn) -> Column:
    # A field of which nothing is known may be a text.
    kind = made.type or "text"
    inner = kind.lstrip("_")
    category = "R" if inner.endswith("range") else _CATEGORIES.get(inner, "S")
    schema, dot, table = made.table.rpartition(".")
    return Column(
        schema.strip('"') if dot else "public",
        table.strip('"'),
        made.name,
        kind,
        "G" if inner.startswith("geometry") else category,
    )


def answer(columns: Sequence[NewColumn]) -> tuple[str, ...]:
    """Lines for ``[data]`` that answer for the columns that have to be asked about; or none."""
    asked = [one for one in columns if one.is_personal is None]
    if not asked:
        return ()
    lines = [f"    {in_toml(one.key)}," for one in asked]
    return (
        "Put each into [data] of minion.toml, under pii, or under pii_ignore if it tells nothing "
        "about anybody:",
        *lines,
    )
