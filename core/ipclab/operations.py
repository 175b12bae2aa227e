"""The operations of a run that is watched, as whoever looks at it has them: folded from batches, kept in arrays.

One thread at a time. Which message is which is in `traffic.py`.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ipclab.columns import mapped
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

_STORED = np.dtype([("record", ROW), ("partner", "i8")])
_FLAT = np.dtype([*ROW.descr, ("partner", "i8")])  # the same, field by field

KEPT = 1_000_000  # operations of all processes, 136 MB; the oldest part of the longest goes first, and is counted
PART = 4_096  # operations of one process that are kept, and go, together
UNPAIRED = -1


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
    """One process's operations, in the order in which they began in it.

    They are kept in parts of PART rows, so that nothing is copied when more come and nothing when the oldest go.

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
        self._parts: list[NDArray[Any]] = []  # each but the last is full
        self._size = PART
        self._next = 0  # index of what comes next if nothing is lost
        self._firsts: list[int] = []  # index of the first of each stretch without a gap, and its row number
        self._starts: list[int] = []

    def __getitem__(self, column: str) -> NDArray[Any]:
        """Return a copy of a field of ROW, of all rows that are kept; "partner" as `partner` has it."""
        return np.concatenate([part[column] for _, part in self.since(0)] or [np.zeros(0, _FLAT)[column]])

    def since(self, number: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield the rows from a number on, part by part: the number of the first, and a view of dtype ROW and more.

        Fields are those of ROW: `begin` and `end` in nanoseconds since the run began, `word` 0 in a row of which
        nothing is known.
        """
        at = max(0, number - self.dropped)
        while at < self.count:
            place, within = divmod(at, self._size)
            until = min(self.count - place * self._size, self._size)
            yield self.dropped + at, self._parts[place][within:until]
            at += until - within

    def take(self, numbers: NDArray[np.int64]) -> NDArray[Any]:
        """Return copies of the rows with these numbers, ascending, of which all are kept."""
        at = numbers - self.dropped
        if not len(at):
            return np.zeros(0, _FLAT)
        first, last = int(at[0]) // self._size, int(at[-1]) // self._size
        if first == last:
            return self._parts[first].take(at - first * self._size)  # of rows many times as fast as an index
        edges = np.searchsorted(at, np.arange(first + 1, last + 1) * self._size)
        return np.concatenate(
            [
                self._parts[first + place].take(part - (first + place) * self._size)
                for place, part in enumerate(np.split(at, edges))
                if len(part)
            ]
        )

    def set_partners(self, numbers: NDArray[np.int64], partners: NDArray[np.int64]) -> None:
        """Note with which message each of these is paired: lane * 2**40 + row; rows that are not kept are left out."""
        at = numbers - self.dropped
        kept = at >= 0
        at, partners = at[kept], partners[kept]
        places = at // self._size
        for place in np.unique(places).tolist():
            mine = places == place
            self._parts[place]["partner"][at[mine] - place * self._size] = partners[mine]

    def partner(self, number: int) -> int:
        """Return with which message the one in a row is paired, as lane * 2**40 + row; UNPAIRED for none."""
        at = number - self.dropped
        if not 0 <= at < self.count:
            return UNPAIRED
        return int(self._parts[at // self._size]["partner"][at % self._size])

    def add(self, first: int, new: NDArray[Any], origin: int) -> range:
        """Append rows of which the first has this index in its process; returns their row numbers."""
        if not self._firsts or first != self._next:
            self._firsts.append(first)
            self._starts.append(self.dropped + self.count)
        self._next = first + len(new)
        start = self.dropped + self.count
        done = 0
        while done < len(new):
            within = self.count % self._size
            if not within:
                self._parts.append(mapped((self._size,), _FLAT))
            some = new[done : done + self._size - within]
            part = self._parts[-1][within : within + len(some)]
            part.view(_STORED)["record"] = some
            part["partner"] = UNPAIRED
            part["begin"] -= origin
            end = part["end"]
            ended = end != 0
            end[ended] -= origin
            part["word"][ended] |= record.DONE
            done += len(some)
            self.count += len(some)
        pending = np.flatnonzero((new["word"] != 0) & (new["end"] == 0))
        if len(pending):
            self.pending.update((pending + first).tolist())
        return range(start, start + len(new))

    def complete(self, index: int, row: Any, origin: int) -> int | None:
        """Take how an operation ended that was pending; returns its row number, None where it is not kept."""
        self.pending.discard(index)
        number = self.row_of(index)
        if number is None:
            return None
        at = number - self.dropped
        part, at = self._parts[at // self._size], at % self._size
        part["end"][at], part["word"][at] = row["end"] - origin, row["word"] | record.DONE
        if row["size"]:
            part["size"][at] = row["size"]
        if row["text"].tobytes()[0]:
            part["text"][at] = row["text"]
        return number

    def row_of(self, index: int) -> int | None:
        """Return the row number of the operation with this index in its process; None where it is not kept."""
        part = bisect_right(self._firsts, index) - 1
        if part < 0:
            return None
        number = self._starts[part] + index - self._firsts[part]
        if part + 1 < len(self._starts) and number >= self._starts[part + 1]:
            return None  # it was lost between two stretches
        return number if self.dropped <= number < self.dropped + self.count else None

    def operation(self, number: int) -> Operation | None:
        """Return the operation in a row; None where it is not kept."""
        at = number - self.dropped
        if not 0 <= at < self.count:
            return None
        row = self._parts[at // self._size][at % self._size]
        begin, end, thing, size, second, site, thread = (
            int(row[name]) for name in ("begin", "end", "thing", "size", "second", "site", "thread")
        )
        word = int(row["word"])
        return Operation(begin, end, thing, size, second, site, thread, row["text"].tobytes(), word >> 8, word & 0xFF)

    def messages(self) -> tuple[int, int]:
        """Return how many messages it has sent and received, of what is kept."""
        sent = received = 0
        for _, part in self.since(0):
            word = part["word"]
            done = word[(word & (record.DONE | record.ERROR)) == record.DONE] >> 8
            sent += int((done == record.SEND).sum())
            received += int((done == record.RECEIVE).sum())
        return sent, received

    def drop(self) -> int:
        """Let the oldest part go; returns how many rows went."""
        gone = min(self.count, self._size)
        del self._parts[:1]
        self.count -= gone
        self.dropped += gone
        return gone


def operation_of(data: bytes, origin: int) -> Operation:
    """Return the operation that a record tells; `origin` is the run's."""
    begin, thing, second, size, text, end, site, thread, word = record.RECORD.unpack(data)
    ended = end - origin if end else 0
    return Operation(begin - origin, ended, thing, size, second, site, thread, text, word >> 8, word & 0xFF)


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
        holders: by the number of what lies in shared memory, who has it: since when by pid, ns since the run began.
        unrecorded: operations that were lost before they came here.
        gone: operations that gave way to later ones here.
        origin: when the run began, `time.perf_counter_ns`.
        unseen: operations in `fresh`.
    """

    def __init__(self) -> None:
        self.lanes: dict[int, Lane] = {}
        self.by_number: list[Lane] = []
        self.things: dict[int, Thing] = {}
        self.ends: dict[int, int] = {}
        self.holders: dict[int, dict[int, int]] = {}
        self.strangers: set[int] = set()  # sockets whose other end is not known
        self._alone: dict[tuple[str, str], int] = {}  # those of TCP among them, by own address and peer's
        self.unrecorded = self.gone = self.total = self.unseen = 0
        self.fresh: list[tuple[Lane, range]] = []  # rows that came since somebody took them
        self._addresses: dict[tuple[str, str], dict[str, str]] = {}  # of sockets: thousands may have the same
        self._kept = self.origin = 0

    def take(self, batch: Mapping[str, Any]) -> None:
        """Fold a batch in."""
        self.origin = origin = batch.get("origin", self.origin)
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
                self.fresh.append((lane, range(number, number + 1)))
        self.unrecorded = batch.get("unrecorded", self.unrecorded)
        while self._kept > KEPT:
            gone = max(self.by_number, key=lambda lane: lane.count).drop()
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
            end, own, peer = about["end"], about["own"], about["peer"]
            self._meet(end, own, peer)
            addresses = self._addresses.setdefault((own, peer), {"own": own, "peer": peer})
            self._note(lane, end, kind, "connection", addresses)
        elif kind == "pipe":
            first, second = about["ends"]
            self._note(lane, first, kind, "Pipe", about)
            if first != second:
                self._note(lane, second, kind, "Pipe", about)
                self.ends[first], self.ends[second] = second, first
        elif kind == "queue":  # is told after its pipe, and takes its place
            self.things.pop(about["end"], None)
            self._note(lane, about["end"], kind, about["made"], about)
        elif kind == "has":
            self.holders.setdefault(about["number"], {}).setdefault(about.get("pid", pid), about["since"])
        elif kind != "untraced":
            if kind == "shared":
                self.holders.setdefault(about["number"], {}).setdefault(pid, about.get("since", 0))
            made = about["name"] if kind == "block" else about["made"]
            self._note(lane, about["number"], kind, made, about)

    def _meet(self, end: int, own: str, peer: str) -> None:
        """Find the other end of a socket by its addresses; those of an AF_UNIX client say nothing: see `join`."""
        other = self._alone.pop((peer, own), None) if own and peer else None
        if other is not None:
            self.join(end, other)
            return
        if own and peer:
            self._alone[own, peer] = end
        self.strangers.add(end)

    def join(self, one: int, other: int) -> None:
        """Take that two ends are those of one channel."""
        self.ends[one], self.ends[other] = other, one
        self.strangers -= {one, other}

    def _note(self, lane: Lane, number: int, kind: str, made: str, about: dict[str, Any]) -> None:
        known = self.things.get(number)
        if known is None or known.site is None or kind == "shared":  # first without its lock, or another in its place
            site = lane.sites.get(about.get("site", record.NOWHERE))
            order = known.order if known is not None else len(self.things)
            self.things[number] = Thing(number, kind, made, site, about, order)

    def pending(self) -> Iterator[tuple[Lane, Operation]]:
        """Yield what has begun and not ended, a lane's in the order in which they began."""
        for lane in self.by_number:
            for index in sorted(lane.pending):
                number = lane.row_of(index)
                found = None if number is None else lane.operation(number)
                if found is not None:
                    yield lane, found


def chunks(fresh: Iterable[tuple[Lane, range]]) -> Iterator[tuple[Lane, NDArray[np.int64]]]:
    """Yield row numbers lane by lane, each once, of rows that are still kept."""
    by_lane: dict[int, list[range]] = {}
    lanes: dict[int, Lane] = {}
    for lane, numbers in fresh:
        parts = by_lane.setdefault(lane.number, [])
        if parts and parts[-1].stop == numbers.start:
            parts[-1] = range(parts[-1].start, numbers.stop)
        else:
            parts.append(numbers)
        lanes[lane.number] = lane
    for number, parts in by_lane.items():
        lane = lanes[number]
        rows = np.concatenate([np.arange(part.start, part.stop) for part in parts])
        if np.any(rows[1:] <= rows[:-1]):  # some came again, as completed
            rows = np.unique(rows)
        yield lane, rows[rows >= lane.dropped]
