"""A dyno's output as bytes in chunks of any size, made into clean text. No I/O."""

from __future__ import annotations

import re

#: The end of a piece that may be the beginning of a UTF-8 character.
OPEN_CHARACTER = re.compile(
    rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z"
)


class Text:
    """Turns CRLF into LF and never cuts a UTF-8 character in two.

    Bytes that are no UTF-8 pass as they are. Whatever the chunks, the joined
    results are the same.
    """

    def __init__(self) -> None:
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """What of the output so far can be shown, after what was returned before."""
        # A CR at the end is held back: an LF may follow in the next chunk.
        joined = (self._held + chunk).replace(b"\r\n", b"\n")
        end = len(joined)
        opened = OPEN_CHARACTER.search(joined)
        if opened:
            end = opened.start()
        elif joined.endswith(b"\r"):
            end -= 1
        self._held = joined[end:]
        return joined[:end]

    def finish(self) -> bytes:
        """What was held back; nothing follows."""
        rest, self._held = self._held, b""
        return rest
