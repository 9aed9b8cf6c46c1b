"""Values that a column can be given: a plain one, and those at the edges of what is legal."""

import datetime
import decimal
import re
import uuid

_DAY = datetime.date(2024, 2, 29)
_WIDTHS = {"smallint": 16, "integer": 32, "bigint": 64, "serial": 32, "bigserial": 64}
_WIDTHS["smallserial"] = 16
_UTC = datetime.timezone.utc


class NoValue(Exception):
    """Nothing is known that such a column could hold."""


def choices_of(field):
    """The values that the field's choices allow; an empty list if it has none."""
    found = []
    for value, _label in getattr(field, "flatchoices", None) or ():
        if value not in (None, ""):
            found.append(value)
    return found


def plain(field, connection, number):
    """A legal value, another one for each `number` as far as the type allows; the first choice.

    Raises:
        NoValue: the type is not known.
    """
    allowed = choices_of(field)
    if allowed:
        return allowed[0]
    return _of_type(_type_of(field, connection), field, number)


def edges(field, connection):
    """Pairs (name, value) that the field's type and rules allow, at their edges."""
    allowed = choices_of(field)
    if allowed:
        for value in allowed[:8]:
            yield f"choice {value!r}", value
        return
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        # Whatever is given, it is written over.
        return
    kind = _type_of(field, connection)
    if kind.endswith("[]"):
        base = getattr(field, "base_field", None)
        for name, value in edges(base, connection) if base is not None else ():
            yield name + " in a list", [value]
        return
    limit = re.match(r"(?:character varying|varchar|char)\((\d+)\)", kind)
    if limit or kind in ("text", "citext", "varchar"):
        if getattr(field, "empty_strings_allowed", True):
            yield "an empty text", ""
        longest = int(limit.group(1)) if limit else 3000
        yield "the longest text", "z" * longest
    elif kind.split("(")[0].split(" ")[0] in _WIDTHS:
        bits = _WIDTHS[kind.split(" ")[0]]
        highest = 2 ** (bits - 1) - 1
        is_positive = field.get_internal_type().startswith("Positive")
        yield "the highest number", highest
        yield "zero", 0
        if not is_positive:
            yield "a negative number", -1
            yield "the lowest number", -highest - 1
    elif kind.startswith("numeric("):
        digits, places = (int(word) for word in kind[8:-1].split(","))
        high = decimal.Decimal(10) ** (digits - places) - decimal.Decimal(10) ** -places
        yield "the highest number", high
        yield "a negative number", -high
        yield "the smallest number", decimal.Decimal(10) ** -places
        yield "zero", decimal.Decimal(0)
    elif kind.startswith("double") or kind.startswith("real"):
        yield "a negative number", -1.5
        yield "zero", 0.0
    elif kind.startswith("bool"):
        yield "true", True
        yield "false", False
    elif kind == "date":
        yield "an early date", datetime.date(1900, 1, 1)
        yield "a late date", datetime.date(2999, 1, 1)
    elif kind.startswith("timestamp"):
        zone = _UTC if "with time zone" in kind and _is_aware() else None
        yield "an early time", datetime.datetime(1900, 1, 1, tzinfo=zone)
        yield "a late time", datetime.datetime(2999, 1, 1, tzinfo=zone)
    elif kind in ("json", "jsonb"):
        yield "an empty list", []
    else:
        yield "a value", _of_type(kind, field, 7)


def _type_of(field, connection):
    kind = field.db_type(connection)
    if not kind:
        raise NoValue("no column")
    return kind.lower()


def _is_aware():
    from django.conf import settings

    return settings.USE_TZ


def _text(field, kind, number):
    limit = re.search(r"\((\d+)\)", kind)
    name = field.get_internal_type()
    if "Email" in type(field).__name__:
        text = "m%d@example.invalid" % number
    elif "URL" in type(field).__name__:
        text = "https://example.invalid/%d" % number
    elif name == "FileField" or name == "ImageField":
        text = "m%d.png" % number
    else:
        text = "m%d" % number
    if limit and len(text) > int(limit.group(1)):
        room = int(limit.group(1))
        text = ("%d" % number)[-room:]
    return text


def _of_type(kind, field, number):
    if kind.endswith("[]"):
        base = getattr(field, "base_field", field)
        return [_of_type(kind[: kind.rindex("[")], base, number)]
    head = re.split(r"[ (]", kind)[0]
    if head in ("varchar", "character", "char", "text", "citext"):
        return _text(field, kind, number)
    if head in _WIDTHS:
        return number % 30000
    if head == "numeric" or head == "decimal":
        sizes = re.search(r"\((\d+), *(\d+)\)", kind)
        whole = int(sizes.group(1)) - int(sizes.group(2)) if sizes else 6
        return decimal.Decimal(number % (10 ** max(whole, 0) or 1))
    if head in ("double", "real"):
        return float(number)
    if head in ("bool", "boolean"):
        return False
    if head == "date":
        return _DAY + datetime.timedelta(days=number % 3000)
    if head == "timestamp":
        moment = datetime.datetime(2024, 2, 29, 12) + datetime.timedelta(minutes=number)
        return moment.replace(tzinfo=_UTC) if "with time zone" in kind and _is_aware() else moment
    if head == "time":
        return datetime.time(number % 24, number % 60)
    if head == "interval":
        return datetime.timedelta(seconds=number)
    if head == "uuid":
        return uuid.uuid5(uuid.NAMESPACE_URL, "m%d" % number)
    if head in ("json", "jsonb"):
        return {}
    if head == "bytea":
        return b"m%d" % number
    if head in ("inet", "cidr"):
        return "10.%d.%d.%d" % (number // 65536 % 256, number // 256 % 256, number % 256)
    if head == "macaddr":
        return f"08:00:2b:01:{number // 256 % 256:02x}:{number % 256:02x}"
    if head in ("tsvector", "ltree"):
        return "m%d" % number
    if head == "xml":
        return "<m>%d</m>" % number
    if head == "hstore":
        return {"m": str(number)}
    if head.endswith("range"):
        return _range(head, number)
    raise NoValue(f"nothing is known that a column of the type {kind} could hold")


def _range(kind, number):
    if kind in ("int4range", "int8range", "numrange"):
        return (number, number + 1)
    if kind == "daterange":
        day = _DAY + datetime.timedelta(days=number % 3000)
        return (day, day + datetime.timedelta(days=1))
    zone = _UTC if kind == "tstzrange" and _is_aware() else None
    moment = datetime.datetime(2024, 2, 29, 12, tzinfo=zone) + datetime.timedelta(minutes=number)
    return (moment, moment + datetime.timedelta(minutes=1))
