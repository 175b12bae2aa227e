"""The operations of one process of a watched run, kept in arrays. One thread at a time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ipclab.columns import mapped
from ipclab.trace import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

ROW = np.dtype(
    [
        ("begin", "i8"), ("thing", "u8"), ("second", "i8"), ("size", "i8"), ("text", f"V{record.TEXT_SIZE}"),
        ("end", "i8"), ("site", "u4"), ("thread", "u2"), ("word", "u2"),
    ]
)  # fmt: skip
assert ROW.itemsize == record.SIZE

WHOLE = np.dtype(f"V{ROW.itemsize}")  # a row as numpy copies it in one piece; field by field takes ten times as long

PART = 4_096  # operations of one process that are kept, and go, together
UNPAIRED = -1
ROWS = 2**40 - 1  # of the number of a row in a lane, `lane * 2**40 + row`: what of it is the row


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
        part_size: rows of one part.
    """

    def __init__(self, number: int, pid: int) -> None:
        self.number, self.pid = number, pid
        self.count = self.dropped = 0
        self.sites: dict[int, Site] = {}
        self.threads: dict[int, str] = {}
        self.pending: set[int] = set()
        self.arrived: list[bytes] = []  # records that are not in the parts yet
        self.waiting = 0  # how many these are
        self._parts: list[NDArray[Any]] = []  # each but the last is full
        self._partners: list[NDArray[np.int64]] = []
        self.part_size = PART
        self._next = -1  # index of what comes next if nothing is lost
        self._firsts: list[int] = []  # index of the first of each stretch without a gap, and its row number
        self._starts: list[int] = []

    def __getitem__(self, column: str) -> NDArray[Any]:
        """Return a copy of a field of ROW, of all rows that are kept; "partner" as `partner` has it."""
        if column == "partner":
            return np.concatenate([*self._partners, np.zeros(0, np.int64)])[: self.count]
        return np.concatenate([part[column] for _, part in self.since(0)] or [np.zeros(0, ROW)[column]])

    def since(self, number: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield the rows from a number on, part by part: the number of the first, and a view of dtype ROW.

        Fields are those of ROW: `begin` and `end` in nanoseconds since the run began, `word` 0 in a row of which
        nothing is known.
        """
        at = max(0, number - self.dropped)
        while at < self.count:
            place, within = divmod(at, self.part_size)
            until = min(self.count - place * self.part_size, self.part_size)
            yield self.dropped + at, self._parts[place][within:until]
            at += until - within

    def take(self, numbers: NDArray[np.int64]) -> NDArray[Any]:
        """Return copies of the rows with these numbers, ascending, of which all are kept."""
        at = numbers - self.dropped
        if not len(at):
            return np.zeros(0, ROW)
        first, last = int(at[0]) // self.part_size, int(at[-1]) // self.part_size
        if first == last:
            return self._parts[first].take(at - first * self.part_size)  # of rows many times as fast as an index
        edges = np.searchsorted(at, np.arange(first + 1, last + 1) * self.part_size)
        return joined(
            [
                self._parts[first + place].take(part - (first + place) * self.part_size)
                for place, part in enumerate(np.split(at, edges))
                if len(part)
            ]
        )

    def set_partners(self, part: int, within: NDArray[np.int64], partners: NDArray[np.int64]) -> None:
        """Note with which messages these are paired, lane * 2**40 + row: by the part, and the places in it."""
        self._partners[part][within] = partners

    def partner(self, number: int) -> int:
        """Return with which message the one in a row is paired, as lane * 2**40 + row; UNPAIRED for none."""
        at = number - self.dropped
        if not 0 <= at < self.count:
            return UNPAIRED
        return int(self._partners[at // self.part_size][at % self.part_size])

    def arrive(self, first: int, data: bytes) -> None:
        """Lay records aside, of which the first has this index in its process, until they are wanted."""
        if first != self._next:
            self._firsts.append(first)
            self._starts.append(self.dropped + self.count + self.waiting)
        count = len(data) // record.SIZE
        self._next = first + count
        self.arrived.append(data)
        self.waiting += count

    def add(self, new: NDArray[Any]) -> int:
        """Put what has arrived into the parts, which are these rows; returns the number of the first."""
        start = self.dropped + self.count
        self.arrived, self.waiting = [], 0
        done, whole = 0, new.view(WHOLE)
        while done < len(new):
            within = self.count % self.part_size
            if not within:
                cells = mapped((self.part_size * (record.SIZE // 8 + 1),), np.int64)
                self._parts.append(cells[: -self.part_size].view(ROW))
                self._partners.append(cells[-self.part_size :])
                self._partners[-1].fill(UNPAIRED)
            some = whole[done : done + self.part_size - within]
            self._parts[-1].view(WHOLE)[within : within + len(some)] = some
            done += len(some)
            self.count += len(some)
        return start

    def await_end(self, number: int) -> None:
        """Take that the operation in a row, of those that came last, is pending."""
        part = bisect_right(self._starts, number) - 1
        self.pending.add(number - self._starts[part] + self._firsts[part])

    def complete(self, indices: list[int], rows: NDArray[Any]) -> NDArray[np.int64]:
        """Take how operations ended that were pending, by their indices in the process.

        Args:
            indices: of each.
            rows: as `add` takes them.

        Returns:
            The row numbers of those that are kept, ascending.
        """
        self.pending.difference_update(indices)
        found = [-1 if (number := self.row_of(index)) is None else number for index in indices]
        numbers = np.array(found, np.int64)
        order = np.argsort(numbers)[sum(number < 0 for number in found) :]
        numbers = numbers.take(order)
        places, at = np.divmod(numbers - self.dropped, self.part_size)
        first = np.flatnonzero(np.r_[len(at) > 0, places[1:] != places[:-1]])
        for place, start, stop in zip(places[first].tolist(), first, [*first[1:], len(at)], strict=True):
            part, mine, new = self._parts[place], at[start:stop], rows.view(WHOLE).take(order[start:stop]).view(ROW)
            part["end"][mine], part["word"][mine] = new["end"], new["word"]
            sized = new["size"] != 0
            part["size"][mine[sized]] = new["size"][sized]
            said = np.ascontiguousarray(new["text"]).view(np.uint8)[:: record.TEXT_SIZE] != 0
            part["text"][mine[said]] = new["text"][said]
        return numbers

    def end_of(self, number: int) -> int:
        """Return when the operation in a row ended; 0 while it is pending, -1 where the row is not kept."""
        at = number - self.dropped
        return int(self._parts[at // self.part_size]["end"][at % self.part_size]) if 0 <= at < self.count else -1

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
        row = self._parts[at // self.part_size][at % self.part_size].item()
        begin, thing, second, size, text, end, site, thread, word = row
        return Operation(begin, end, thing, size, second, site, thread, text, word >> 8, word & 0xFF)

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
        gone = min(self.count, self.part_size)
        del self._parts[:1], self._partners[:1]
        self.count -= gone
        self.dropped += gone
        return gone


def joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return rows of dtype ROW one after the other, a copy."""
    found: NDArray[Any] = np.concatenate([part.view(WHOLE) for part in parts] or [np.zeros(0, WHOLE)]).view(ROW)
    return found


def operation_of(data: bytes, origin: int) -> Operation:
    """Return the operation that a record tells; `origin` is the run's."""
    begin, thing, second, size, text, end, site, thread, word = record.RECORD.unpack(data)
    ended = end - origin if end else 0
    return Operation(begin - origin, ended, thing, size, second, site, thread, text, word >> 8, word & 0xFF)
