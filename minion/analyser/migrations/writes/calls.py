"""What calls of the ORM do: which write, which columns, and what they give."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from minion.analyser.migrations.writes.kinds import OPAQUE, PLAIN, Kind


@dataclass(frozen=True)
class Write:
    """Rows of a model that are written."""

    label: str
    name: str
    #: insert, update or delete.
    verb: str
    #: The fields that are set; None for all of them.
    fields: frozenset[str] | None
    line: int


class NotRead(Exception):
    """Something may write, and what is not known."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line, self.why = line, why


#: Methods of querysets that give a queryset, one row, or values (Django: QuerySet API).
_ROWS = frozenset(
    {"all", "filter", "exclude", "order_by", "select_related", "prefetch_related", "only", "defer"}
    | {"distinct", "using", "annotate", "alias", "iterator", "reverse", "select_for_update", "none"}
    | {"db_manager", "get_queryset", "complex_filter"}
)
_ONE = frozenset({"first", "last", "get", "earliest", "latest"})
_VALUES = frozenset(
    {"count", "exists", "aggregate", "values", "values_list", "dates", "datetimes", "explain"}
    | {"contains"}
)
#: Methods that may be called on what is not known: none writes rows by any name.
_OF_ANYTHING = (
    _ROWS
    | _ONE
    | _VALUES
    | frozenset(
        {"lower", "upper", "strip", "lstrip", "rstrip", "split", "rsplit", "partition", "replace"}
        | {"rpartition", "format", "join", "startswith", "endswith", "title", "capitalize"}
        | {"splitlines", "encode", "decode", "find", "index", "isdigit", "zfill", "casefold"}
        | {"strftime", "isoformat", "date", "time", "timestamp", "astimezone", "total_seconds"}
        | {"weekday", "quantize", "keys", "items", "pop", "append", "extend", "insert", "sort"}
        | {"copy", "setdefault", "refresh_from_db", "swapcase", "hex", "in_bulk"}
    )
)
_WRITING = frozenset(
    {"save", "delete", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update"}
    | {"execute", "executemany", "raw", "save_base", "call_command", "send", "write_to_db"}
)
#: Modules in which nothing writes to a database.
_QUIET = (
    *("builtins.", "math.", "uuid.", "json.", "re.", "datetime.", "decimal.", "random.", "string."),
    *("itertools.", "collections.", "hashlib.", "logging.", "time.", "unicodedata.", "html."),
    *("textwrap.", "secrets.", "operator.", "copy.", "calendar.", "fractions.", "statistics."),
    *("base64.", "zoneinfo.", "pytz.", "tqdm.", "sys.stdout.", "sys.stderr.", "urllib.parse."),
    *("django.utils.", "django.db.models.", "django.conf.settings", "django.db.transaction.atomic"),
    *("django.contrib.postgres.", "django.core.exceptions.", "django.db.utils.", "django.db.Error"),
    *("django.db.IntegrityError", "django.db.DatabaseError", "os.path."),
)
_LOUD = frozenset(
    f"builtins.{name}"
    for name in (
        "exec",
        "eval",
        "__import__",
        "open",
        "globals",
        "locals",
        "vars",
        "compile",
        "map",
    )
) | {"builtins.filter", "builtins.getattr", "builtins.setattr", "builtins.delattr", "builtins.type"}


def is_quiet(path: str) -> bool:
    """Whether what an import or a builtin stands for surely writes to no database."""
    return path not in _LOUD and f"{path}.".startswith(_QUIET)


def of_rows(rows: Kind, name: str, node: ast.Call) -> tuple[Kind, Write | None]:
    """What a method of a queryset or manager gives, and what it writes. Raises NotRead."""
    row = Kind("row", rows.model)
    if name in _ROWS:
        return rows, None
    if name in _ONE:
        return row, None
    if name in _VALUES:
        return PLAIN, None
    if name == "in_bulk":
        return OPAQUE, None
    if name == "update":
        names = [keyword.arg for keyword in node.keywords]
        fields = None if None in names else frozenset(name for name in names if name)
        return PLAIN, _write(rows, "update", fields, node)
    if name == "bulk_update":
        return PLAIN, _write(rows, "update", _literals(node, 1, "fields"), node)
    if name in ("create", "bulk_create"):
        made = row if name == "create" else Kind("list", parts=(row,))
        return made, _write(rows, "insert", None, node)
    if name in ("get_or_create", "update_or_create"):
        return Kind("tuple", parts=(row, PLAIN)), _write(rows, "insert", None, node)
    if name == "delete":
        return PLAIN, _write(rows, "delete", None, node)
    raise NotRead(node.lineno, f"what {name}() does is not known")


def of_row(row: Kind, name: str, node: ast.Call) -> tuple[Kind, Write | None]:
    """The same of a method of an instance. Raises NotRead."""
    if name == "save":
        return PLAIN, _write(row, "update", _literals(node, None, "update_fields"), node)
    if name == "delete":
        return PLAIN, _write(row, "delete", None, node)
    if name == "refresh_from_db":
        return PLAIN, None
    raise NotRead(node.lineno, f"what {name}() does is not known")


def of_other(kind: Kind, name: str, node: ast.Call) -> Kind:
    """What a method of anything else gives, which writes nothing. Raises NotRead."""
    is_known = name not in _WRITING if kind == PLAIN else name in _OF_ANYTHING
    if not is_known:
        raise NotRead(node.lineno, f"what {name}() does is not known")
    return (
        kind
        if kind == PLAIN or name in _ROWS | _ONE | {"items", "pop", "setdefault"}
        else (OPAQUE if name in ("get", "copy", "in_bulk") else PLAIN)
    )


def _write(kind: Kind, verb: str, fields: frozenset[str] | None, node: ast.Call) -> Write:
    return Write(*kind.model, verb, fields, node.lineno)


def _literals(node: ast.Call, place: int | None, keyword: str) -> frozenset[str] | None:
    """The strings in an argument that lists them; None where it is not given, or no list."""
    value = next((one.value for one in node.keywords if one.arg == keyword), None)
    if value is None and place is not None and len(node.args) > place:
        value = node.args[place]
    if not isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        return None
    texts = [one.value for one in value.elts if isinstance(one, ast.Constant)]
    names = frozenset(text for text in texts if isinstance(text, str))
    return names if len(names) == len(value.elts) else None
