"""The field classes of Django, django.contrib.postgres and django.contrib.gis.

Sources: their ``__init__`` signatures in Django 1.11 to 6.0, and ``data_types`` of
``django/db/backends/postgresql/base.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

_PLAIN = (
    *("verbose_name", "name", "primary_key", "max_length", "unique", "blank", "null"),
    *("db_index", "rel", "default", "editable", "serialize", "unique_for_date"),
    *("unique_for_month", "unique_for_year", "choices", "help_text", "db_column"),
    *("db_tablespace", "auto_created", "validators", "error_messages"),
)
_NAMED = ("verbose_name", "name")
_DATES = (*_NAMED, "auto_now", "auto_now_add")
_FILES = (*_NAMED, "upload_to", "storage")
_LINK = ("to", "on_delete", "related_name", "related_query_name", "limit_choices_to")
_MANY = ("to", "related_name", "related_query_name", "limit_choices_to", "symmetrical")
_SHAPE = ("verbose_name", "srid", "spatial_index")


@dataclass(frozen=True)
class Family:
    """What is known of one field class."""

    name: str
    #: What kind of column: classes with the same one differ in `size` at most.
    type: str
    #: The names of positional arguments.
    params: tuple[str, ...] = _PLAIN
    #: ``max_length`` of varchar, bits of integers.
    size: int | None = None
    db_index: bool = False
    is_positive: bool = False
    #: Whether "" is a value of it, so that Django fills it in for blank=True.
    is_text: bool = False
    always_null: bool = False
    #: Keywords that decide the type, beside the class.
    type_keys: tuple[str, ...] = ()


def _varchar(name: str, size: int | None, *params: str, db_index: bool = False) -> Family:
    return Family(name, "varchar", params or _PLAIN, size, db_index, is_text=True)


def _integer(name: str, bits: int, *, positive: bool = False) -> Family:
    return Family(name, "integer", _PLAIN, bits, is_positive=positive)


def _shape(name: str, *params: str) -> Family:
    keys = ("srid", "dim", "geography")
    return Family(name, f"geometry({name})", (*_SHAPE, *params), type_keys=keys)


_ALL = (
    _varchar("CharField", None),
    _varchar("SlugField", 50, db_index=True),
    _varchar("EmailField", 254),
    _varchar("URLField", 200, *_NAMED),
    _varchar("FileField", 100, *_FILES),
    _varchar("ImageField", 100, *_NAMED, "width_field", "height_field"),
    _varchar("FilePathField", 100, *_NAMED, "path", "match", "recursive", "allow_files"),
    _varchar("CommaSeparatedIntegerField", None),
    Family("TextField", "text", is_text=True),
    Family("CITextField", "citext", is_text=True),
    Family("CICharField", "citext", is_text=True),
    Family("CIEmailField", "citext", is_text=True),
    Family("BinaryField", "bytea", is_text=True),
    _integer("SmallIntegerField", 16),
    _integer("IntegerField", 32),
    _integer("BigIntegerField", 64),
    _integer("PositiveSmallIntegerField", 16, positive=True),
    _integer("PositiveIntegerField", 32, positive=True),
    _integer("PositiveBigIntegerField", 64, positive=True),
    Family("SmallAutoField", "auto", size=16),
    Family("AutoField", "auto", size=32),
    Family("BigAutoField", "auto", size=64),
    Family("DecimalField", "numeric", (*_NAMED, "max_digits", "decimal_places")),
    Family("FloatField", "float"),
    Family("BooleanField", "boolean"),
    Family("NullBooleanField", "boolean", always_null=True),
    Family("DateField", "date", _DATES),
    Family("DateTimeField", "timestamp", _DATES),
    Family("TimeField", "time", _DATES),
    Family("DurationField", "interval"),
    Family("UUIDField", "uuid", ("verbose_name",)),
    Family("IPAddressField", "inet"),
    Family("GenericIPAddressField", "inet", (*_NAMED, "protocol", "unpack_ipv4")),
    Family("JSONField", "jsonb", (*_NAMED, "encoder", "decoder")),
    Family("HStoreField", "hstore"),
    Family("ArrayField", "array", ("base_field", "size"), type_keys=("base_field", "size")),
    Family("GeneratedField", "generated", ()),
    Family("OrderWrt", "integer", size=32),
    Family("ForeignKey", "key", _LINK, db_index=True),
    Family("OneToOneField", "key", _LINK, db_index=True),
    Family("ManyToManyField", "table", _MANY),
    Family("SearchVectorField", "tsvector"),
    Family("SearchQueryField", "tsquery"),
    Family("IntegerRangeField", "int4range"),
    Family("BigIntegerRangeField", "int8range"),
    Family("DecimalRangeField", "numrange"),
    Family("FloatRangeField", "numrange"),
    Family("DateTimeRangeField", "tstzrange"),
    Family("DateRangeField", "daterange"),
)
_SHAPES = (
    *(_shape(name, "dim", "geography") for name in ("GeometryField", "PointField")),
    *(_shape(name, "dim", "geography") for name in ("LineStringField", "PolygonField")),
    *(_shape(name, "dim", "geography") for name in ("MultiPointField", "MultiPolygonField")),
    *(_shape(name, "dim", "geography") for name in ("MultiLineStringField",)),
    _shape("GeometryCollectionField", "dim", "geography"),
    _shape("RasterField"),
)
#: The classes that only django.contrib.gis has.
GIS = frozenset(family.name for family in _SHAPES)
FAMILIES = {family.name: family for family in (*_ALL, *_SHAPES)}
