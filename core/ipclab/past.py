"""When what was done to what, sorted, so that the state of a run at any moment is found by binary search.

Followed in portions as operations come. One thread at a time. Times are in nanoseconds since the run began.
"""

from __future__ import annotations

from bisect import insort
from heapq import nlargest
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ipclab import operations
from ipclab.columns import numbered
from ipclab.lane import ROWS, joined
from ipclab.trace import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ipclab.lane import Lane, Operation
    from ipclab.operations import Operations

# kinds of lines
SENT, RECEIVED, PUT, WRITTEN, DROPPED, HAD, LET_GO, READ, WROTE, ASKED, OPENED, CLOSED, UNLINKED, CELL, CALLS, USED = (
    range(16)
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
    record.ATTACH: OPENED, record.CLOSE: CLOSED, record.UNLINK: UNLINKED, record.WAIT_BARRIER: USED,
    record.WAIT_EVENT: USED, record.SET: USED, record.CLEAR: USED, record.WAIT_CONDITION: USED, record.NOTIFY: USED,
}.items():  # fmt: skip
    _KIND[_operation] = _kind
_BY_BEGIN = np.arange(64) == record.SEND  # a message is in its channel from the beginning of its send on
_IS_TOGETHER = np.isin(np.arange(16), (SENT, RECEIVED))  # are kept for all processes too, in one order
_IS_BY_PERSON = np.isin(np.arange(64), (record.SEND, record.RECEIVE, record.POLL, record.WAIT))


