"""How many messages lie in a channel, over time, followed as operations come. No Qt. Times: ns since the run began.

A queue holds what was put and not received, its feeder's buffer counted; another channel what was sent and not
received.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ipclab.columns import Columns, numbered
from ipclab.lane import ROWS, joined
from ipclab.trace import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipclab.operations import Operations

KEPT = 1_000_000  # moments of all channels, 8 MB; the older half of the most goes first
PORTIONS = 16  # of moments of one channel that may lie unsorted
_MOVES = np.zeros(64, bool)
_MOVES[[record.PUT, record.DROPPED, record.SEND, record.RECEIVE]] = True
_OF_QUEUES = np.zeros(64, bool)
_OF_QUEUES[[record.PUT, record.DROPPED]] = True
_ADDS = np.zeros(64, bool)
_ADDS[[record.PUT, record.SEND]] = True


class Moments:
    """Moments, sorted; those that come late find their places."""

    __slots__ = ("_columns", "_new")

    def __init__(self) -> None:
        self._columns = Columns(1)
        self._new: tuple[NDArray[np.int64], ...] = ()  # what is not among them yet: most channels nobody looks at

    def __len__(self) -> int:
        return len(self._columns) + sum(map(len, self._new))

    def add(self, new: NDArray[np.int64]) -> None:
        """Take moments, at least one."""
        self._new += (new.copy(),)
        if len(self._new) >= PORTIONS:
            self._sort()

    def _sort(self) -> NDArray[np.int64]:
        """Return all of them, sorted."""
        if self._new:
            new = np.concatenate(self._new)
            self._new = ()
            first = np.searchsorted(self._columns.rows[0], new.min())
            self._columns.add(len(new))[0] = new
            self._columns.rows[0, first:].sort()
        rows: NDArray[np.int64] = self._columns.rows[0]
        return rows

    def halve(self) -> int:
        """Let the older half go; returns how many went."""
        gone = len(self._sort()) // 2
        self._columns.forget(gone)
        return gone

    def until(self, edges: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many there were at each of these moments, inclusive."""
        places: NDArray[np.int64] = np.searchsorted(self._sort(), edges, side="right")
        return self._columns.gone + places

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
        thing, operation, times = self._moves()
        if not len(thing):
            return
        queues = np.array([one.number for one in self._operations.things.values() if one.kind == "queue"], np.uint64)
        ends, of_end = numbered(thing)
        fits = (np.isin(ends, queues).take(of_end) == _OF_QUEUES[operation]) | (operation == record.RECEIVE)
        code = (of_end * 2 + _ADDS[operation]).compress(fits)
        code = code.astype(np.uint16) if len(ends) < 2**15 else code  # numpy sorts small numbers in a tenth of the time
        order = np.argsort(code, kind="stable")
        code, times = code.take(order), times.compress(fits).take(order)
        edges = np.flatnonzero(np.r_[True, code[1:] != code[:-1], True])[: len(code) + 1].tolist()
        for start, stop in pairwise(edges):
            end, adds = int(ends[code[start] // 2]), code[start] % 2
            channel = min(end, self._operations.ends.get(end, end))
            depth = self.by_channel.get(channel) or self.by_channel.setdefault(channel, Depth())
            (depth.added if adds else depth.removed).add(times[start:stop])
        self._kept += len(times)
        while self._kept > KEPT:
            moments = [some for depth in self.by_channel.values() for some in (depth.added, depth.removed)]
            self._kept -= max(moments, key=len).halve()

    def _moves(self) -> tuple[NDArray[np.uint64], NDArray[Any], NDArray[np.int64]]:
        """Return thing, operation and moment of what has ended since the last look."""
        parts: list[NDArray[Any]] = []
        offsets = []  # of each part, what turns a place into lane * 2**40 + row
        count = 0
        for lane in self._operations.by_number:
            for first, rows in lane.since(self._read.get(lane.number, 0)):
                offsets.append((lane.number << 40) + first - count)
                parts.append(rows)
                count += len(rows)
            self._read[lane.number] = lane.dropped + lane.count
        fresh = len(parts)
        parts += self._ended()
        if not parts:
            return np.zeros(0, np.uint64), np.zeros(0, np.uint16), np.zeros(0, np.int64)
        rows = joined(parts)
        moved = np.flatnonzero(_MOVES[rows["word"] >> 8])
        word = rows["word"].take(moved)
        done = (word & record.DONE) != 0
        of_part = np.repeat(offsets, [len(part) for part in parts[:fresh]])
        for place in moved[~done].tolist():
            at = place + int(of_part[place])
            self._open.setdefault(at >> 40, []).append(at & ROWS)
        whole = done & ((word & (record.ERROR | record.FAILED)) == 0)
        moved, operation = moved.compress(whole), word.compress(whole) >> 8
        begin, end = rows["begin"].take(moved), rows["end"].take(moved)
        return rows["thing"].take(moved), operation, np.where(operation == record.SEND, begin, end)

    def _ended(self) -> list[NDArray[Any]]:
        """Return rows that were pending and have ended, and forget them, and those that gave way."""
        found = []
        for number, numbers in list(self._open.items()):
            lane = self._operations.by_number[number]
            ends = [(row, lane.end_of(row)) for row in numbers]
            if any(end for _, end in ends):
                self._open[number] = [row for row, end in ends if not end]
                if ended := [row for row, end in ends if end > 0]:
                    found.append(lane.take(np.array(ended)))
        return found


__all__ = ["Depth", "Depths", "Moments"]
