"""The calls of one process, followed as they come, as numbers ready to be drawn. No Qt.

Times are nanoseconds since the run began.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ipclab.trace import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipclab.operations import Lane

WAITS = np.zeros(64, bool)  # by operation: what may take long because of somebody else
WAITS[[record.JOIN, record.RECEIVE, record.POLL, record.WAIT, record.GET, record.PUT, record.JOIN_QUEUE, record.FLUSH,
       record.ACQUIRE, record.WAIT_EVENT, record.WAIT_CONDITION, record.WAIT_BARRIER, record.CALL, record.ACCEPT,
       record.CONNECT, record.SEND]] = True  # fmt: skip
ON_CHANNELS = np.zeros(64, bool)
ON_CHANNELS[[record.SEND, record.RECEIVE, record.POLL, record.WAIT, record.PUT, record.GET, record.TASK_DONE,
             record.JOIN_QUEUE, record.FLUSH, record.EMPTY, record.CLOSE, record.DROPPED]] = True  # fmt: skip
BUSY = 50_000  # ns: so long a call may take by itself (put() and recv() of 64 B took 5 to 30 µs); beyond, it waits
MANY = 20_000  # rows in view beyond which a lane is read as shares of time
PENDING = 2**62
_FIRST_ROOM = 256
_BEGIN, _END, _LATEST, _NUMBER, _OPERATION, _FROM, _CALLS = range(7)  # behind _CALLS: waits for channels, for others
_COLUMNS = 9


@dataclass(slots=True)
class Blocks:
    """The calls of one lane in view: a column each, of the same length."""

    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    operation: NDArray[Any]
    thing: NDArray[np.uint64]
    size: NDArray[np.int64]
    number: NDArray[np.int64]  # of the row in its lane


@dataclass(slots=True)
class Shares:
    """For each column of pixels the share of time that a lane spent in calls, waiting for channels, for others."""

    calls: NDArray[np.float64]
    waits: NDArray[np.float64]
    others: NDArray[np.float64]


class LaneReader:
    """The calls of one process: those of a person's code, and what a queue's feeder thread sends.

    Rows are read once. Those that are pending are looked at again until they have ended, so that a thread that waits
    for minutes costs nothing.
    """

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.channel = 0  # the end that most of the latest calls were on
        self._columns = np.zeros((_COLUMNS, _FIRST_ROOM), np.int64)
        self._count = 0
        self._read = lane.dropped
        self._open: list[int] = []  # places of what is pending
        self._gone = np.zeros(3, np.int64)  # what had been spent before the first that is kept

    def __len__(self) -> int:
        return self._count

    def _column(self, which: int) -> NDArray[np.int64]:
        return self._columns[which, : self._count]

    def follow(self) -> None:
        """Read what has come since the last look."""
        if self._count and self._columns[_NUMBER, 0] < self.lane.dropped:
            self._forget()
        first = self._count
        for place in self._close():
            first = min(first, place)
        if self._read < self.lane.dropped + self.lane.count:
            self._append()
        if first < self._count:
            self._sum(first)

    def _forget(self) -> None:
        """Let go of what gave way in the lane."""
        gone = int(np.searchsorted(self._column(_NUMBER), self.lane.dropped))
        if gone:
            self._gone = self._columns[_CALLS:, gone - 1].copy()
        self._columns[:, : self._count - gone] = self._columns[:, gone : self._count].copy()
        self._count -= gone
        self._open = [place - gone for place in self._open if place >= gone]

    def _close(self) -> list[int]:
        """Take the ends of what was pending; returns the places."""
        dropped, ends = self.lane.dropped, self.lane["end"]
        closed = [place for place in self._open if ends[self._columns[_NUMBER, place] - dropped]]
        for place in closed:
            self._columns[_END, place] = ends[self._columns[_NUMBER, place] - dropped]
            self._open.remove(place)
        return closed

    def _append(self) -> None:
        lane = self.lane
        at = max(0, self._read - lane.dropped)
        self._read = lane.dropped + lane.count
        word: NDArray[Any] = lane["word"][at:]
        operation = word >> 8
        fed = (operation == record.SEND) & (lane["thread"][at:] > 1)
        rows = np.flatnonzero((word != 0) & ((lane["site"][at:] != record.NOWHERE) | fed))
        if not len(rows):
            return
        until = self._count + len(rows)
        if until > self._columns.shape[1]:
            grown = np.zeros((_COLUMNS, max(until, 2 * self._count)), np.int64)
            grown[:, : self._count] = self._columns[:, : self._count]
            self._columns = grown
        new = self._columns[:, self._count : until]
        new[_BEGIN], new[_END] = lane["begin"][at:][rows], lane["end"][at:][rows]
        new[_NUMBER], new[_OPERATION] = rows + (at + lane.dropped), operation[rows]
        pending = np.flatnonzero(new[_END] == 0)
        new[_END][pending] = PENDING
        self._open += (pending + self._count).tolist()
        self._count = until
        things = lane["thing"][at:][rows[-1000:]][ON_CHANNELS[new[_OPERATION][-1000:]]]
        if len(things):
            values, counts = np.unique(things, return_counts=True)
            self.channel = int(values[np.argmax(counts)])

    def _sum(self, first: int) -> None:
        """Sum up the time spent from a place on; what begins within another call adds nothing."""
        part = self._columns[:, first : self._count]
        begin, end, operation = part[_BEGIN], part[_END], part[_OPERATION]
        reached = int(self._columns[_LATEST, first - 1]) if first else 0
        ended = np.where(end == PENDING, begin, end)
        np.maximum.accumulate(np.maximum(ended, reached), out=part[_LATEST])
        before = np.r_[reached, part[_LATEST][:-1]]
        part[_FROM] = np.maximum(begin, before)  # from here on it adds to the time in calls
        spent = np.maximum(0, ended - part[_FROM])
        waited = np.where(WAITS[operation], np.maximum(0, spent - BUSY), 0)
        on = ON_CHANNELS[operation]
        start = self._columns[_CALLS:, first - 1] if first else self._gone
        sums = np.stack([spent, np.where(on, waited, 0), np.where(on, 0, waited)])
        part[_CALLS:] = start[:, None] + np.cumsum(sums, axis=1)

    # ------------------------------------------------------------------------------------------------- for a span

    def count(self, start: int, stop: int) -> int:
        """Return about how many calls reach into a span; fast."""
        first, last = np.searchsorted(self._column(_LATEST), start), np.searchsorted(self._column(_BEGIN), stop)
        return max(0, int(last - first))

    def blocks(self, start: int, stop: int) -> Blocks | None:
        """Return the calls that reach into a span; None where they are too many to be told apart."""
        first = int(np.searchsorted(self._column(_LATEST), start))
        last = int(np.searchsorted(self._column(_BEGIN), stop))
        if last - first > MANY:
            return None
        inside = first + np.flatnonzero(self._column(_END)[first:last] >= start)
        still = [place for place in self._open if place < first and self._columns[_BEGIN, place] < stop]
        if still:
            inside = np.r_[still, inside]
        return self._blocks(inside)

    def _blocks(self, places: NDArray[np.int64]) -> Blocks:
        lane, chosen = self.lane, self._columns[:, places]
        at = chosen[_NUMBER] - lane.dropped
        kept = at >= 0
        chosen, at = chosen[:, kept], at[kept]
        return Blocks(
            chosen[_BEGIN], chosen[_END], chosen[_OPERATION], lane["thing"][at], lane["size"][at], chosen[_NUMBER]
        )

    def shares(self, edges: NDArray[np.int64], until: int) -> Shares:
        """Return how the time between edges, ascending, was spent; what is pending lasts until `until`."""
        if not self._count:
            return Shares(*np.zeros((3, len(edges) - 1)))
        at = np.searchsorted(self._column(_FROM), edges, side="right")
        last = np.maximum(at - 1, 0)  # the call that an edge lies in, or that was the last before it: it counts in part
        before = np.where(last > 0, self._columns[_CALLS:, last - 1], self._gone[:, None])
        within = edges - self._columns[_FROM, last]
        part = np.stack([within, within - BUSY, within - BUSY]).clip(0)
        spent = before + np.where(at > 0, np.minimum(self._columns[_CALLS:, last] - before, part), 0)
        width = np.maximum(1, np.diff(edges))
        share = np.clip(np.diff(spent, axis=1) / width, 0, 1)
        for place in self._open:
            kind = self._columns[_OPERATION, place]
            covered = np.minimum(edges[1:], until) - np.maximum(edges[:-1], self._columns[_BEGIN, place])
            covered = np.clip(covered / width, 0, 1)
            share[0] = np.maximum(share[0], covered)
            if WAITS[kind]:
                which = 1 if ON_CHANNELS[kind] else 2
                share[which] = np.maximum(share[which], covered)
        return Shares(*share)

    def counts(self, edges: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many calls had begun at each moment."""
        counted: NDArray[np.int64] = np.searchsorted(self._column(_BEGIN), edges).astype(np.int64)
        return counted

    def pending(self) -> list[int]:
        """Return the row numbers of calls that have not ended, the oldest first."""
        return [int(self._columns[_NUMBER, place]) for place in self._open]

    def nearest(self, time: int) -> int | None:
        """Return the row number of the call that began last before a moment, else of the first; None without calls."""
        if not self._count:
            return None
        place = max(0, int(np.searchsorted(self._column(_BEGIN), time, side="right")) - 1)
        return int(self._columns[_NUMBER, place])

    def beside(self, number: int, by: int) -> int | None:
        """Return the row number of the call `by` places after the one in this row; the outermost beyond the ends."""
        if not self._count:
            return None
        place = int(np.searchsorted(self._column(_NUMBER), number)) + by
        return int(self._columns[_NUMBER, min(max(place, 0), self._count - 1)])


__all__ = ["BUSY", "ON_CHANNELS", "PENDING", "WAITS", "Blocks", "LaneReader", "Shares"]
