"""git's progress output, cut into lines while it arrives."""

from __future__ import annotations

import re
from collections import deque
from typing import Callable

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)")
_PREFIX = "remote: "


class Lines:
    """Passes bytes on as lines, as soon as each is whole, and remembers the last ones.

    A line that will be written over keeps its final ``\\r``. The password of
    `credentials` never comes out, whoever repeats it.
    """

    def __init__(
        self,
        tell: Callable[[str], None],
        keep_prefix: bool = True,
        hide: Callable[[str], str] = str,
    ) -> None:
        self._tell = tell
        self._keep_prefix = keep_prefix
        self._hide = hide
        self._rest = b""
        self.recent: deque[str] = deque(maxlen=400)

    def feed(self, raw: bytes) -> None:
        """Take the next bytes; an incomplete line waits for the rest of it."""
        self._rest += raw
        end = 0
        for match in _LINE.finditer(self._rest):
            if match.end() == len(self._rest) and match.group().endswith(b"\r"):
                break  # its "\n" may be on the way
            self._pass_on(match.group())
            end = match.end()
        self._rest = self._rest[end:]

    def finish(self) -> None:
        """Pass on what is left."""
        if self._rest:
            self._pass_on(self._rest)
        self._rest = b""

    def _pass_on(self, raw: bytes) -> None:
        line = raw.decode("utf-8", "replace")
        is_transient = line.endswith("\r")
        # git pads what the remote says with blanks, to cover what stood there before.
        line = self._hide(line.replace("\x1b[K", "").rstrip())
        self.recent.append(line)
        if not self._keep_prefix and (line + " ").startswith(_PREFIX):
            line = line[len(_PREFIX) :]
        self._tell(line + "\r" if is_transient else line)
