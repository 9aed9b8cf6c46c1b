"""Python text to a syntax tree, whatever the text is like."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import warnings
from collections.abc import Iterator

#: Larger files are not read; the largest ones of known projects have a quarter of this.
MAX_BYTES = 2 * 1024 * 1024
#: CPython before 3.11 overflows the C stack on chains such as ``a.b.b.b``, and dies of it. With
#: the usual 8 MB it bears 80,000 links (tried with 3.9).
_MAX_LINKS = 10_000
_LINK = re.compile(rb"[.(\[+*/%@&|^<>-]")
_ENDS = frozenset((",", ":", ";", "="))


class Unreadable(Exception):
    """The text is no Python that can be read here; `line` is 0 where none is to blame."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.line = line


def parse(content: bytes) -> ast.Module:
    """The syntax tree. Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable(f"the file is larger than {MAX_BYTES // 1024 // 1024} MB")
    if sys.version_info < (3, 11) and len(content) > _MAX_LINKS:
        if len(_LINK.findall(content)) > _MAX_LINKS and _longest_chain(content) > _MAX_LINKS:
            raise Unreadable("an expression in it is too long for this version of Python")
    try:
        with warnings.catch_warnings():
            # A stray backslash in somebody's string is nobody's business here.
            warnings.simplefilter("ignore")
            return ast.parse(content)
    except SyntaxError as exc:
        version = "{}.{}".format(*sys.version_info)
        raise Unreadable(f"Python {version} cannot parse it: {exc.msg}", exc.lineno or 0) from None
    except (RecursionError, MemoryError):
        raise Unreadable("it is nested too deeply") from None
    except (ValueError, LookupError):
        raise Unreadable("it is not text in the encoding that it names") from None


def comments(content: bytes) -> list[tuple[int, int, str]]:
    """Each comment's line, column and text. Raises Unreadable."""
    return [
        (*token.start, token.string) for token in _tokens(content) if token.type == tokenize.COMMENT
    ]


def _longest_chain(content: bytes) -> int:
    """How many operators, dots and brackets follow each other in one expression, at most."""
    longest, open_chains = 0, [0]
    for token in _tokens(content):
        if token.type == tokenize.NEWLINE:
            open_chains = [0]
        elif token.type == tokenize.OP:
            open_chains[-1] = 0 if token.string in _ENDS else open_chains[-1] + 1
            longest = max(longest, open_chains[-1])
            if token.string in "([{":
                open_chains.append(0)
            elif token.string in ")]}" and len(open_chains) > 1:
                open_chains.pop()
    return longest


def _tokens(content: bytes) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.tokenize(io.BytesIO(content).readline)
    except (SyntaxError, ValueError, LookupError, tokenize.TokenError, RecursionError):
        raise Unreadable("it cannot be split into words") from None
