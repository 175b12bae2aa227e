"""How many messages lie in a channel, over time, followed as operations come. No Qt. Times: ns since the run began.

A queue holds what was put and not received, its feeder's buffer counted; another channel what was sent and not
received.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ipclab.columns import Columns
from ipclab.trace import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ipclab.operations import Lane, Operations

KEPT = 1_000_000  # moments of all channels, 8 MB; the older half of the most goes first
_MOVES = np.zeros(64, bool)
_MOVES[[record.PUT, record.DROPPED, record.SEND, record.RECEIVE]] = True
_OF_QUEUES = np.zeros(64, bool)
_OF_QUEUES[[record.PUT, record.DROPPED]] = True
_ADDS = np.zeros(64, bool)
_ADDS[[record.PUT, record.SEND]] = True


class Moments:
    """Moments, sorted; those that come late find their places."""

    __slots__ = ("_columns",)

    def __init__(self) -> None:
        self._columns = Columns(1)

    def __len__(self) -> int:
        return len(self._columns)

    def add(self, new: NDArray[np.int64]) -> None:
        """Take moments, at least one."""
        first = self._place(np.array([new.min()]), "left")[0]
        self._columns.add(len(new))[0] = new
        self._columns.rows[0, first:].sort()

    def halve(self) -> int:
        """Let the older half go; returns how many went."""
        gone = len(self) // 2
        self._columns.forget(gone)
        return gone

    def _place(self, edges: NDArray[np.int64], side: Literal["left", "right"]) -> NDArray[np.int64]:
        places: NDArray[np.int64] = np.searchsorted(self._columns.rows[0], edges, side=side)
        return places

    def until(self, edges: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many there were at each of these moments, inclusive."""
        return self._columns.gone + self._place(edges, "right")

    @property
    def total(self) -> int:
        """How many there ever were."""
        return self._columns.gone + len(self)


class Depth:
    """What went into one channel and out of it."""

    __slots__ = ("added", "removed")

    def __init__(self) -> None:
        self.added, self.removed = Moments(), Moments()

    def at(self, edges: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many messages were in it at these moments."""
        depth: NDArray[np.int64] = np.maximum(0, self.added.until(edges) - self.removed.until(edges))
        return depth


class Depths:
    """The depths of a run's channels, by the lower number of a channel's ends."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self.by_channel: dict[int, Depth] = {}
        self._read: dict[int, int] = {}  # by lane: rows up to here
        self._open: dict[int, list[int]] = {}  # by lane: rows of what is pending
        self._kept = 0

    def follow(self) -> None:
        """Read what has come since the last look."""
        queues = np.array([one.number for one in self._operations.things.values() if one.kind == "queue"], np.uint64)
        parts = [part for lane in self._operations.by_number for part in self._moves(lane)]
        if not parts:
            return
        operation, thing, times = (np.concatenate([part[which] for part in parts]) for which in range(3))
        fits = (np.isin(thing, queues) == _OF_QUEUES[operation]) | (operation == record.RECEIVE)
        operation, thing, times = operation[fits], thing[fits], times[fits]
        ends, of_end = np.unique(thing, return_inverse=True)
        code = of_end * 2 + _ADDS[operation]
        order = np.argsort(code, kind="stable")
        codes, first = np.unique(code[order], return_index=True)
        for one, new in zip(codes.tolist(), np.split(times[order], first[1:]), strict=False):
            end = int(ends[one // 2])
            channel = min(end, self._operations.ends.get(end, end))
            depth = self.by_channel.get(channel) or self.by_channel.setdefault(channel, Depth())
            (depth.added if one % 2 else depth.removed).add(new)
        self._kept += len(times)
        while self._kept > KEPT:
            moments = [some for depth in self.by_channel.values() for some in (depth.added, depth.removed)]
            self._kept -= max(moments, key=len).halve()

    def _moves(self, lane: Lane) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]]]:
        """Yield operation, thing and moment of what has ended in a lane since the last look."""
        pending = np.array([row for row in self._open.get(lane.number, ()) if row >= lane.dropped], np.int64)
        looked_at = [(pending, lane.take(pending))] if len(pending) else []
        for first, rows in lane.since(self._read.get(lane.number, 0)):
            moved = np.flatnonzero(_MOVES[rows["word"] >> 8])
            looked_at.append((moved + first, rows.take(moved)))
        self._read[lane.number] = lane.dropped + lane.count
        self._open[lane.number] = []
        for numbers, rows in looked_at:
            word = rows["word"]
            done = (word & record.DONE) != 0
            self._open[lane.number] += numbers[~done].tolist()
            whole: NDArray[Any] = rows.compress(done & ((word & (record.ERROR | record.FAILED)) == 0))
            operation = (whole["word"] >> 8).astype(np.int64)
            yield operation, whole["thing"], np.where(operation == record.SEND, whole["begin"], whole["end"])


__all__ = ["Depth", "Depths", "Moments"]
