"""What becomes of a push: the sandbox's side of the pre-receive hook.

Dev Center: Deploying with Git ("Deploying from a branch besides main").
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Mapping
from pathlib import Path
from typing import Any, Callable

from minion.sandbox.git import hook
from minion.sandbox.git.program import GitFailed, run_git
from minion.sandbox.git.repositories import BUILDING_REFS, Repositories

Write = Callable[[str], Awaitable[None]]
OnPush = Callable[[str, str, Mapping[str, str], Write], Awaitable[bool]]

_LONGEST_QUESTION = 16 * 1024 * 1024
_log = logging.getLogger("minion.sandbox")


class Pushes:
    """Answers the hooks of pushes that are under way.

    Args:
        on_push: builds and releases a commit; False declines the push.
    """

    def __init__(self, repositories: Repositories, on_push: OnPush) -> None:
        self._repositories = repositories
        self._on_push = on_push
        self._apps: dict[str, str] = {}
        self._server: asyncio.AbstractServer | None = None
        self._port = 0
        self._talks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def expect(self, app: str) -> AsyncIterator[dict[str, str]]:
        """The variables by which a hook finds us and proves that it is the push's own."""
        if self._server is None:
            listener = socket.create_server(("127.0.0.1", 0))
            self._port = listener.getsockname()[1]
            self._server = await asyncio.start_server(
                self._accept, sock=listener, limit=_LONGEST_QUESTION
            )
        secret = secrets.token_urlsafe(24)
        self._apps[secret] = app
        try:
            yield {hook.PORT: str(self._port), hook.SECRET: secret}
        finally:
            del self._apps[secret]

    async def stop(self) -> None:
        """Decline whatever is under way."""
        if self._server is not None:
            self._server.close()
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.ensure_future(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one hook. That it goes away in the middle stops nothing."""

        async def say(answer: Mapping[str, Any]) -> None:
            with contextlib.suppress(ConnectionError):
                writer.write(json.dumps(answer).encode("ascii") + b"\n")
                await writer.drain()

        async def write(text: str) -> None:
            await say({"text": text})

        try:
            with contextlib.suppress(ValueError, KeyError, ConnectionError):
                question = json.loads(await reader.readline())
                app = self._apps[question["secret"]]
                accepted = await self._decide(app, question["updates"], question["env"], write)
                await say({"status": 0 if accepted else 1})
        finally:
            writer.close()

    async def _decide(
        self, app: str, updates: list[list[str]], git_env: Mapping[str, str], write: Write
    ) -> bool:
        """Whether git is to accept all of the push's updates."""
        for _, new, ref in updates:
            if ref not in BUILDING_REFS:
                await write("Pushed to non-main branch, skipping build.\n")
            elif _is_none(new):
                await write(" !     The branch that is deployed cannot be deleted.\n")
                return False
        for old, new, ref in updates:
            if ref in BUILDING_REFS and not await self._deploy(app, old, new, ref, git_env, write):
                return False
        return True

    async def _deploy(
        self, app: str, old: str, new: str, ref: str, git_env: Mapping[str, str], write: Write
    ) -> bool:
        repo = self._repositories.path(app)
        # git compares, too, but only when the hook is over and the release is out.
        if await _tip(repo, ref) != (None if _is_none(old) else old):
            await write(" !     Push rejected, another push was faster. Fetch first.\n")
            return False
        try:
            accepted = await self._on_push(app, new, git_env, write)
        except Exception:
            _log.exception("Push of %s to %s failed", new, app)
            await write(" !     Push rejected, internal error of the sandbox.\n")
            return False
        if accepted:
            # So that a clone checks out what runs.
            await run_git("symbolic-ref", "HEAD", ref, cwd=repo)
        return accepted


def _is_none(commit: str) -> bool:
    """Whether it is the name that stands for no commit: zeros only."""
    return not commit.strip("0")


async def _tip(repo: Path, ref: str) -> str | None:
    """The commit that a ref names, or None if there is no such ref."""
    try:
        told = await run_git("rev-parse", "--verify", "--quiet", ref, cwd=repo)
    except GitFailed:
        return None
    return told.decode("ascii").strip()
