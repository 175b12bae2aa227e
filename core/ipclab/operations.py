"""The operations of a run that is watched, as whoever looks at it has them: folded from batches, kept in arrays.

One thread at a time. Which message is which is in `traffic.py`.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ipclab.trace import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

ROW = np.dtype(
    [
        ("begin", "i8"), ("thing", "u8"), ("second", "i8"), ("size", "i8"), ("text", f"V{record.TEXT_SIZE}"),
        ("end", "i8"), ("site", "u4"), ("thread", "u2"), ("word", "u2"),
    ]
)  # fmt: skip
assert ROW.itemsize == record.SIZE

KEPT = 2_000_000  # operations of all processes, 272 MB; the oldest half of the longest goes first, and is counted
UNPAIRED = -1
_FIRST_ROOM = 1024


@dataclass(frozen=True, slots=True)
class Site:
    """A place in a person's source: file, line, and the function's qualified name."""

    file: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: see `trace.record`; times in nanoseconds since the run began, `end` 0 while it is pending."""

    begin: int
    end: int
    thing: int
    size: int
    second: int
    site: int
    thread: int
    text: bytes
    operation: int
    flags: int


class Lane:
    """One process's operations, in the order in which they began in it: a column for each field of ROW.

    Attributes:
        number: of this lane.
        pid: of its process.
        count: rows that are kept.
        dropped: rows that gave way; row numbers count from the first that ever was.
        sites: by number.
        threads: names by number.
        pending: indices in the process of what has not ended.
    """

    def __init__(self, number: int, pid: int) -> None:
        self.number, self.pid = number, pid
        self.count = self.dropped = 0
        self.sites: dict[int, Site] = {}
        self.threads: dict[int, str] = {}
        self.pending: set[int] = set()
        self._columns = {name: np.zeros(_FIRST_ROOM, ROW[name]) for name in ROW.names or ()}
        self._columns["partner"] = np.zeros(_FIRST_ROOM, np.int64)
        self._next = 0  # index of what comes next if nothing is lost
        self._firsts: list[int] = []  # index of the first of each part, and its row number
        self._starts: list[int] = []

    def __getitem__(self, column: str) -> NDArray[Any]:
        """Return a field of all rows that are kept.

        "partner" is the row number with which a message is paired, as lane * 2**40 + row; UNPAIRED for none.
        `begin` and `end` are in nanoseconds since the run began; `word` is 0 in a row of which nothing is known.
        """
        return self._columns[column][: self.count]

    def add(self, first: int, new: NDArray[Any], origin: int) -> NDArray[np.int64]:
        """Append rows of which the first has this index in its process; returns their row numbers."""
        if not self._firsts or first != self._next:
            self._firsts.append(first)
            self._starts.append(self.dropped + self.count)
        self._next = first + len(new)
        start, until = self.count, self.count + len(new)
        if until > len(self._columns["begin"]):
            room = max(until, 2 * start)
            for name, column in self._columns.items():
                grown = np.zeros(room, column.dtype)
                grown[:start] = column[:start]
                self._columns[name] = grown
        for name in ROW.names or ():
            self._columns[name][start:until] = new[name]
        begin, end = self._columns["begin"][start:until], self._columns["end"][start:until]
        begin -= origin
        end[end != 0] -= origin
        word = self._columns["word"][start:until]
        word[end != 0] |= record.DONE
        self._columns["partner"][start:until] = UNPAIRED
        pending = np.flatnonzero((word != 0) & (end == 0))
        self.pending.update((pending + first).tolist())
        self.count = until
        return np.arange(self.dropped + start, self.dropped + until)

    def complete(self, index: int, row: Any, origin: int) -> int | None:
        """Take how an operation ended that was pending; returns its row number, None where it is not kept."""
        self.pending.discard(index)
        number = self.row_of(index)
        if number is None:
            return None
        at, columns = number - self.dropped, self._columns
        columns["end"][at], columns["word"][at] = row["end"] - origin, row["word"] | record.DONE
        if row["size"]:
            columns["size"][at] = row["size"]
        if row["text"].tobytes()[0]:
            columns["text"][at] = row["text"]
        return number

    def row_of(self, index: int) -> int | None:
        """Return the row number of the operation with this index in its process; None where it is not kept."""
        part = bisect_right(self._firsts, index) - 1
        if part < 0:
            return None
        number = self._starts[part] + index - self._firsts[part]
        if part + 1 < len(self._starts) and number >= self._starts[part + 1]:
            return None  # it was lost between two parts
        return number if self.dropped <= number < self.dropped + self.count else None

    def operation(self, number: int) -> Operation | None:
        """Return the operation in a row; None where it is not kept."""
        at = number - self.dropped
        if not 0 <= at < self.count:
            return None
        columns = self._columns
        begin, end, thing, size, second, site, thread = (
            int(columns[name][at]) for name in ("begin", "end", "thing", "size", "second", "site", "thread")
        )
        word = int(columns["word"][at])
        text = columns["text"][at].tobytes()
        return Operation(begin, end, thing, size, second, site, thread, text, word >> 8, word & 0xFF)

    def messages(self) -> tuple[int, int]:
        """Return how many messages it has sent and received, of what is kept."""
        done = (self["word"] & (record.DONE | record.ERROR)) == record.DONE
        operation = self["word"] >> 8
        return int((done & (operation == record.SEND)).sum()), int((done & (operation == record.RECEIVE)).sum())

    def halve(self) -> int:
        """Let the older half go; returns how many went."""
        gone = self.count // 2
        for column in self._columns.values():
            column[: self.count - gone] = column[gone : self.count]
        self.count -= gone
        self.dropped += gone
        return gone


