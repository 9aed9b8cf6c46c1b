"""Fields made up by hypothesis, as they are written in migrations."""

from __future__ import annotations

from dataclasses import dataclass

import django
from hypothesis import strategies as st

Draw = st.DrawFn

_NUMBERS = ["SmallIntegerField()", "IntegerField()", "BigIntegerField()", "PositiveIntegerField()"]
_DECIMALS = [
    f"DecimalField(max_digits={digits}, decimal_places={places})"
    for digits, places in ((6, 2), (8, 2), (8, 3))
]
_TEXTS = [
    "CharField(max_length=20)",
    "CharField(max_length=30)",
    "TextField()",
    "SlugField()",
    "EmailField()",
]
_TIMES = ["DateField()", "DateTimeField()"]
_RELATIONS = [
    'ForeignKey("shop.customer", models.CASCADE, related_name="+")',
    'ForeignKey("shop.customer", models.CASCADE, related_name="+", db_constraint=False)',
    'OneToOneField("shop.customer", models.CASCADE, related_name="+")',
]
_OTHERS = ["BooleanField()", "UUIDField()", "JSONField()", "FloatField()"]
_FAMILIES = [_NUMBERS, _DECIMALS, _TEXTS, _TIMES, _RELATIONS, _OTHERS]

_DEFAULTS = {"Integer": "5", "Decimal": "5", "Float": "5", "Boolean": "True", "JSON": "dict"}
_TEXTUAL = ("Char", "Text", "Slug", "Email")


@dataclass(frozen=True)
class Made:
    """A field as it is written, and the family whose other types it may take."""

    text: str
    family: int

    @property
    def is_number(self) -> bool:
        return self.family in (0, 1)


@st.composite
def fields(draw: Draw, family: int | None = None, *, safe: bool = False) -> Made:
    """A field of any type, or of the family, with some of the keywords that decide.

    One that is `safe` can be added to a table with rows.
    """
    if family is None:
        family = draw(st.integers(0, len(_FAMILIES) - 1))
    base = draw(st.sampled_from(_FAMILIES[family]))
    keywords = ["null=True", "blank=True", 'help_text="?"']
    if not base.startswith(("Boolean", "JSON", "OneToOne")):
        keywords += ["unique=True", "db_index=True"]
    default = _default(base)
    if default:
        keywords.append(f"default={default}")
        if django.VERSION >= (5, 0) and default != "dict":
            keywords.append(f"db_default={default}")
    chosen = draw(st.lists(st.sampled_from(keywords), max_size=3, unique=True))
    if safe and not {"null=True", f"default={default}", f"db_default={default}"} & set(chosen):
        chosen.append("null=True")
    inside = [part for part in (base[base.index("(") + 1 : -1], *chosen) if part]
    return Made(f"models.{base[: base.index('(')]}({', '.join(inside)})", family)


def _default(base: str) -> str:
    if base.startswith(_TEXTUAL):
        return '"x"'
    return next((value for start, value in _DEFAULTS.items() if start in base), "")
