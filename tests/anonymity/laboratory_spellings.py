"""Ways to write a text so that it is had back from it by anybody."""

from __future__ import annotations

import base64
import codecs
import hashlib
import html
import json
import quopri
import re
import unicodedata
import uuid
from collections.abc import Callable
from urllib.parse import quote, quote_plus


def bare(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("Ł", "L"))
    return "".join(one for one in apart if not unicodedata.combining(one))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _hash(function: str, text: str) -> str:
    return hashlib.new(function, text.encode()).hexdigest()


ANY: dict[str, Callable[[str], str]] = {
    "as_it_is": str,
    "upper": str.upper,
    "swapped_case": str.swapcase,
    "blanks_around": "  {}\n".format,
    "in_a_sentence": "Dear {}, we wrote to you.".format,
    "in_quotes": '"{}"'.format,
    "in_json": lambda text: json.dumps({"to": {"who": text}}),
    "key_of_json": lambda text: json.dumps({text: 1}),
    "in_json_within_json": lambda text: json.dumps({"raw": json.dumps([text])}),
    "in_xml": lambda text: f'<who at="1"><x>{html.escape(text)}</x></who>',
    "in_a_line_of_csv": "7;{};new".format,
    "in_python": lambda text: repr({"who": text}),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "full_width": lambda text: "".join(
        chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text
    ),
    "zero_width": lambda text: "\u200b".join(text),
    "html_decimal": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "html_hexadecimal": lambda text: "".join(f"&#x{ord(one):x};" for one in text),
    "html_named": lambda text: text.replace("@", "&commat;").replace(" ", "&nbsp;"),
    "percent": quote,
    "percent_plus": quote_plus,
    "percent_throughout": lambda text: "".join(f"%{one:02x}" for one in text.encode()),
    "percent_twice": lambda text: quote(quote(text, safe=""), safe=""),
    "in_a_url": lambda text: f"https://x.example/?a=1&who={quote(text)}&b=2",
    "quoted_printable": lambda text: quopri.encodestring(text.encode(), quotetabs=True).decode(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64_for_urls": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64_in_a_sentence": lambda text: f"see {base64.b64encode(text.encode()).decode()} here",
    "base64_of_json": lambda text: base64.b64encode(json.dumps({"to": text}).encode()).decode(),
    "base64_twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal_capitals": lambda text: "\\x" + text.encode().hex().upper(),
    "hexadecimal_apart": lambda text: text.encode().hex(":"),
    "backwards": lambda text: text[::-1],
    "rot13": lambda text: codecs.encode(bare(text), "rot13"),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "octal": lambda text: "".join(f"\\{one:03o}" for one in text.encode()),
    "codes": lambda text: f"String.fromCharCode({','.join(str(ord(one)) for one in text)})",
    "far_down": lambda text: "<p>Dear all,</p>" * 9000 + text,
    "escaped": lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
}
HASHED: dict[str, Callable[[str], str]] = {
    "md5": lambda text: _hash("md5", text),
    "md5_lower": lambda text: _hash("md5", text.lower()),
    "md5_capitals": lambda text: _hash("md5", text.lower()).upper(),
    "md5_uuid": lambda text: str(uuid.UUID(_hash("md5", text))),
    "md5_in_a_url": lambda text: f"https://g.example/avatar/{_hash('md5', text.lower())}?s=80",
    "sha1": lambda text: _hash("sha1", text),
    "sha1_lower": lambda text: _hash("sha1", text.lower()),
    "sha256": lambda text: _hash("sha256", text),
    "sha256_lower": lambda text: _hash("sha256", text.lower()),
    "sha256_base64": lambda text: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode(),
    "md5_cut": lambda text: _hash("md5", text.lower())[:16],
    "sha512": lambda text: _hash("sha512", text),
    "sha512_lower": lambda text: _hash("sha512", text.lower()),
    "sha256_prefixed": lambda text: "sha256$" + _hash("sha256", text.lower()),
}
PHONES: dict[str, Callable[[str], str]] = {
    "dashes": lambda text: text.replace(" ", "-"),
    "dots": lambda text: text.replace(" ", "."),
    "no_separators": lambda text: text.replace(" ", ""),
    "digits": _digits,
    "digits_in_pairs": lambda text: " ".join(re.findall("..?", _digits(text))),
    "national": lambda text: text.replace("+44 ", "0"),
    "national_bare": lambda text: text.replace("+44 ", ""),
    "national_digits": lambda text: "0" + _digits(text)[2:],
    "two_zeros": lambda text: text.replace("+", "00"),
    "optional_zero": lambda text: text.replace("+44 ", "+44 (0)"),
    "other_digits": lambda text: "".join(
        chr(0x660 + int(one)) if one.isdigit() else one for one in text
    ),
    "tel": lambda text: "tel:" + text.replace(" ", "-"),
    "within_national": lambda text: f"ring {text.replace('+44 ', '0')} at noon",
    "md5_digits": lambda text: _hash("md5", _digits(text)),
    "sha1_plus": lambda text: _hash("sha1", text.replace(" ", "")),
    "md5_national": lambda text: _hash("md5", text.replace("+44 ", "0").replace(" ", "")),
}
NAMES: dict[str, Callable[[str], str]] = {
    "bare": bare,
    "slug": lambda text: bare(text).lower().replace(" ", "-"),
    "dots": lambda text: bare(text).lower().replace(" ", "."),
    "underlines": lambda text: bare(text).lower().replace(" ", "_"),
    "together": lambda text: text.replace(" ", ""),
    "two_blanks": lambda text: text.replace(" ", "  "),
    "no_break_space": lambda text: text.replace(" ", "\u00a0"),
    "turned": lambda text: ", ".join(reversed(text.split(" ", 1))),
    "turned_slug": lambda text: "_".join(reversed(bare(text).lower().split(" ", 1))),
    "file": lambda text: f"avatars/{bare(text).lower().replace(' ', '_')}.jpg",
    "title": "Mrs {}, PhD".format,
    "numbered": lambda text: bare(text).lower().replace(" ", "") + "7",
}
EMAILS: dict[str, Callable[[str], str]] = {
    "local_part": lambda text: text.partition("@")[0],
    "local_part_dashes": lambda text: text.partition("@")[0].replace(".", "-"),
    "other_domain": lambda text: text.partition("@")[0] + "@anonymous.invalid",
    "file_of_local_part": lambda text: f"files/{text.partition('@')[0].lower()}/cv.pdf",
    "in_brackets": "Somebody <{}>".format,
    "mailto": "mailto:{}?subject=x".format,
    "at_in_words": lambda text: text.replace("@", " at ").replace(".", " dot "),
    "at_in_brackets": lambda text: text.replace("@", "[at]").replace(".", "[dot]"),
    "underlined": lambda text: text.replace("@", "_").replace(".", "_"),
    "plus": lambda text: text.replace("@", "+x@"),
    "look_alike": lambda text: text.translate(str.maketrans("aeoc", "\u0430\u0435\u043e\u0441")),
}
