"""Which words of a search vector are those of the texts in its row. Pure.

A vector has words lower-cased, without endings and perhaps without accents
(PostgreSQL: Controlling Text Search), so ``Annabelle Hopkins`` is ``annabell``
and ``hopkin`` in it. Those of a title may stay; those of a name may not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"\w+")
#: Letters that are left of a word without its ending, at least, and that an ending has, at most.
_STEM, _ENDING = 3, 5


class Words:
    """The words of some texts, as they are and without their endings."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words = {word for text in texts for word in _plain(text)}
        self._stems = {
            word[:size]
            for word in self._words
            for size in range(max(_STEM, len(word) - _ENDING), len(word) + 1)
        }

    def have(self, lexeme: str) -> bool:
        """Whether `lexeme` is of one of the words, or each part of it is.

        The last letter of a stem may be another one: ``mary`` becomes ``mari``.
        """
        parts = _plain(lexeme)
        return bool(parts) and all(
            part in self._words or part in self._stems or part[:-1] in self._stems for part in parts
        )


def _plain(text: str) -> list[str]:
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(one for one in apart if not unicodedata.combining(one))
    return _WORD.findall(text.lower())
