"""When what was done to what, sorted, so that the state of a run at any moment is found by binary search.

Followed in portions as operations come. One thread at a time. Times are in nanoseconds since the run began.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ipclab import operations
from ipclab.trace import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ipclab.lane import Lane, Operation
    from ipclab.operations import Operations

# kinds of lines
SENT, RECEIVED, PUT, WRITTEN, DROPPED, HAD, LET_GO, READ, WROTE, ASKED, OPENED, CLOSED, UNLINKED, CELL, CALLS = range(
    15
)
ALL = -1  # in place of a lane: those of all processes
CELLS = 16  # of an Array whose values are kept apart
PORTION = 10_000  # operations that are read at once: 4 ms or so
KEPT = operations.KEPT  # moments in one line; the older half goes first
_FIRST_ROOM = 16

_KIND = np.full(64, -1, np.int64)
for _operation, _kind in {
    record.SEND: SENT, record.RECEIVE: RECEIVED, record.PUT: PUT, record.DROPPED: DROPPED, record.ACQUIRE: HAD,
    record.RELEASE: LET_GO, record.READ: READ, record.WRITE: WROTE, record.CALL: ASKED, record.CREATE: OPENED,
    record.ATTACH: OPENED, record.CLOSE: CLOSED, record.UNLINK: UNLINKED,
}.items():  # fmt: skip
    _KIND[_operation] = _kind
_BY_BEGIN = np.arange(64) == record.SEND  # a message is in its channel from the beginning of its send on
_TOGETHER = (SENT, RECEIVED)  # are kept for all processes too, in one order
_BY_PERSON = (record.SEND, record.RECEIVE, record.POLL, record.WAIT)


class Line:
    """Moments at which one thing happened, sorted, and the row of each: lane * 2**40 + row."""

    def __init__(self) -> None:
        self._times = np.zeros(_FIRST_ROOM, np.int64)
        self._rows = np.zeros(_FIRST_ROOM, np.int64)
        self.first = self.stop = 0  # numbers, of all that ever were, of the first that is kept and behind the last

    def add(self, times: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """Take more, at least one; those that come late find their places."""
        kept = self.stop - self.first
        until = kept + len(times)
        if until > len(self._times):
            for name in ("_times", "_rows"):
                grown = np.zeros(max(until, 2 * kept), np.int64)
                grown[:kept] = getattr(self, name)[:kept]
                setattr(self, name, grown)
        start = int(np.searchsorted(self._times[:kept], times.min(), side="right"))
        self._times[kept:until], self._rows[kept:until] = times, rows
        order = np.argsort(self._times[start:until], kind="stable")
        for column in (self._times, self._rows):
            column[start:until] = column[start:until][order]
        self.stop = self.first + until
        if until > KEPT:
            gone = until // 2
            for column in (self._times, self._rows):
                column[: until - gone] = column[gone:until].copy()
            self.first += gone

    def count(self, moment: int) -> int:
        """Return how many there were until a moment, inclusive."""
        return self.first + int(np.searchsorted(self._times[: self.stop - self.first], moment, side="right"))

    def time(self, number: int) -> int:
        """Return when one was that is kept."""
        return int(self._times[number - self.first])

    def rows(self, start: int, stop: int) -> list[int]:
        """Return the rows of some, by their numbers; those that are not kept, or not there yet, left out."""
        stop = min(stop, self.stop)
        rows: list[int] = self._rows[max(0, start - self.first) : max(0, stop - self.first)].tolist()
        return rows

    def latest(self, moment: int) -> int | None:
        """Return the time of the last until a moment; None where there was none, or it is not kept."""
        number = self.count(moment) - 1
        return self.time(number) if number >= self.first else None


_NONE = Line()


class Past:
    """The lines of a run, by kind, thing and lane.

    Attributes:
        lanes: numbers of the lanes that have a line, by kind and thing.
        by_person: ends of channels at which a person's code did something, not multiprocessing alone.
        accepted: by an end that a listener returned, the lane that listened.
        cells: which cells of a shared thing were read or written, by its number; -1 is the whole.
        missed: operations that gave way to later ones before they were read.
    """

    def __init__(self, operations: Operations) -> None:
        self.operations = operations
        self.lanes: dict[tuple[int, int], list[int]] = {}
        self.by_person: set[int] = set()
        self.accepted: dict[int, int] = {}
        self.cells: dict[int, list[int]] = {}
        self.missed = 0
        self._lines: dict[tuple[int, int, int], Line] = {}
        self._read: dict[int, int] = {}  # by lane: rows before this one were read
        self._open: dict[int, list[int]] = {}  # by lane: rows that were pending then

    def line(self, kind: int, thing: int, lane: int = ALL) -> Line:
        """Return a line; an empty one where nothing of the kind was done. `thing` of CALLS is a thread's number."""
        return self._lines.get((kind, thing, lane), _NONE)

    def cell(self, thing: int, index: int) -> Line:
        """Return what was read from or written to one cell of a shared thing; -1 for the whole."""
        return self._lines.get((CELL, thing, index), _NONE)

    def operation(self, row: int) -> Operation | None:
        """Return an operation by the row that a line has of it; None where it is not kept."""
        return self.operations.by_number[row >> 40].operation(row & (2**40 - 1))

    def follow(self, most: int = PORTION) -> bool:
        """Read what has come, at most so many operations; return whether nothing is left to be read."""
        for lane in self.operations.by_number:
            before = self._read.get(lane.number, 0)
            seen = max(before, lane.dropped)
            self.missed += seen - before
            stop = min(lane.dropped + lane.count, seen + most)
            rows = np.arange(seen, stop)
            self._read[lane.number] = stop
            waiting = [row for row in self._open.get(lane.number, ()) if row >= lane.dropped]
            if waiting or len(rows):
                self._take(lane, rows, np.array(waiting, np.int64))
            most -= len(rows)
        return all(self._read[lane.number] == lane.dropped + lane.count for lane in self.operations.by_number)

    def _take(self, lane: Lane, fresh: NDArray[np.int64], waiting: NDArray[np.int64]) -> None:
        """Read rows that are new, and look again at those that had not ended."""
        rows = np.concatenate([waiting, fresh])
        records = lane.take(rows)
        word = records["word"]
        self._take_calls(lane, fresh, records[len(waiting) :])
        known, done = word != 0, (word & record.DONE) != 0
        self._open[lane.number] = rows[known & ~done].tolist()
        chosen = done & (((word & (record.ERROR | record.FAILED)) == 0) | (word >> 8 == record.CALL))
        rows, records, operation = rows[chosen], records[chosen], (word[chosen] >> 8).astype(np.int64)
        times = np.where(_BY_BEGIN[operation], records["begin"], records["end"])
        things = records["thing"]
        self._take_conditions(lane, rows, operation)
        for end in records["size"][operation == record.ACCEPT].tolist():
            self.accepted[end] = lane.number
        kinds = _KIND[operation]
        self._split(lane, kinds, things, times, rows)
        queues = np.array([one.number for one in self.operations.things.values() if one.kind == "queue"], np.uint64)
        writes = ((kinds == SENT) | (kinds == DROPPED)) & np.isin(things, queues)
        self._split(lane, np.where(writes, WRITTEN, -1), things, times, rows)
        shared = (kinds == READ) | (kinds == WROTE)
        if shared.any():
            self._take_cells(lane, records["second"][shared], things[shared], times[shared], rows[shared])

    def _take_calls(self, lane: Lane, rows: NDArray[np.int64], records: NDArray[Any]) -> None:
        persons = (records["site"] != record.NOWHERE) & (records["word"] != 0)
        rows, records = rows[persons], records[persons]
        if not len(rows):
            return
        self._split(lane, np.full(len(rows), CALLS), records["thread"].astype(np.uint64), records["begin"], rows)
        on_ends = np.isin(records["word"] >> 8, _BY_PERSON)
        self.by_person.update(np.unique(records["thing"][on_ends]).tolist())

    def _take_conditions(self, lane: Lane, rows: NDArray[np.int64], operation: NDArray[np.int64]) -> None:
        """Who waits on a condition has let its lock go meanwhile."""
        for row in rows[operation == record.WAIT_CONDITION].tolist():
            wait = lane.operation(row)
            known = self.operations.things.get(wait.thing) if wait is not None else None
            if wait is not None and known is not None and known.about.get("lock"):
                number = int(known.about["lock"])
                whole = np.array([lane.number << 40 | row])
                self._add(LET_GO, number, lane.number, np.array([wait.begin]), whole)
                self._add(HAD, number, lane.number, np.array([wait.end]), whole)

    def _take_cells(
        self, lane: Lane, index: NDArray[np.int64], things: NDArray[np.uint64], times: NDArray[np.int64],
        rows: NDArray[np.int64],
    ) -> None:  # fmt: skip
        for one in np.unique(index[index < CELLS]).tolist():
            some = index == one
            for thing in np.unique(things[some]).tolist():
                mine = some & (things == thing)
                key = (CELL, thing, one)
                if key not in self._lines:
                    self._lines[key] = Line()
                    self.cells.setdefault(thing, []).append(one)
                self._lines[key].add(times[mine], rows[mine] | lane.number << 40)

    def _split(
        self, lane: Lane, kinds: NDArray[np.int64], things: NDArray[np.uint64], times: NDArray[np.int64],
        rows: NDArray[np.int64],
    ) -> None:  # fmt: skip
        """Add what is of a kind to its lines."""
        some = kinds >= 0
        if not some.any():
            return
        kinds, things, times, rows = kinds[some], things[some], times[some], rows[some] | lane.number << 40
        numbers, of_thing = np.unique(things, return_inverse=True)
        code = of_thing * 16 + kinds
        order = np.argsort(code, kind="stable")
        codes, first = np.unique(code[order], return_index=True)
        for one, places in zip(codes.tolist(), np.split(order, first[1:]), strict=True):
            self._add(one % 16, int(numbers[one // 16]), lane.number, times[places], rows[places])

    def _add(self, kind: int, thing: int, lane: int, times: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        for one in (lane, ALL) if kind in _TOGETHER else (lane,):
            key = (kind, thing, one)
            if key not in self._lines:
                self._lines[key] = Line()
                if one != ALL:
                    self.lanes.setdefault((kind, thing), []).append(lane)
            self._lines[key].add(times, rows)

    # -------------------------------------------------------------------------------------- from call to call

    def next_call(self, moment: int) -> int | None:
        """Return when the first call of a person's code after a moment began; None where there was none."""
        found = [line.time(number) for line in self._calls() if (number := line.count(moment)) < line.stop]
        return min(found, default=None)

    def call_before(self, moment: int) -> int | None:
        """Return when the last call of a person's code before a moment began; None where there was none."""
        found = [time for line in self._calls() if (time := line.latest(moment - 1)) is not None]
        return max(found, default=None)

    def _calls(self) -> Iterator[Line]:
        for (kind, thread), lanes in self.lanes.items():
            if kind == CALLS:
                yield from (self._lines[kind, thread, lane] for lane in lanes)

    def latest_calls(self, moment: int, most: int) -> list[int]:
        """Return the rows of the last calls of a person's code that had begun at a moment, the latest last."""
        found: list[tuple[int, int]] = []
        for line in self._calls():
            stop = line.count(moment)
            start = max(line.first, stop - most)
            found += zip((line.time(number) for number in range(start, stop)), line.rows(start, stop), strict=True)
        return [row for _, row in sorted(found)[-most:]]

    def call_of(self, lane: Lane, moment: int) -> int | None:
        """Return the row of what a process's main thread was in at a moment: a person's innermost call; None for none.

        A thread's calls lie within each other, so what it is in is among the last that it began.
        """
        threads = sorted(
            thread for (kind, thread), lanes in self.lanes.items() if kind == CALLS and lane.number in lanes
        )
        for thread in threads:
            line = self.line(CALLS, thread, lane.number)
            stop = line.count(moment)
            for row in reversed(line.rows(stop - NESTED, stop)):
                call = self.operation(row)
                if call is not None and (call.end == 0 or call.end > moment):
                    return row
        return None


NESTED = 8  # calls within each other that are looked through

__all__ = ["CALLS", "Line", "Past"]