class Line:
    """Moments at which one thing happened, sorted, and the row of each: lane * 2**40 + row."""

    def __init__(self) -> None:
        self._times = np.zeros(_FIRST_ROOM, np.int64)
        self._rows = np.zeros(_FIRST_ROOM, np.int64)
        self.first = self.stop = 0  # numbers, of all that ever were, of the first that is kept and behind the last
        self._last = -1  # the time of the last

    def add(self, times: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """Take more, at least one, sorted; those that come late find their places."""
        kept = self.stop - self.first
        until = kept + len(times)
        if until > len(self._times):
            for name in ("_times", "_rows"):
                grown = np.zeros(max(until, 2 * kept), np.int64)
                grown[:kept] = getattr(self, name)[:kept]
                setattr(self, name, grown)
        self._times[kept:until], self._rows[kept:until] = times, rows
        if times[0] < self._last:
            start = int(self._times[:kept].searchsorted(times[0], side="right"))
            order = np.argsort(self._times[start:until], kind="stable")
            for column in (self._times, self._rows):
                column[start:until] = column[start:until][order]
        self._last = int(self._times[until - 1])
        self.stop = self.first + until
        if until > KEPT:
            gone = until // 2
            for column in (self._times, self._rows):
                column[: until - gone] = column[gone:until].copy()
            self.first += gone

    def count(self, moment: int) -> int:
        """Return how many there were until a moment, inclusive."""
        if moment >= self._last:
            return self.stop
        return self.first + int(self._times[: self.stop - self.first].searchsorted(moment, side="right"))

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
        self._ended = -1  # when the last operation ended of those that were read
        self._threads: dict[int, list[int]] = {}  # by lane: numbers of those that have called something, ascending

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
        lanes = self.operations.by_number
        parts: list[NDArray[Any]] = []
        ranges: list[NDArray[np.int64]] = []  # lane * 2**40 + row, and how many of these are pending since long
        again: list[tuple[int, int]] = []
        for lane in lanes:
            before = self._read.get(lane.number, 0)
            seen = max(before, lane.dropped)
            self.missed += seen - before
            stop = self._read[lane.number] = min(lane.dropped + lane.count, seen + most)
            waiting = [row for row in self._open.pop(lane.number, ()) if row >= lane.dropped]
            if waiting or stop > seen:
                rows = np.arange(seen, stop)
                if waiting:
                    rows = np.concatenate([np.array(waiting, np.int64), rows])
                parts.append(lane.take(rows))
                ranges.append(rows + (lane.number << 40))
                again.append((len(waiting), stop - seen))
            most -= stop - seen
        if parts:
            fresh = np.repeat(np.tile([False, True], len(again)), np.array(again).ravel())
            self._take(joined(parts), np.concatenate(ranges), fresh)
        return all(self._read[lane.number] == lane.dropped + lane.count for lane in lanes)

    def _take(self, records: NDArray[Any], rows: NDArray[np.int64], fresh: NDArray[np.bool_]) -> None:
        """Read rows of all lanes together, by lane * 2**40 + row: those that are fresh, and those that were pending."""
        word, begin, things = records["word"], records["begin"], records["thing"]
        operation = (word >> 8).astype(np.int64)
        known, done = word != 0, (word & record.DONE) != 0
        self._ended = max(self._ended, int(records["end"].max()))
        for row in rows[known & ~done].tolist():
            self._open.setdefault(row >> 40, []).append(row & ROWS)
        persons = fresh & known & (records["site"] != record.NOWHERE)
        on_ends = persons & _IS_BY_PERSON[operation]
        self.by_person.update(np.unique(things[on_ends]).tolist())
        chosen = done & (((word & (record.ERROR | record.FAILED)) == 0) | (operation == record.CALL))
        accepted = np.flatnonzero(chosen & (operation == record.ACCEPT))
        for end, row in zip(records["size"][accepted].tolist(), rows[accepted].tolist(), strict=True):
            self.accepted[end] = row >> 40
        self._take_conditions(rows[chosen & (operation == record.WAIT_CONDITION)])
        times = np.where(_BY_BEGIN[operation], begin, records["end"])
        kinds = np.where(chosen, _KIND[operation], -1)
        queues = np.array([one.number for one in self.operations.things.values() if one.kind == "queue"], np.uint64)
        written = np.flatnonzero(((kinds == SENT) | (kinds == DROPPED)) & np.isin(things, queues))
        some, calls = np.flatnonzero(kinds >= 0), np.flatnonzero(persons)
        self._split(
            np.concatenate([kinds[some], np.full(len(written), WRITTEN), np.full(len(calls), CALLS)]),
            np.concatenate([things[some], things[written], records["thread"][calls].astype(np.uint64)]),
            np.concatenate([times[some], times[written], begin[calls]]),
            rows[np.concatenate([some, written, calls])],
        )
        shared = (kinds == READ) | (kinds == WROTE)
        if shared.any():
            self._take_cells(records["second"][shared], things[shared], times[shared], rows[shared])

    def _take_conditions(self, rows: NDArray[np.int64]) -> None:
        """Who waits on a condition has let its lock go meanwhile."""
        for row in rows.tolist():
            wait = self.operation(row)
            known = self.operations.things.get(wait.thing) if wait is not None else None
            if wait is not None and known is not None and known.about.get("lock"):
                number = int(known.about["lock"])
                whole = np.array([row])
                self._add(LET_GO, number, row >> 40, np.array([wait.begin]), whole)
                self._add(HAD, number, row >> 40, np.array([wait.end]), whole)

    def _take_cells(
        self, index: NDArray[np.int64], things: NDArray[np.uint64], times: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> None:
        order = np.argsort(times, kind="stable")
        index, things, times, rows = index[order], things[order], times[order], rows[order]
        for one in np.unique(index[index < CELLS]).tolist():
            some = index == one
            for thing in np.unique(things[some]).tolist():
                mine = some & (things == thing)
                key = (CELL, thing, one)
                if key not in self._lines:
                    self._lines[key] = Line()
                    self.cells.setdefault(thing, []).append(one)
                self._lines[key].add(times[mine], rows[mine])

    def _split(
        self, kinds: NDArray[np.int64], things: NDArray[np.uint64], times: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> None:
        """Add what is of a kind to its lines."""
        if not len(kinds):
            return
        order = np.argsort(times, kind="stable")
        kinds, times, rows = kinds.take(order), times.take(order), rows.take(order)
        numbers, of_thing = numbered(things.take(order))
        code = of_thing * 16 + kinds
        self._add_each(code, numbers, times, rows, rows >> 40)
        together = np.flatnonzero(_IS_TOGETHER[kinds])
        if len(together):
            self._add_each(code[together], numbers, times[together], rows[together], None)

    def _add_each(
        self, code: NDArray[np.int64], numbers: NDArray[np.uint64], times: NDArray[np.int64], rows: NDArray[np.int64],
        lanes: NDArray[np.int64] | None,
    ) -> None:  # fmt: skip
        """Add what is of one thing and kind, sorted by time, to a line; of each lane, or of all where that is None."""
        count = len(self.operations.by_number)
        if lanes is not None:
            code = code * count + lanes
        few = code.max() < 2**16  # numpy sorts numbers of 16 bits by counting
        order = np.argsort(code.astype(np.uint16) if few else code, kind="stable")
        code, times, rows = code.take(order), times.take(order), rows.take(order)
        first = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
        for one, (start, stop) in zip(code[first].tolist(), pairwise([*first.tolist(), len(code)]), strict=True):
            which, lane = divmod(one, count) if lanes is not None else (one, ALL)
            self._add(which % 16, int(numbers[which // 16]), lane, times[start:stop], rows[start:stop])

    def _add(self, kind: int, thing: int, lane: int, times: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        found = self._lines.get((kind, thing, lane))
        if found is None:
            found = self._lines[kind, thing, lane] = Line()
            if lane != ALL:
                self.lanes.setdefault((kind, thing), []).append(lane)
            if kind == CALLS:
                insort(self._threads.setdefault(lane, []), thing)
        found.add(times, rows)

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
        newest = [(time, place, line) for place, line in enumerate(self._calls())
                  if (time := line.latest(moment)) is not None]  # fmt: skip
        found: list[tuple[int, int]] = []
        for _, _, line in nlargest(most, newest):
            stop = line.count(moment)
            start = max(line.first, stop - most)
            found += zip((line.time(number) for number in range(start, stop)), line.rows(start, stop), strict=True)
        return [row for _, row in sorted(found)[-most:]]

    def call_of(self, lane: Lane, moment: int) -> int | None:
        """Return the row of what a process's main thread was in at a moment: a person's innermost call; None for none.

        A thread's calls lie within each other, so what it is in is among the last that it began.
        """
        if moment >= self._ended and lane.number not in self._open:
            return None
        for thread in self._threads.get(lane.number, ()):
            line = self.line(CALLS, thread, lane.number)
            stop = line.count(moment)
            for row in reversed(line.rows(stop - NESTED, stop)):
                end = lane.end_of(row & ROWS)
                if end == 0 or end > moment:
                    return row
        return None


NESTED = 8  # calls within each other that are looked through

__all__ = ["CALLS", "Line", "Past"]
