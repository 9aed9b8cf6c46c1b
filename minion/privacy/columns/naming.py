"""What the name of a column says about the people in it. Pure."""

from __future__ import annotations

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+|\d+")

#: What one word of a name says, in the languages in which projects name things.
_WORDS = {
    "an e-mail address": "email emails mail correo courriel posta epost emailaddress",
    "a name": "firstname lastname surname forename fullname nickname givenname familyname "
    "username login vorname nachname prenom nom apellido apellidos nombre cognome maiden "
    "voornaam achternaam realname initials signatory",
    "a telephone number": "phone telephone tel telefon telefono telefoon mobile cell handy fax "
    "whatsapp msisdn phonenumber",
    "an address": "address addresses street city town zip zipcode postcode postal addr adresse "
    "anschrift strasse rue direccion indirizzo plz ort ville ciudad county",
    "where somebody is": "latitude longitude lat lon lng geolocation coordinates",
    "a date of birth": "birth birthday birthdate born dob geb geburts geburtsdatum geburtstag "
    "naissance nacimiento nascita",
    "an IP address": "ip ipaddress ipv4 ipv6",
    "an identity": "ssn passport nino nif dni iban bic swift vat vatid taxid tax cvc card license "
    "licence nationality gender ethnicity religion salutation",
    "a secret": "password passwd passphrase passwort token secret apikey otp salt session "
    "cookie signature hash",
    "free text about somebody": "note notes comment comments message messages bio biography "
    "remark remarks feedback bemerkung kommentar notiz",
}
_BY_WORD = {word: what for what, words in _WORDS.items() for word in words.split()}
#: What promises everybody's own: however few the values, it is believed.
OWN = frozenset(
    ["an e-mail address", "a name", "a telephone number", "an address", "a secret"],
)
#: These are told by numbers as well.
_IN_NUMBERS = frozenset(["a telephone number", "an identity", "where somebody is"])
#: A name that ends so speaks of something else: phone_type, email_verified, tax_rate.
_ASIDE = _set(
    "type kind status state count total rate format template verified confirmed enabled sent "
    "allowed required consent accepted version class color colour icon logo label choice currency"
)
_NAME_BEFORE = _set(
    "first last full user nick given family middle maiden sur contact customer client member "
    "person recipient sender owner author holder billing shipping display real legal "
    "patient student employee cardholder guest"
)
#: A plain ``name`` or ``description`` is somebody's in tables that are about people.
_PEOPLE = _set(
    "user users customer customers client clients member members person persons people contact "
    "contacts subscriber subscribers employee employees patient patients student students "
    "profile profiles account accounts lead leads staff guest guests author authors recipient "
    "recipients kunde kunden"
)
_OF_PEOPLE = _set("name description about text content body interests")
_NUMBER = _set("number numbers no nr num")
_CALLED_BEFORE = _set("contact emergency home daytime evening caller landline sms")
#: Numbers under such a name may be those that somebody is called by, if they look like it.
_CALLED = _set("contact contacts emergency caller callee called sms landline dial dialed reach")
_COUNTED = _set("id at on time timestamp ms seconds duration rate amount price")
_KEY_BEFORE = _set("api access private secret public auth session")


def words_of(name: str) -> list[str]:
    """``deliveryAddress_2`` is delivery, address, 2."""
    return [word.lower() for word in _WORD.findall(name)]


def holds(table: str, column: str, *, as_number: bool = False) -> str | None:
    """What of a person the name of a column promises, "an e-mail address"; None for nothing.

    `as_number`: the column holds numbers, in which less of a person can be told.
    """
    words = words_of(column)
    if not words or words[-1] in _ASIDE:
        return None
    what = next((_BY_WORD[word] for word in words if word in _BY_WORD), None)
    if what is None and words[-1] in _NUMBER and set(words[:-1]) & _CALLED_BEFORE:
        what = "a telephone number"
    if as_number:
        return what if what in _IN_NUMBERS and words[-1] not in ("id", "rate", "amount") else None
    return what or _by_two_words(words_of(table), words)


def may_be_called(column: str) -> bool:
    """Whether long numbers under this name may be telephone numbers."""
    words = words_of(column)
    return bool(words) and words[-1] not in _ASIDE | _COUNTED and not _CALLED.isdisjoint(words)


def _by_two_words(table: list[str], words: list[str]) -> str | None:
    if "name" in words and set(words[: words.index("name")]) & _NAME_BEFORE:
        return "a name"
    if len(words) == 1 and words[0] in _OF_PEOPLE and not _PEOPLE.isdisjoint(table):
        return "a name" if words == ["name"] else "free text about somebody"
    if "key" in words and set(words) & _KEY_BEFORE:
        return "a secret"
    return None
