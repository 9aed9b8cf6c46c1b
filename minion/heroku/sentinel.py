"""Reading a one-off dyno's output and its exit status from one stream. No I/O.

A rendezvous connection carries no exit status, so, as the Heroku CLI does with
``run --exit-code``, the command is made to print it at its end, behind U+FFFF,
which is no character and thus in nobody's text.
"""

from __future__ import annotations

import re
import shlex

from minion.heroku.output import Text

MARK = "\uffff heroku-command-exit-status: "
GREETING = b"rendezvous\n"

_MARK = MARK.encode()
#: What may stand behind the mark, as far as it has come.
_BEGUN = re.compile(rb"(?:\d{0,3}|\d{1,3}\r*|(\d{1,3})\r*\n[\r\n\0 ]*)")


def in_own_shell(command: str) -> str:
    """`command` as one word to a shell of its own, with an empty standard input.

    So neither ``exit``, a comment, an open quote nor several lines in it can
    swallow what follows, and a command that asks a question ends instead of
    waiting for ever.
    """
    return f"bash -c {shlex.quote(command)} </dev/null"


def with_sentinel(command: str) -> str:
    """`command` made to print its exit status at its end."""
    return f'{in_own_shell(command)} ; echo "{MARK}$?"'


class SentinelReader:
    """Takes the stream in chunks, gives the command's output, finds its status.

    Heroku's greeting, NULs before the output and the sentinel are left out,
    line ends become LF. However the stream is cut, the output is the same.
    Only the last sentinel counts: what looks like one and is followed by more
    output is output.
    """

    def __init__(self) -> None:
        self._text = Text()
        self._is_greeted = False
        self._has_begun = False
        self._held = b""

    @property
    def status(self) -> int | None:
        """The exit status, if the stream ended here; None if there is none yet."""
        begun = _BEGUN.fullmatch(self._held, len(_MARK)) if self._held else None
        return int(begun[1]) if begun and begun[1] else None

    def feed(self, chunk: bytes) -> bytes:
        """What of the output can be shown, after what was returned before."""
        return self._without_sentinel(self._without_greeting(self._text.feed(chunk)))

    def finish(self) -> bytes:
        """The output that was held back, when the stream has ended."""
        rest = self._without_sentinel(self._without_greeting(self._text.finish()))
        if self.status is None:
            rest, self._held = rest + self._held, b""
        return rest

    def _without_greeting(self, text: bytes) -> bytes:
        if self._has_begun:
            return text
        text = (self._held + text).lstrip(b"\0")
        self._held = b""
        if not self._is_greeted:
            if text.startswith(GREETING):
                self._is_greeted = True
                text = text[len(GREETING) :].lstrip(b"\0")
            elif GREETING.startswith(text):
                self._held = text
                return b""
        self._has_begun = bool(text)
        return text

    def _without_sentinel(self, text: bytes) -> bytes:
        if not self._has_begun:
            return b""
        text = self._held + text
        start = text.rfind(_MARK[:1])
        end = start if start >= 0 and _may_be_sentinel(text[start:]) else len(text)
        self._held = text[end:]
        return text[:end]


def _may_be_sentinel(text: bytes) -> bool:
    """Whether `text` is a sentinel, or the beginning of one."""
    if len(text) < len(_MARK):
        return _MARK.startswith(text)
    return text.startswith(_MARK) and _BEGUN.fullmatch(text, len(_MARK)) is not None
