"""The calls of one process, followed as they come, as numbers ready to be drawn. No Qt.

Times are nanoseconds since the run began.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ipclab.columns import Columns
from ipclab.trace import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipclab.operations import Lane

WAITS = np.zeros(64, bool)  # by operation: what may take long because of somebody else
WAITS[[record.JOIN, record.RECEIVE, record.POLL, record.WAIT, record.GET, record.PUT, record.JOIN_QUEUE, record.FLUSH,
       record.ACQUIRE, record.WAIT_EVENT, record.WAIT_CONDITION, record.WAIT_BARRIER, record.CALL, record.ACCEPT,
       record.CONNECT, record.SEND, record.RESULT_OF]] = True  # fmt: skip
ON_CHANNELS = np.zeros(64, bool)
ON_CHANNELS[[record.SEND, record.RECEIVE, record.POLL, record.WAIT, record.PUT, record.GET, record.TASK_DONE,
             record.JOIN_QUEUE, record.FLUSH, record.EMPTY, record.CLOSE, record.DROPPED]] = True  # fmt: skip
BUSY = 50_000  # ns: so long a call may take by itself (put() and recv() of 64 B took 5 to 30 µs); beyond, it waits
MANY = 20_000  # rows in view beyond which a lane is read as shares of time
PENDING = 2**62
_BEGIN, _LATEST, _NUMBER, _CALLS = range(4)  # behind _CALLS: waits for channels, for others
_COLUMNS = 6
_ENDED = 1  # of tasks: behind _BEGIN, before _NUMBER


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
        self._columns = Columns(_COLUMNS)
        self._tasks = Columns(3)  # one after the other; the calls of a task are calls of its process as any others
        self._read = lane.dropped
        self._open: dict[int, int] = {}  # numbers of rows that are pending, and their operations
        self._before = np.zeros(4, np.int64)  # the last that was let go: until when, and what had been spent by then

    def __len__(self) -> int:
        return len(self._columns)

    def _column(self, which: int) -> NDArray[np.int64]:
        column: NDArray[np.int64] = self._columns.rows[which]
        return column

    def _place(self, number: int) -> int:
        return int(np.searchsorted(self._column(_NUMBER), number))

    def follow(self) -> None:
        """Read what has come since the last look."""
        if len(self) and self._column(_NUMBER)[0] < self.lane.dropped:
            self._forget()
        ended = [number for number in self._open if (one := self.lane.operation(number)) is None or one.end]
        for number in ended:
            del self._open[number]
        self._follow_tasks()
        if ended:
            self._sum_again(max(self.lane.dropped, ended[0]))
        for number, rows in self.lane.since(self._read):
            self._append(number, rows)
        self._read = self.lane.dropped + self.lane.count

    def _follow_tasks(self) -> None:
        """Let go of tasks that gave way in the lane, and look whether the last has ended."""
        self._tasks.forget(int(np.searchsorted(self._tasks.rows[_NUMBER], self.lane.dropped)))
        tasks = self._tasks.rows
        if len(self._tasks) and tasks[_ENDED, -1] == PENDING:
            last = self.lane.operation(int(tasks[_NUMBER, -1]))
            tasks[_ENDED, -1] = (last.end if last is not None else 0) or PENDING

    def _forget(self) -> None:
        """Let go of what gave way in the lane."""
        gone = self._place(self.lane.dropped)
        self._before = self._columns.rows[[_LATEST, _CALLS, _CALLS + 1, _CALLS + 2], gone - 1].copy()
        self._columns.forget(gone)

    def _append(self, number: int, rows: NDArray[Any]) -> None:
        """Take the calls among rows of which the first has this number."""
        operation = rows["word"] >> 8
        fed = (operation == record.SEND) & (rows["thread"] > 1)
        tasks = np.flatnonzero(operation == record.TASK)
        if len(tasks):
            added, end = self._tasks.add(len(tasks)), rows["end"][tasks]
            added[_BEGIN], added[_NUMBER] = rows["begin"][tasks], tasks + number
            added[_ENDED] = np.where(end == 0, PENDING, end)
        calls = np.flatnonzero((rows["word"] != 0) & ((rows["site"] != record.NOWHERE) | fed))
        if not len(calls):
            return
        operation, begin, end = operation[calls], rows["begin"][calls], rows["end"][calls]
        new = self._columns.add(len(calls))
        new[_BEGIN], new[_NUMBER] = begin, calls + number
        for place in np.flatnonzero(end == 0).tolist():
            self._open[int(new[_NUMBER, place])] = int(operation[place])
        self._sum(len(self) - len(calls), end, operation)
        things = rows["thing"][calls[-1000:]][ON_CHANNELS[operation[-1000:]]]
        if len(things):
            values, counts = np.unique(things, return_counts=True)
            self.channel = int(values[np.argmax(counts)])

    def _sum_again(self, number: int) -> None:
        """Sum up anew from a row on: it has ended."""
        for first, rows in self.lane.since(number):
            start, stop = self._place(first), self._place(first + len(rows))
            mine = self._column(_NUMBER)[start:stop] - first
            self._sum(start, rows["end"][mine], rows["word"][mine] >> 8)

    def _sum(self, first: int, end: NDArray[np.int64], operation: NDArray[Any]) -> None:
        """Sum up the time that so many calls from a place on took; what begins within another call adds nothing."""
        columns = self._columns.rows
        part = columns[:, first : first + len(end)]
        begin = part[_BEGIN]
        start = columns[[_LATEST, _CALLS, _CALLS + 1, _CALLS + 2], first - 1] if first else self._before
        ended = np.where(end == 0, begin, end)
        np.maximum.accumulate(np.maximum(ended, start[0]), out=part[_LATEST])
        before = np.r_[start[0], part[_LATEST][:-1]]
        spent = np.maximum(0, ended - np.maximum(begin, before))  # before that moment it adds nothing
        waited = np.where(WAITS[operation], np.maximum(0, spent - BUSY), 0)
        on = ON_CHANNELS[operation]
        sums = np.stack([spent, np.where(on, waited, 0), np.where(on, 0, waited)])
        np.cumsum(sums, axis=1, out=part[_CALLS:])
        part[_CALLS:] += start[1:, None]

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
        numbers = self._column(_NUMBER)[first:last]
        if self._open:
            early = [number for number in self._open if not len(numbers) or number < numbers[0]]
            numbers = np.r_[sorted(early), numbers].astype(np.int64)
        tasks = self._tasks.rows
        first, last = int(np.searchsorted(tasks[_ENDED], start)), int(np.searchsorted(tasks[_BEGIN], stop))
        if last - first > MANY:
            return None
        if last > first:
            numbers = np.union1d(numbers, tasks[_NUMBER, first:last])
        rows = self.lane.take(numbers[numbers >= self.lane.dropped])
        end = np.where(rows["end"] == 0, PENDING, rows["end"])
        inside = (end >= start) & (rows["begin"] < stop)
        rows, end, numbers = rows[inside], end[inside], numbers[numbers >= self.lane.dropped][inside]
        return Blocks(rows["begin"], end, rows["word"] >> 8, rows["thing"], rows["size"], numbers)

    def shares(self, edges: NDArray[np.int64], until: int) -> Shares:
        """Return how the time between edges, ascending, was spent; what is pending lasts until `until`."""
        if not len(self):
            return Shares(self._in_tasks(edges, until), *np.zeros((2, len(edges) - 1)))
        columns = self._columns.rows
        begin, latest, sums = columns[_BEGIN], columns[_LATEST], columns[_CALLS:]
        # A call adds from its begin on, and not before the latest end of those before it: both ascend.
        at = np.minimum(np.searchsorted(begin, edges, side="right"), np.searchsorted(latest, edges, side="right") + 1)
        if self._before[0] > 0:
            at = np.where(edges < self._before[0], 0, at)
        last = np.maximum(at - 1, 0)  # the call that an edge lies in, or that was the last before it: it counts in part
        ahead = np.maximum(last - 1, 0)
        before, spent = (np.array([one.take(where) for one in sums]) for where in (ahead, last))
        reached = latest.take(ahead)
        early = int(np.searchsorted(at, 2))  # so many edges lie in the first call or before it
        if early:
            before[:, :early], reached[:early] = self._before[1:, None], self._before[0]
        within = edges - np.maximum(begin.take(last), reached)
        spent -= before
        np.minimum(spent[0], within, out=spent[0])
        np.minimum(spent[1:], within - BUSY, out=spent[1:])
        np.maximum(spent, 0, out=spent)
        spent[:, : int(np.searchsorted(at, 1))] = 0
        spent += before
        width = np.maximum(1, np.diff(edges))
        share = np.minimum((spent[:, 1:] - spent[:, :-1]) / width, 1.0)
        for number, kind in self._open.items():
            covered = np.minimum(edges[1:], until) - np.maximum(edges[:-1], begin[self._place(number)])
            covered = np.clip(covered / width, 0, 1)
            share[0] = np.maximum(share[0], covered)
            if WAITS[kind]:
                which = 1 if ON_CHANNELS[kind] else 2
                share[which] = np.maximum(share[which], covered)
        share[0] = np.maximum(share[0], self._in_tasks(edges, until))
        return Shares(*share)

    def _in_tasks(self, edges: NDArray[np.int64], until: int) -> NDArray[np.float64]:
        """Return which part of the time between edges went into tasks."""
        if not len(self._tasks):
            return np.zeros(len(edges) - 1)
        begin, end = self._tasks.rows[_BEGIN], np.minimum(self._tasks.rows[_ENDED], until)
        before = np.r_[0, np.cumsum(end - begin)]  # spent in those before each
        last = np.maximum(np.searchsorted(begin, edges, side="right") - 1, 0)
        spent = before[last] + np.clip(edges - begin[last], 0, end[last] - begin[last])
        share: NDArray[np.float64] = np.diff(spent) / np.maximum(1, np.diff(edges))
        return share

    def counts(self, edges: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many calls had begun at each moment."""
        counted: NDArray[np.int64] = np.searchsorted(self._column(_BEGIN), edges).astype(np.int64)
        return counted

    def pending(self) -> list[int]:
        """Return the row numbers of calls that have not ended, the oldest first."""
        return list(self._open)

    def nearest(self, time: int) -> int | None:
        """Return the row number of the call that began last before a moment, else of the first; None without calls."""
        if not len(self):
            return None
        place = max(0, int(np.searchsorted(self._column(_BEGIN), time, side="right")) - 1)
        return int(self._column(_NUMBER)[place])

    def beside(self, number: int, by: int) -> int | None:
        """Return the row number of the call `by` places after the one in this row; the outermost beyond the ends."""
        if not len(self):
            return None
        place = self._place(number) + by
        return int(self._column(_NUMBER)[min(max(place, 0), len(self) - 1)])


__all__ = ["BUSY", "ON_CHANNELS", "PENDING", "WAITS", "Blocks", "LaneReader", "Shares"]
