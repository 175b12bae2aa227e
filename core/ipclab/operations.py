"""The operations of a run that is watched, as whoever looks at it has them: folded from batches, kept in arrays.

One thread at a time. Which message is which is in `traffic.py`.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate, chain, groupby, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ipclab.lane import ROW, ROWS, WHOLE, Lane, Operation, Site, joined
from ipclab.trace import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

KEPT = 1_000_000  # operations of all processes, 136 MB; the oldest part of the longest goes first, and is counted
LEFT = 16_384  # operations that may lie unread before they are put into their lanes all the same


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


class Fresh(NamedTuple):
    """Rows that have come or ended: copies of dtype ROW, their numbers, which of them have been told before."""

    rows: NDArray[Any]
    at: NDArray[np.int64]  # lane * 2**40 + row
    again: NDArray[np.bool_]


class Operations:
    """All operations of a run.

    What comes is put into its lanes once somebody looks at them, so that a small part of a batch costs next to
    nothing.

    Attributes:
        things: by number.
        ends: the other end of a two-way channel, by an end's number.
        holders: by the number of what lies in shared memory, who has it: since when by pid, ns since the run began.
        unrecorded: operations that were lost before they came here.
        unrecorded_of: how many of these were to be done to which thing, as far as that is known, by its number.
        untraced: processes, by pid, of whose operations none could be recorded, nor counted.
        origin: when the run began, `time.perf_counter_ns`.
        unseen: operations that came since somebody took what is fresh.
        told: how often something was told that they refer to; as long as it stays, so do names.
        changes: how often lanes have changed.
    """

    def __init__(self) -> None:
        self._lanes: dict[int, Lane] = {}
        self._by_number: list[Lane] = []
        self.things: dict[int, Thing] = {}
        self.ends: dict[int, int] = {}
        self.holders: dict[int, dict[int, int]] = {}
        self.strangers: set[int] = set()  # sockets whose other end is not known
        self._alone: dict[tuple[str, str], int] = {}  # those of TCP among them, by own address and peer's
        self.unrecorded = self.total = self.unseen = self.changes = 0
        self.unrecorded_of: dict[int, int] = {}
        self.untraced: set[int] = set()
        self._addresses: dict[tuple[str, str], dict[str, str]] = {}  # of sockets: thousands may have the same
        self._kept = self.origin = self.told = self._gone = self._left = 0
        self._completed: list[tuple[Lane, int, bytes]] = []  # index in its process, and record
        self._fresh: list[tuple[NDArray[Any], NDArray[np.int64]]] = []  # rows and their numbers, these ascending
        self._again: list[NDArray[np.int64]] = []  # numbers of those that have ended since they came

    @property
    def lanes(self) -> dict[int, Lane]:
        """By pid, in order of appearance."""
        self._settle()
        return self._lanes

    @property
    def by_number(self) -> list[Lane]:
        """The lanes by their numbers."""
        self._settle()
        return self._by_number

    @property
    def gone(self) -> int:
        """Operations that gave way to later ones here."""
        self._settle()
        return self._gone

    def take(self, batch: Mapping[str, Any]) -> None:
        """Fold a batch in."""
        origin = batch.get("origin", self.origin)
        if origin != self.origin:
            self._settle()
            self.origin = origin
        for pid, kind, about in batch.get("traced", ()):
            self._refer(pid, kind, about)
        size = 0
        for pid, first, data in batch.get("operations", ()):
            self._lane(pid).arrive(first, data)
            size += len(data)
        for pid, index, data in batch.get("completed", ()):
            self._completed.append((self._lane(pid), index, data))
        count = size // record.SIZE
        self.total += count
        self.unseen += count
        self._left += count
        self.unrecorded = batch.get("unrecorded", self.unrecorded)
        self.unrecorded_of = batch.get("unrecorded_of", self.unrecorded_of)
        if self._left > LEFT:
            self._settle()

    def _settle(self) -> None:
        """Put what has come into its lanes."""
        if self._left or self._completed:
            self.changes += 1
        if self._left:
            self._left = 0
            self._add([lane for lane in self._by_number if lane.arrived])
        if self._completed:
            self._complete()
        while self._kept > KEPT:
            gone = max(self._by_number, key=lambda lane: lane.count).drop()
            self._kept -= gone
            self._gone += gone

    def _add(self, lanes: list[Lane]) -> None:
        """Put what has arrived of these lanes into them, all at once."""
        counts = [lane.waiting for lane in lanes]
        rows, ended = self._read(chain.from_iterable(lane.arrived for lane in lanes))
        starts = list(accumulate(counts, initial=0))
        firsts = [lane.add(rows[start:stop]) for lane, (start, stop) in zip(lanes, pairwise(starts), strict=True)]
        for place in np.flatnonzero((rows["word"] != 0) & ~ended).tolist():
            which = bisect_right(starts, place) - 1
            lanes[which].await_end(firsts[which] + place - starts[which])
        offsets = [
            (lane.number << 40) + first - start for lane, first, start in zip(lanes, firsts, starts, strict=False)
        ]
        self._fresh.append((rows, np.arange(len(rows)) + np.repeat(offsets, counts)))
        self._kept += len(rows)

    def _complete(self) -> None:
        """Take how operations ended that were pending, those of a lane together."""
        completed = sorted(self._completed, key=lambda one: one[0].number)
        self._completed = []
        rows, _ = self._read(data for *_, data in completed)
        start = 0
        for lane, some in groupby(completed, key=lambda one: one[0]):
            indices = [index for _, index, _ in some]
            numbers = lane.complete(indices, rows[start : start + len(indices)])
            self._again.append(numbers + (lane.number << 40))
            start += len(indices)

    def _read(self, parts: Iterable[bytes]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Return records as rows, with times from the run's beginning, and which of them have ended."""
        rows = np.frombuffer(bytearray().join(parts), ROW)
        begin, end, word = rows["begin"], rows["end"], rows["word"]
        ended = end != 0
        np.subtract(begin, self.origin, out=begin)
        np.subtract(end, self.origin, out=end, where=ended)
        np.bitwise_or(word, record.DONE, out=word, where=ended)
        return rows, ended

    def fresh(self) -> Fresh:
        """Return what has come or ended since the last call, each once, as it is now; in no order across lanes."""
        self._settle()
        fresh, again = self._fresh, np.unique(np.concatenate([*self._again, np.zeros(0, np.int64)]))
        self._fresh, self._again, self.unseen = [], [], 0
        again = again[self.keeps(again)]
        for rows, at in fresh if len(again) else ():
            place = np.minimum(np.searchsorted(at, again), len(at) - 1)
            here = at[place] == again
            if here.any():  # it has ended before anybody took it
                rows.view(WHOLE)[place[here]] = self._rows(again[here]).view(WHOLE)
                again = again[~here]
        rows, at = fresh[0] if fresh else (np.zeros(0, ROW), np.zeros(0, np.int64))
        if len(fresh) > 1 or len(again):
            rows = joined([*(rows for rows, _ in fresh), self._rows(again)])
            at = np.concatenate([*(at for _, at in fresh), again])
        told = np.arange(len(at)) >= len(at) - len(again)
        kept = self.keeps(at)
        if kept.all():
            return Fresh(rows, at, told)
        return Fresh(rows.view(WHOLE)[kept].view(ROW), at[kept], told[kept])

    def keeps(self, at: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell of rows, by lane * 2**40 + row, which have not given way."""
        if not self.gone:
            return np.ones(len(at), bool)
        dropped = np.array([lane.dropped for lane in self._by_number])
        kept: NDArray[np.bool_] = (at & ROWS) >= dropped[at >> 40]
        return kept

    def partners(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the partners, as `Lane.partner` has them, of rows, by lane * 2**40 + row, ascending."""
        found = [partner for lane, rows in self._by_lane(at) for partner in map(lane.partner, rows.tolist())]
        return np.array(found, np.int64)

    def _rows(self, at: NDArray[np.int64]) -> NDArray[Any]:
        """Return copies of rows, by lane * 2**40 + row, ascending, of which all are kept."""
        return joined([lane.take(rows) for lane, rows in self._by_lane(at)])

    def _by_lane(self, at: NDArray[np.int64]) -> Iterator[tuple[Lane, NDArray[np.int64]]]:
        lanes = at >> 40
        edges = [0, *(np.flatnonzero(lanes[1:] != lanes[:-1]) + 1).tolist(), len(at)]
        for start, stop in pairwise(edges):
            if stop > start:
                yield self._by_number[int(lanes[start])], at[start:stop] & ROWS

    def _lane(self, pid: int) -> Lane:
        """Return a process's operations, none so far where it is new."""
        found = self._lanes.get(pid)
        if found is None:
            found = self._lanes[pid] = Lane(len(self._by_number), pid)
            self._by_number.append(found)
        return found

    def _refer(self, pid: int, kind: str, about: dict[str, Any]) -> None:
        lane = self._lane(pid)
        self.told += 1
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
            self._note(lane, first, kind, about.get("made", "Pipe"), about)
            if first != second:
                self._note(lane, second, kind, about.get("made", "Pipe"), about)
                self.ends[first], self.ends[second] = second, first
        elif kind == "queue":  # is told after its pipe, and takes its place
            self.things.pop(about["end"], None)
            self._note(lane, about["end"], kind, about["made"], about)
        elif kind == "has":
            self.holders.setdefault(about["number"], {}).setdefault(about.get("pid", pid), about["since"])
        elif kind == "untraced":
            self.untraced.add(pid)
        else:
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
        self.told += 1
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