@dataclass(slots=True)
class Thing:
    """What operations are done to: told by the process that made or met it.

    Attributes:
        number: `thing` of its operations.
        kind: "pipe", "queue", "lock", "shared", "proxy", "block" or "socket".
        made: what a person calls it: "Pipe", "JoinableQueue", "Lock", "Value", "dict".
        site: where a person's code made it; None for what multiprocessing made for itself.
        about: the rest of what was told.
    """

    number: int
    kind: str
    made: str
    site: Site | None
    about: dict[str, Any] = field(default_factory=dict)
    order: int = 0


class Operations:
    """All operations of a run.

    Attributes:
        lanes: by pid, in order of appearance.
        things: by number.
        ends: the other end of a two-way channel, by an end's number.
        unrecorded: operations that were lost before they came here.
        gone: operations that gave way to later ones here.
        unseen: operations in `fresh`.
    """

    def __init__(self) -> None:
        self.lanes: dict[int, Lane] = {}
        self.by_number: list[Lane] = []
        self.things: dict[int, Thing] = {}
        self.ends: dict[int, int] = {}
        self.strangers: dict[int, tuple[str, str]] = {}  # sockets whose other end is not known: own address, peer's
        self.unrecorded = self.gone = self.total = self.unseen = 0
        self.fresh: list[tuple[Lane, NDArray[np.int64]]] = []  # rows that came since somebody took them
        self._kept = self._origin = 0

    def take(self, batch: Mapping[str, Any]) -> None:
        """Fold a batch in."""
        self._origin = origin = batch.get("origin", self._origin)
        for pid, kind, about in batch.get("traced", ()):
            self._refer(pid, kind, about)
        for pid, first, data in batch.get("operations", ()):
            lane = self.lane(pid)
            self.fresh.append((lane, lane.add(first, np.frombuffer(data, ROW), origin)))
            self._kept += len(data) // record.SIZE
            self.total += len(data) // record.SIZE
            self.unseen += len(data) // record.SIZE
        for pid, index, data in batch.get("completed", ()):
            lane = self.lane(pid)
            number = lane.complete(index, np.frombuffer(data, ROW)[0], origin)
            if number is not None:
                self.fresh.append((lane, np.array([number])))
        self.unrecorded = batch.get("unrecorded", self.unrecorded)
        while self._kept > KEPT:
            gone = max(self.lanes.values(), key=lambda lane: lane.count).halve()
            self._kept -= gone
            self.gone += gone

    def lane(self, pid: int) -> Lane:
        """Return a process's operations, none so far where it is new."""
        found = self.lanes.get(pid)
        if found is None:
            found = self.lanes[pid] = Lane(len(self.by_number), pid)
            self.by_number.append(found)
        return found

    def _refer(self, pid: int, kind: str, about: dict[str, Any]) -> None:
        lane = self.lane(pid)
        if kind == "site":
            lane.sites[about["number"]] = Site(about["file"], about["line"], about["function"])
        elif kind == "thread":
            lane.threads[about["number"]] = about["name"]
        elif kind == "socket":
            self._meet(about["end"], about["own"], about["peer"])
            self._note(lane, about["end"], kind, "connection", about)
        elif kind == "pipe":
            first, second = about["ends"]
            self._note(lane, first, kind, "Pipe", about)
            if first != second:
                self._note(lane, second, kind, "Pipe", about)
                self.ends[first], self.ends[second] = second, first
        elif kind == "queue":  # is told after its pipe, and takes its place
            self.things.pop(about["end"], None)
            self._note(lane, about["end"], kind, about["made"], about)
        elif kind != "untraced":
            made = about["name"] if kind == "block" else about["made"]
            self._note(lane, about["number"], kind, made, about)

    def _meet(self, end: int, own: str, peer: str) -> None:
        """Find the other end of a socket by its addresses; those of an AF_UNIX client say nothing: see `join`."""
        for other, addresses in self.strangers.items():
            if own and peer and addresses == (peer, own):
                self.join(end, other)
                return
        self.strangers[end] = (own, peer)

    def join(self, one: int, other: int) -> None:
        """Take that two ends are those of one channel."""
        self.ends[one], self.ends[other] = other, one
        self.strangers.pop(one, None)
        self.strangers.pop(other, None)

    def _note(self, lane: Lane, number: int, kind: str, made: str, about: dict[str, Any]) -> None:
        known = self.things.get(number)
        if known is None or known.site is None:
            site = lane.sites.get(about.get("site", record.NOWHERE))
            self.things[number] = Thing(number, kind, made, site, about, len(self.things))

    def pending(self) -> Iterator[tuple[Lane, Operation]]:
        """Yield what has begun and not ended, a lane's in the order in which they began."""
        for lane in self.by_number:
            for index in sorted(lane.pending):
                number = lane.row_of(index)
                found = None if number is None else lane.operation(number)
                if found is not None:
                    yield lane, found


def chunks(fresh: Iterable[tuple[Lane, NDArray[np.int64]]]) -> Iterator[tuple[Lane, NDArray[np.int64]]]:
    """Yield row numbers lane by lane, each once, of rows that are still kept."""
    by_lane: dict[int, list[NDArray[np.int64]]] = {}
    lanes: dict[int, Lane] = {}
    for lane, numbers in fresh:
        by_lane.setdefault(lane.number, []).append(numbers)
        lanes[lane.number] = lane
    for number, parts in by_lane.items():
        lane = lanes[number]
        rows = np.concatenate(parts)
        if np.any(rows[1:] <= rows[:-1]):  # some came again, as completed
            rows = np.unique(rows)
        yield lane, rows[rows >= lane.dropped]
