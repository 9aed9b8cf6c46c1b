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
class FieldClass:
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


def _varchar(name: str, size: int | None, *params: str, db_index: bool = False) -> FieldClass:
    return FieldClass(name, "varchar", params or _PLAIN, size, db_index, is_text=True)


def _integer(name: str, bits: int, *, positive: bool = False) -> FieldClass:
    return FieldClass(name, "integer", _PLAIN, bits, is_positive=positive)


def _shape(name: str, *params: str) -> FieldClass:
    keys = ("srid", "dim", "geography")
    return FieldClass(name, f"geometry({name})", (*_SHAPE, *params), type_keys=keys)


_ALL = (
    _varchar("CharField", None),
    _varchar("SlugField", 50, db_index=True),
    _varchar("EmailField", 254),
    _varchar("URLField", 200, *_NAMED),
    _varchar("FileField", 100, *_FILES),
    _varchar("ImageField", 100, *_NAMED, "width_field", "height_field"),
    _varchar("FilePathField", 100, *_NAMED, "path", "match", "recursive", "allow_files"),
    _varchar("CommaSeparatedIntegerField", None),
    FieldClass("TextField", "text", is_text=True),
    FieldClass("CITextField", "citext", is_text=True),
    FieldClass("CICharField", "citext", is_text=True),
    FieldClass("CIEmailField", "citext", is_text=True),
    FieldClass("BinaryField", "bytea", is_text=True),
    _integer("SmallIntegerField", 16),
    _integer("IntegerField", 32),
    _integer("BigIntegerField", 64),
    _integer("PositiveSmallIntegerField", 16, positive=True),
    _integer("PositiveIntegerField", 32, positive=True),
    _integer("PositiveBigIntegerField", 64, positive=True),
    FieldClass("SmallAutoField", "auto", size=16),
    FieldClass("AutoField", "auto", size=32),
    FieldClass("BigAutoField", "auto", size=64),
    FieldClass("DecimalField", "numeric", (*_NAMED, "max_digits", "decimal_places")),
    FieldClass("FloatField", "float"),
    FieldClass("BooleanField", "boolean"),
    FieldClass("NullBooleanField", "boolean", always_null=True),
    FieldClass("DateField", "date", _DATES),
    FieldClass("DateTimeField", "timestamp", _DATES),
    FieldClass("TimeField", "time", _DATES),
    FieldClass("DurationField", "interval"),
    FieldClass("UUIDField", "uuid", ("verbose_name",)),
    FieldClass("IPAddressField", "inet"),
    FieldClass("GenericIPAddressField", "inet", (*_NAMED, "protocol", "unpack_ipv4")),
    FieldClass("JSONField", "jsonb", (*_NAMED, "encoder", "decoder")),
    FieldClass("HStoreField", "hstore"),
    FieldClass("ArrayField", "array", ("base_field", "size"), type_keys=("base_field", "size")),
    FieldClass("GeneratedField", "generated", ()),
    FieldClass("OrderWrt", "integer", size=32),
    FieldClass("ForeignKey", "key", _LINK, db_index=True),
    FieldClass("OneToOneField", "key", _LINK, db_index=True),
    FieldClass("ManyToManyField", "table", _MANY),
    FieldClass("SearchVectorField", "tsvector"),
    FieldClass("SearchQueryField", "tsquery"),
    FieldClass("IntegerRangeField", "int4range"),
    FieldClass("BigIntegerRangeField", "int8range"),
    FieldClass("DecimalRangeField", "numrange"),
    FieldClass("FloatRangeField", "numrange"),
    FieldClass("DateTimeRangeField", "tstzrange"),
    FieldClass("DateRangeField", "daterange"),
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
GIS = frozenset(field_class.name for field_class in _SHAPES)
FIELD_CLASSES = {field_class.name: field_class for field_class in (*_ALL, *_SHAPES)}
