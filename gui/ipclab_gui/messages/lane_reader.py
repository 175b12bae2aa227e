"""The calls of each process, followed as they come, as numbers ready to be drawn. No Qt.

Times are nanoseconds since the run began.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ipclab.columns import Columns, numbered
from ipclab.lane import joined
from ipclab.trace import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from ipclab.lane import Lane

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
_BEGIN, _NUMBER, _LATEST, _CALLS = range(4)  # behind _CALLS: waits for channels, for others
_COLUMNS = 6
_TASK_BEGIN, _TASK_END, _TASK = range(3)  # columns of tasks, the last is the row's number
AT_ONCE = 2**15  # rows, about


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

    Rows are read once (`follow`). Those that are pending are looked at again until they have ended, so that a thread
    that waits for minutes costs nothing.
    """

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.channel = 0  # the end that most of the latest calls were on
        self._columns = Columns(_COLUMNS)
        self._tasks = Columns(3)  # one after the other; the calls of a task are calls of its process as any others
        self._read = self.new_from = lane.dropped  # rows up to here have been read; before the last look
        self._open: dict[int, int] = {}  # numbers of rows that are pending, and their operations
        self._before = np.zeros(4, np.int64)  # the last that was let go: until when, and what had been spent by then

    def __len__(self) -> int:
        return len(self._columns)

    def _column(self, which: int) -> NDArray[np.int64]:
        column: NDArray[np.int64] = self._columns.rows[which]
        return column

    def _place(self, number: int) -> int:
        return int(np.searchsorted(self._column(_NUMBER), number))

    def pieces(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield the rows to be taken: new ones, behind those from the first on that has ended since the last look."""
        if self.lane.dropped and len(self) and self._column(_NUMBER)[0] < self.lane.dropped:
            self._forget()
        self._follow_tasks()
        start = self.new_from = self._read
        ended = [(number, end) for number in self._open if (end := self.lane.end_of(number))]
        if ended:
            start = next((number for number, end in ended if end > 0), start)  # others gave way
            self._open = {number: self._open[number] for number in self._open if self.lane.dropped <= number < start}
            self._columns.cut(len(self) - self._place(start))
        yield from self.lane.since(start)
        self._read = self.lane.dropped + self.lane.count

    def _follow_tasks(self) -> None:
        """Let go of tasks that gave way in the lane, and look whether the last has ended."""
        if not len(self._tasks):
            return
        self._tasks.forget(int(np.searchsorted(self._tasks.rows[_TASK], self.lane.dropped)))
        tasks = self._tasks.rows
        if len(self._tasks) and tasks[_TASK_END, -1] == PENDING:
            tasks[_TASK_END, -1] = self.lane.end_of(int(tasks[_TASK, -1])) or PENDING

    def _forget(self) -> None:
        """Let go of what gave way in the lane."""
        gone = self._place(self.lane.dropped)
        self._before = self._columns.rows[_LATEST:, gone - 1].copy()
        self._columns.forget(gone)

    @property
    def spent(self) -> NDArray[np.int64]:
        """Until when the calls so far reach, and what had been spent by then: in calls, waits for channels, others."""
        return self._columns.rows[_LATEST:, -1] if len(self) else self._before

    def add_tasks(self, rows: NDArray[Any], numbers: NDArray[np.int64]) -> None:
        """Take the tasks among rows with these numbers that are new."""
        new = np.flatnonzero((rows["word"] >> 8 == record.TASK) & (numbers >= self.new_from))
        end = rows["end"][new]
        added = self._tasks.add(len(end))
        added[_TASK_BEGIN], added[_TASK] = rows["begin"][new], numbers[new]
        added[_TASK_END] = np.where(end == 0, PENDING, end)

    def add(self, columns: NDArray[np.int64], opened: dict[int, int], channel: int) -> None:
        """Take calls: all columns, those among them that are pending, and their channel, 0 for none."""
        self._columns.extend(columns)
        self._open |= opened
        self.channel = channel or self.channel

    # ------------------------------------------------------------------------------------------------- for a span

    def count(self, start: int, stop: int) -> int:
        """Return about how many calls reach into a span; fast."""
        first, last = self._column(_LATEST).searchsorted(start), self._column(_BEGIN).searchsorted(stop)
        return max(0, int(last - first))

    def begun(self, start: int, stop: int) -> int:
        """Return how many calls begin in a span; fast."""
        begin = self._column(_BEGIN)
        return int(begin.searchsorted(stop) - begin.searchsorted(start))

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
        first, last = int(np.searchsorted(tasks[_TASK_END], start)), int(np.searchsorted(tasks[_TASK_BEGIN], stop))
        if last - first > MANY:
            return None
        if last > first:
            numbers = np.union1d(numbers, tasks[_TASK, first:last])
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
        at = np.minimum(begin.searchsorted(edges, "right"), latest.searchsorted(edges, "right") + 1)
        if self._before[0] > 0:
            at = np.where(edges < self._before[0], 0, at)
        last = np.maximum(at - 1, 0)  # the call that an edge lies in, or that was the last before it: it counts in part
        ahead = np.maximum(last - 1, 0)
        before, spent = (np.array([one.take(where) for one in sums]) for where in (ahead, last))
        reached = latest.take(ahead)
        early = int(at.searchsorted(2))  # so many edges lie in the first call or before it
        if early:
            before[:, :early], reached[:early] = self._before[1:, None], self._before[0]
        within = edges - np.maximum(begin.take(last), reached)
        spent -= before
        np.minimum(spent[0], within, out=spent[0])
        np.minimum(spent[1:], within - BUSY, out=spent[1:])
        np.maximum(spent, 0, out=spent)
        spent[:, : int(at.searchsorted(1))] = 0
        spent += before
        width = np.maximum(1, edges[1:] - edges[:-1])
        share = np.minimum((spent[:, 1:] - spent[:, :-1]) / width, 1.0)
        for which, since in self._pending_since().items():
            covered = np.minimum(edges[1:], until) - np.maximum(edges[:-1], since)
            share[which] = np.maximum(share[which], np.clip(covered / width, 0, 1))
        if len(self._tasks):
            share[0] = np.maximum(share[0], self._in_tasks(edges, until))
        return Shares(*share)

    def _pending_since(self) -> dict[int, int]:
        """Return since when the oldest call is pending (0), wait for a channel (1), for others (2): it covers all."""
        if not self._open:
            return {}
        kinds = np.array(list(self._open.values()))
        begin = self._column(_BEGIN).take(self._column(_NUMBER).searchsorted(list(self._open)))
        on = ON_CHANNELS[kinds]
        chosen = np.ones(len(kinds), bool), WAITS[kinds] & on, WAITS[kinds] & ~on
        return {which: int(begin[some].min()) for which, some in enumerate(chosen) if some.any()}

    def _in_tasks(self, edges: NDArray[np.int64], until: int) -> NDArray[np.float64]:
        """Return which part of the time between edges went into tasks."""
        if not len(self._tasks):
            return np.zeros(len(edges) - 1)
        begin, end = self._tasks.rows[_TASK_BEGIN], np.minimum(self._tasks.rows[_TASK_END], until)
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


def follow(readers: Iterable[LaneReader]) -> None:
    """Read what has come since the last look, of all processes together: one by one takes several times as long."""
    some: list[tuple[LaneReader, int, NDArray[Any]]] = []
    count = 0
    for reader in readers:
        for number, rows in reader.pieces():
            some.append((reader, number, rows))
            count += len(rows)
            if count >= AT_ONCE:
                _take(some)
                some, count = [], 0
    if some:
        _take(some)


def _take(pieces: list[tuple[LaneReader, int, NDArray[Any]]]) -> None:
    """Read pieces, those of one reader beside each other."""
    rows = joined([part for *_, part in pieces])
    counts = [len(part) for *_, part in pieces]
    readers = list(dict.fromkeys(reader for reader, *_ in pieces))
    place_of = {reader: place for place, reader in enumerate(readers)}
    owner = np.repeat([place_of[reader] for reader, *_ in pieces], counts)
    starts = [number - start for (_, number, _), start in zip(pieces, accumulate(counts, initial=0), strict=False)]
    numbers = np.arange(len(rows)) + np.repeat(starts, counts)
    word, thread, site = rows["word"], rows["thread"], rows["site"]
    operation = word >> 8
    for place in np.unique(owner[operation == record.TASK]).tolist():
        mine = slice(*np.searchsorted(owner, (place, place + 1)).tolist())
        readers[place].add_tasks(rows[mine], numbers[mine])
    fed = (operation == record.SEND) & (thread > 1)
    calls = np.flatnonzero((word != 0) & ((site != record.NOWHERE) | fed))
    if not len(calls):
        return
    owner, operation, numbers = owner.take(calls), operation.take(calls), numbers.take(calls)
    begin, end, thing = (rows[name].take(calls) for name in ("begin", "end", "thing"))
    edges = np.searchsorted(owner, np.arange(len(readers) + 1)).tolist()
    columns = np.empty((_COLUMNS, len(calls)), np.int64)
    columns[_BEGIN], columns[_NUMBER] = begin, numbers
    before = np.array([reader.spent for reader in readers]).T
    _sum(columns, np.where(end == 0, begin, end), operation, owner, before)
    opened: list[dict[int, int]] = [{} for _ in readers]
    for place in np.flatnonzero(end == 0).tolist():
        opened[int(owner[place])][int(numbers[place])] = int(operation[place])
    new = numbers >= np.array([reader.new_from for reader in readers]).take(owner)
    channels = _channels(owner, thing, ON_CHANNELS[operation] & new, len(readers))
    for reader, (start, stop), pending, channel in zip(readers, pairwise(edges), opened, channels, strict=True):
        if stop > start:
            reader.add(columns[:, start:stop], pending, channel)


def _sum(
    columns: NDArray[np.int64], ended: NDArray[np.int64], operation: NDArray[Any], owner: NDArray[np.int64],
    before: NDArray[np.int64],
) -> None:  # fmt: skip
    """Sum up the time that calls took, each owner's for itself; what begins within another call adds nothing.

    Args:
        columns: of the calls; those from _LATEST on are filled in.
        ended: when each ended; a pending one's begin.
        operation: of each.
        owner: whose each is, ascending.
        before: `LaneReader.spent` of each owner, (4, owners).
    """
    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    before = before.take(owner.take(first), axis=1)
    low = min(0, int(ended.min()), int(before[0].min()))
    lift = owner * (max(int(ended.max()), int(before[0].max())) - low + 1) - low  # above all of the owner before
    latest = ended + lift
    latest[first] = np.maximum(latest[first], before[0] + lift[first])
    np.maximum.accumulate(latest, out=latest)
    latest -= lift
    reached = np.empty_like(latest)
    reached[1:] = latest[:-1]
    reached[first] = before[0]
    spent = np.maximum(0, ended - np.maximum(columns[_BEGIN], reached))  # before that moment it adds nothing
    waited = np.where(WAITS[operation], np.maximum(0, spent - BUSY), 0)
    on = ON_CHANNELS[operation]
    columns[_LATEST], columns[_CALLS] = latest, spent
    columns[_CALLS + 1], columns[_CALLS + 2] = waited * on, waited * ~on
    sums = np.cumsum(columns[_CALLS:], axis=1)
    others = np.zeros((3, len(first)), np.int64)  # what the owners before have spent
    others[:, 1:] = sums[:, first[1:] - 1]
    columns[_CALLS:] = sums + np.repeat(before[1:] - others, np.diff(np.r_[first, len(owner)]), axis=1)


def _channels(owner: NDArray[np.int64], thing: NDArray[np.uint64], on: NDArray[np.bool_], owners: int) -> list[int]:
    """Return for each owner which end most of its calls on channels (`on`) were on; 0 for none."""
    chosen = np.flatnonzero(on)
    ends, which = numbered(thing.take(chosen))
    codes, each = numbered((owner.take(chosen) * len(ends) + which).astype(np.uint64))
    found, most = [0] * owners, [0] * owners
    for code, count in zip(codes.tolist(), np.bincount(each).tolist(), strict=True):
        whose, end = divmod(code, len(ends))
        if count > most[whose]:
            found[whose], most[whose] = int(ends[end]), count
    return found


__all__ = ["BUSY", "ON_CHANNELS", "PENDING", "WAITS", "Blocks", "LaneReader", "Shares", "follow"]
