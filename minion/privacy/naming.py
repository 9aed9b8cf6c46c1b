"""What the name of a column says about the people in it. Pure."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

#: What one word of a name says; each in the words that projects use.
_WORDS = {
    "an e-mail address": "email mail emails correo courriel",
    "a name": "firstname lastname surname forename fullname nickname givenname familyname "
    "username login vorname nachname prenom apellido maiden",
    "a telephone number": "phone telephone tel mobile cell fax telefon telefono",
    "an address": "address street city town zip zipcode postcode postal addr adresse "
    "strasse direccion county latitude longitude geolocation",
    "a date of birth": "birth birthday birthdate dob geburtsdatum naissance",
    "an IP address": "ip ipaddress",
    "an identity": "ssn passport nino iban bic swift vat taxid cvc license licence "
    "nationality gender ethnicity religion",
    "a secret": "password passwd token secret apikey otp salt session cookie signature hash",
    "free text about somebody": "note notes comment comments message bio biography remark "
    "remarks feedback",
}
_BY_WORD = {word: what for what, words in _WORDS.items() for word in words.split()}
#: A name of a person if the table is about people, or if one of these stands before it.
_NAME_BEFORE = frozenset(
    [
        "first",
        "last",
        "full",
        "user",
        "nick",
        "given",
        "family",
        "middle",
        "maiden",
        "sur",
        "contact",
        "customer",
        "client",
        "member",
        "person",
        "recipient",
        "sender",
        "owner",
        "author",
        "holder",
        "billing",
        "shipping",
        "display",
    ]
)
_PEOPLE = frozenset(
    [
        "user",
        "users",
        "customer",
        "customers",
        "client",
        "clients",
        "member",
        "members",
        "person",
        "people",
        "contact",
        "contacts",
        "subscriber",
        "subscribers",
        "employee",
        "employees",
        "patient",
        "patients",
        "student",
        "students",
        "profile",
        "profiles",
        "account",
        "accounts",
        "lead",
        "leads",
        "staff",
        "guest",
        "guests",
        "author",
    ]
)
_KEY_BEFORE = frozenset(["api", "access", "private", "secret", "public", "auth", "session"])


def words_of(name: str) -> list[str]:
    """``deliveryAddress_2`` is delivery, address, 2."""
    return [word.lower() for word in _WORD.findall(name)]


def reason(table: str, column: str) -> str | None:
    """What the name says is in the column; None if it says nothing about people."""
    words = words_of(column)
    for word in words:
        if word in _BY_WORD:
            return f"its name says that it holds {_BY_WORD[word]}"
    if "name" in words:
        before = set(words[: words.index("name")])
        is_plain = words == ["name"] and not _PEOPLE.isdisjoint(words_of(table))
        if before & _NAME_BEFORE or is_plain:
            return "its name says that it holds a name"
    if "key" in words and set(words) & _KEY_BEFORE:
        return "its name says that it holds a secret"
    return None


#: Django's own tables and those of its best known companions: what is known to
#: be personal in them (True) and what is known not to be.
_KNOWN = {
    "django_session": {"session_key": True, "session_data": True, "expire_date": False},
    "django_admin_log": {
        "object_id": False,
        "object_repr": True,
        "change_message": True,
        "action_flag": False,
    },
    "authtoken_token": {"key": True},
    "account_emailaddress": {"email": True},
    "account_emailconfirmation": {"key": True},
    "socialaccount_socialtoken": {"token": True, "token_secret": True},
    "socialaccount_socialaccount": {"uid": True, "extra_data": True},
    "auth_user": {
        "username": True,
        "first_name": True,
        "last_name": True,
        "email": True,
        "password": True,
    },
}
_HARMLESS_TABLES = frozenset(
    [
        "django_migrations",
        "django_content_type",
        "django_site",
        "auth_permission",
        "auth_group",
        "spatial_ref_sys",
        "django_celery_beat_crontabschedule",
    ]
)


def known(table: str, column: str) -> bool | None:
    """Whether a column that everybody knows is personal; None for one that nobody knows."""
    if table in _HARMLESS_TABLES:
        return False
    return _KNOWN.get(table, {}).get(column)
