"""How many messages lie in a channel, over time, followed as operations come. No Qt. Times: ns since the run began.

A queue holds what was put and not received, its feeder's buffer counted; another channel what was sent and not
received.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ipclab.trace import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipclab.operations import Lane, Operations

KEPT = 1_000_000  # moments of one kind in one channel; the older half goes first
_MOVES = np.zeros(64, bool)
_MOVES[[record.PUT, record.DROPPED, record.SEND, record.RECEIVE]] = True
_OF_QUEUES = np.zeros(64, bool)
_OF_QUEUES[[record.PUT, record.DROPPED]] = True
_ADDS = np.zeros(64, bool)
_ADDS[[record.PUT, record.SEND]] = True


class Moments:
    """Moments, sorted; those that come late find their places."""

    def __init__(self) -> None:
        self._times = np.zeros(256, np.int64)
        self._count = self._gone = 0

    def add(self, new: NDArray[np.int64]) -> None:
        """Take moments, at least one."""
        until = self._count + len(new)
        if until > len(self._times):
            self._times = np.concatenate([self._times[: self._count], np.zeros(max(until, 256), np.int64)])
        first = int(np.searchsorted(self._times[: self._count], new.min()))
        self._times[self._count : until] = new
        self._times[first:until].sort()
        self._count = until
        if until > KEPT:
            half = until // 2
            self._times[: until - half] = self._times[half:until].copy()
            self._count, self._gone = until - half, self._gone + half

    def until(self, edges: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many there were at each of these moments, inclusive."""
        counted: NDArray[np.int64] = self._gone + np.searchsorted(self._times[: self._count], edges, side="right")
        return counted

    @property
    def total(self) -> int:
        """How many there ever were."""
        return self._gone + self._count


class Depth:
    """What went into one channel and out of it."""

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

    def follow(self) -> None:
        """Read what has come since the last look."""
        queues = np.array([one.number for one in self._operations.things.values() if one.kind == "queue"], np.uint64)
        parts = [part for lane in self._operations.by_number if (part := self._moves(lane)) is not None]
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
            depth = self.by_channel.setdefault(min(end, self._operations.ends.get(end, end)), Depth())
            (depth.added if one % 2 else depth.removed).add(new)

    def _moves(self, lane: Lane) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]] | None:
        """Return operation, thing and moment of what has ended in a lane since the last look."""
        at = max(0, self._read.get(lane.number, 0) - lane.dropped)
        self._read[lane.number] = lane.dropped + lane.count
        word = lane["word"]
        rows = at + np.flatnonzero(_MOVES[word[at:] >> 8])
        open_rows = [row - lane.dropped for row in self._open.get(lane.number, ()) if row >= lane.dropped]
        if open_rows:
            rows = np.r_[open_rows, rows]
        if not len(rows):
            return None
        done = (word[rows] & record.DONE) != 0
        self._open[lane.number] = (rows[~done] + lane.dropped).tolist()
        rows = rows[done & ((word[rows] & (record.ERROR | record.FAILED)) == 0)]
        operation = (word[rows] >> 8).astype(np.int64)
        times = np.where(operation == record.SEND, lane["begin"][rows], lane["end"][rows])
        return operation, lane["thing"][rows], times


__all__ = ["Depth", "Depths", "Moments"]
