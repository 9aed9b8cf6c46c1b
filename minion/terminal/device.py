"""One of the process's streams: what may be done on it, and how it is written to."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, TextIO

from minion.text import no_commands

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.console import RenderableType

#: Where nobody can tell how wide a line may be.
WIDTH = 80
#: GitHub, GitLab, Travis, Heroku CI and others set this one.
CI = "CI"


class Device:
    """A stream that people read.

    `is_styled` says whether colours are wanted, `is_live` whether a line may
    be written over. Neither is so in a pipe, with ``NO_COLOR``, ``TERM=dumb``,
    ``CLICOLOR=0`` and in CI; ``FORCE_COLOR`` and ``CLICOLOR_FORCE`` bring the
    colours there, but never a line that moves.
    """

    def __init__(self, stream: TextIO, environ: Mapping[str, str] = os.environ) -> None:
        self._stream = stream
        self._environ = environ
        self._rich: RichConsole | None = None
        is_shown = _is_terminal(stream) and _is_able(environ) and not _is_on(environ.get(CI))
        is_refused = bool(environ.get("NO_COLOR"))
        is_forced = _is_on(environ.get("FORCE_COLOR")) or _is_on(environ.get("CLICOLOR_FORCE"))
        self.is_live = is_shown and not is_refused and environ.get("CLICOLOR") != "0"
        self.is_styled = not is_refused and (self.is_live or is_forced)
        self.obeys_commands = environ.get("GITHUB_ACTIONS") == "true"

    @property
    def width(self) -> int:
        """How many characters a line has now; a window may be resized at any time."""
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or WIDTH
        except (OSError, ValueError):
            return WIDTH

    def rendered(self, what: RenderableType, *, width: int | None = None) -> str:
        """`what` with this stream's colours, each line ended; nothing is wrapped."""
        if self._rich is None:
            self._rich = self._made()
        with self._rich.capture() as captured:
            options: dict[str, Any] = {"width": width} if width else {"soft_wrap": True}
            self._rich.print(what, **options)
        return captured.get()

    def write(self, text: str, *, is_command: bool = False) -> None:
        """Write at once, in one piece.

        What the stream cannot encode is replaced, and one that is gone is
        written to in vain: neither is a reason to stop half way. GitHub's
        runner is given nothing to obey, unless it `is_command`.
        """
        if self.obeys_commands and not is_command:
            text = no_commands(text)
        encoding = self._stream.encoding or "utf-8"
        text = text.encode(encoding, "replace").decode(encoding)
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            return
        except RuntimeError:
            # A signal's words, in the middle of this very thread's writing.
            with suppress(OSError, ValueError):
                os.write(self._stream.fileno(), text.encode(encoding))

    @property
    def _colours(self) -> Literal["auto", "standard"] | None:
        if not self.is_styled:
            return None
        return "auto" if _is_able(self._environ) else "standard"

    def _made(self) -> RichConsole:
        from rich.console import Console as RichConsole

        return RichConsole(
            file=io.StringIO(),
            force_terminal=self.is_styled,
            color_system=self._colours,
            no_color=not self.is_styled,
            width=10**4,
            height=100,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
            _environ={k: v for k, v in self._environ.items() if k in ("TERM", "COLORTERM")},
        )


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:
        return False


def _is_able(environ: Mapping[str, str]) -> bool:
    return environ.get("TERM", "").lower() not in ("", "dumb", "unknown")


def _is_on(value: str | None) -> bool:
    return (value or "").lower() not in ("", "0", "false", "no")
