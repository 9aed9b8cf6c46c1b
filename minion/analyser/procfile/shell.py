"""The simple commands of a piece of shell: enough of its grammar to say what surely runs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

_OPERATOR = re.compile(r"&&|\|\||;;|[;&|()]")
#: ``2>&1`` and ``&>file`` hold an ampersand that separates nothing.
_DUPLICATION = re.compile(r"\d*[<>]&\d+-?|&(?=>)")
_REDIRECTION = re.compile(r"\d*(?:<<?<?|>>?)")
_CONTINUATION = re.compile(r"\\\r?\n")

_CONDITIONAL = frozenset(("if", "case", "while", "until", "for"))
_OPTIONAL = _CONDITIONAL | {"function"}
_CLOSING = frozenset(("fi", "esac", "done", "}"))
_BETWEEN = frozenset(("then", "do", "else", "elif", "!"))
_TESTS = frozenset(("[", "[[", "test", "grep"))
_FAILURES = frozenset(("exit", "false", "return"))


@dataclass
class Command:
    """The words of one command, and whether the script cannot get by without it."""

    words: list[str]
    is_certain: bool


def commands(text: str) -> list[Command]:
    """The commands in `text`, in their order.

    Not certain is one within ``if``, a loop or a function, one after a test
    (``[ ... ] &&``) or ``||``, one whose failure is made up for (``|| true``),
    and one in the background or before a pipe.

    Raises:
        ValueError: the quotes do not balance.
    """
    reading = _Reading()
    for token in _tokens(text):
        reading.take(token)
    return reading.found


class _Reading:
    """What has been read so far."""

    def __init__(self) -> None:
        self.found: list[Command] = []
        self._words: list[str] = []
        #: The open groups: ``(``, ``{``, a word such as ``if``, or ``function``.
        self._groups: list[str] = []
        self._is_function = False
        self._before = ";"
        #: Where in `found` the present statement starts.
        self._start = 0
        self._is_tested = False

    def take(self, token: str) -> None:
        if token in ("(", ")"):
            self._parenthesis(token)
        elif token == "\n" or _OPERATOR.fullmatch(token):
            self._end_command(token)
        elif token == "{" and (not self._words or self._words[0] == "function"):
            self._groups.append("function" if self._words or self._is_function else token)
            self._is_function, self._words = False, []
        elif self._words:
            self._words.append(token)
        elif token in _CONDITIONAL:
            self._groups.append(token)
            self._words.append(token)
        elif token in _CLOSING:
            self._close()
        elif token not in _BETWEEN:
            self._words.append(token)

    def _parenthesis(self, token: str) -> None:
        if token == "(" and self._words:  # name() { ... }
            self._is_function, self._words = True, []
        elif token == "(":
            self._groups.append(token)
        elif not self._is_function:  # else it is the second half of "()"
            self._end_command("")
            if self._groups[-1:] == ["("]:  # else it ends a pattern of "case"
                self._close()

    def _close(self) -> None:
        if self._groups:
            self._groups.pop()

    def _end_command(self, operator: str) -> None:
        if self._words:
            self._add(operator)
            self._words = []
        if operator:
            self._before = operator
        if operator in (";", "\n", "&") and not self._groups:
            self._start = len(self.found)
            self._is_tested = False

    def _add(self, operator: str) -> None:
        if self._before == "||" and self._words[0] not in _FAILURES:
            for command in self.found[self._start :]:
                command.is_certain = False
        self._is_tested = self._is_tested or self._words[0] in _TESTS
        is_certain = (
            _OPTIONAL.isdisjoint(self._groups)
            and not self._is_tested
            and self._before not in ("||", "|")
            and operator not in ("|", "&")
        )
        self.found.append(Command(self._words, is_certain))


def _tokens(text: str) -> Iterator[str]:
    r"""Words and operators without redirections; ``\`` at a line's end joins it to the next."""
    for line in _CONTINUATION.sub(" ", text).splitlines():
        lexer = shlex.shlex(_DUPLICATION.sub(" ", line), posix=True, punctuation_chars=";&|()")
        lexer.whitespace_split = True
        skip = False
        for token in lexer:
            redirection = _REDIRECTION.match(token)
            if redirection or skip:
                # The file's name is in the same word or is the next one.
                skip = redirection is not None and redirection.end() == len(token)
            elif set(token) <= set(";&|()"):
                yield from _OPERATOR.findall(token)
            else:
                yield token
        yield "\n"
