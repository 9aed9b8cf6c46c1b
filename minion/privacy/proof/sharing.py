"""Work that is shared among this machine's processors, each part in a process of its own.

Only where a process can be forked safely, on Linux: what is remembered is then there without
being copied, and so is the key of its digests. Elsewhere one process does everything.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from minion.errors import MinionError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe
    from multiprocessing.context import ForkProcess

T = TypeVar("T")
#: What a process asks to be sent when its parent has ended (Linux: prctl(2), PR_SET_PDEATHSIG).
_PARENT_DEATH_SIGNAL = 1
#: Heroku's smallest databases take 20 connections (Dev Center: Heroku Postgres plans).
_MOST = 8
#: Seconds that an ended process may take to be gone.
_GONE_S = 10


def processors() -> int:
    """How many processes can work at once; 1 where none can be forked."""
    return min(len(os.sched_getaffinity(0)), _MOST) if sys.platform == "linux" else 1


def shares(things: Sequence[T], weights: Sequence[int], count: int) -> list[list[T]]:
    """`things` in `count` lists or fewer, none empty, as even by `weights` as may be. Pure."""
    found: list[list[T]] = [[] for _ in range(count)]
    sums = [0] * count
    for weight, number in sorted(zip(weights, range(len(things))), key=lambda one: -one[0]):
        least = sums.index(min(sums))
        found[least].append(things[number])
        sums[least] += weight
    return [one for one in found if one]


@contextmanager
def begun(works: Sequence[Callable[[], Any]]) -> Iterator[Callable[[], list[Any]]]:
    """Begins each of `works` in a process of its own; what you get waits for their results.

    None of the processes is left when the context ends, nor when this process is killed.

    Raises:
        MinionError: what a process raised, or that it ended without a result.
    """
    started: list[tuple[ForkProcess, Pipe]] = []
    try:
        started.extend(_start(work) for work in works)
        yield lambda: [_result(process, pipe) for process, pipe in started]
    finally:
        for process, pipe in started:
            pipe.close()
            process.kill()
            process.join(_GONE_S)


def _start(work: Callable[[], Any]) -> tuple[ForkProcess, Pipe]:
    from multiprocessing import get_context

    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_carry_out, args=(work, theirs, os.getpid()), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _carry_out(work: Callable[[], Any], pipe: Pipe, parent: int) -> None:
    # The parent hears of Ctrl-C too, and ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    found: tuple[Any, MinionError | None]
    try:
        found = work(), None
    except MinionError as error:
        found = None, error
    except BaseException as error:
        # Its words may quote a value.
        found = None, MinionError(f"the proof was not finished: {type(error).__name__}")
    with suppress(BrokenPipeError):
        pipe.send(found)


def _result(process: ForkProcess, pipe: Pipe) -> Any:
    try:
        found, error = pipe.recv()
    except EOFError:
        process.join(_GONE_S)
        raise MinionError(
            f"the proof was not finished: one of its processes ended with {process.exitcode}"
        ) from None
    if error is not None:
        raise error
    return found
