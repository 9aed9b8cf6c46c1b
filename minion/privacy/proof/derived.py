"""What is made of names and addresses: user names, slugs, names of files. Pure."""

from __future__ import annotations

import re

from minion.privacy.proof.reading import WORD_LENGTH, words_of
from minion.privacy.values import form

_APART = re.compile(r"[,;\n]\s*")
#: Letters and digits of a name or the local part of an address that is somebody's own.
OWN_LENGTH = 6


def is_full_name(text: str) -> bool:
    """Whether a normal text may be somebody's name: two to five words, of letters alone."""
    words = text.split()
    return 2 <= len(words) <= 5 and len(text) > OWN_LENGTH + 1 and not any(map(str.isdigit, text))


def of_place(text: str) -> tuple[str, ...]:
    """The parts of an address, by which somebody is found as well: ``1 High Street``, ``Town``."""
    parts = _APART.split(text)
    return tuple(one for one in parts if len(form(one)) >= OWN_LENGTH) if len(parts) > 1 else ()


def of_name(text: str) -> tuple[set[str], set[str]]:
    """What a name is written as too: what nobody else has, and what others may have.

    ``karen smith`` is smithkaren; its words, and ksmith.
    """
    words = [one for one in words_of(text) if one.isalpha()]
    shared = {one for one in (*words, form(text)) if len(one) >= WORD_LENGTH}
    if len(words) < 2:
        return set(), shared
    own = {words[-1] + "".join(words[:-1]), "".join(words[1:]) + words[0]}
    shared |= {words[0][0] + words[-1], words[0] + words[-1][0], *own}
    return own, {one for one in shared if len(one) >= WORD_LENGTH}


def of_address(text: str, row: str | None) -> tuple[set[str], set[str]]:
    """The same of an e-mail address: its local part, unless that is the number of the `row`."""
    local = text.partition("@")[0]
    words, whole = words_of(local), form(local)
    if len(whole) < WORD_LENGTH or (words and words[-1] == row):
        return set(), set()
    is_own = len(whole) >= OWN_LENGTH and len(words) >= 2
    return {whole} if is_own else set(), {whole, *(one for one in words if len(one) > WORD_LENGTH)}
