"""The run's clock: nanoseconds of `time.perf_counter_ns` since the run began.

On Linux, Windows and macOS that counter has one origin for all processes of a machine (CLOCK_MONOTONIC,
QueryPerformanceCounter, mach_absolute_time).
"""

from __future__ import annotations

import sys
from contextlib import suppress
from time import perf_counter_ns as now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from multiprocessing.connection import Connection

EXCHANGES = 50  # times that one process asks another for its clock


def difference(end: Connection) -> int:
    """Return the most by which the clock at a pipe's other end can differ from ours, in ns.

    Each answer was made after we had asked and before we had it; the narrowest of all exchanges counts. Two clocks of
    one origin come out as far apart as a message takes. The process at the other end has to be in `answer`.

    Raises:
        EOFError, OSError: it has gone.
    """
    ahead, behind = sys.maxsize, sys.maxsize
    for _ in range(EXCHANGES):
        asked = now()
        end.send(None)
        there = end.recv()
        ahead, behind = min(ahead, there - asked), min(behind, now() - there)
    return max(ahead, behind)


def answer(end: Connection) -> str:
    """Tell the process at a pipe's other end the time whenever it asks; return what it says once it knows."""
    with suppress(EOFError):
        while (told := end.recv()) is None:
            end.send(now())
        return str(told)
    return "the clocks were not compared"


def tell(end: Connection, words: str) -> None:
    """Say to the process at a pipe's other end what came of the comparison: it is in `answer`, which returns it."""
    end.send(words)


__all__ = ["answer", "difference", "now", "tell"]
