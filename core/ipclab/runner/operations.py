"""The runner's side of `trace`: a process's ring of operations, and behind it a file for what was not sent in time.

An operation is sent when it is first seen, pending or not, and once more when one that was pending has ended.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from time import perf_counter_ns
from typing import TYPE_CHECKING

from ipclab.runner.reading import map_file
from ipclab.runner.spill import Spill
from ipclab.trace import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipclab.runner.roster import Member

SIZE = record.SIZE
_NO_END = bytes(8)
AHEAD, PATIENCE = 8, 1.0  # how far is looked behind an empty place; for how many seconds it may be filled after those


class OperationReader:
    """One process's operations.

    Attributes:
        fills: a quarter of the ring was written between the last two looks, or more.
        seen: is called with an index in the process and records, as they come out of the ring and once more when one
            has ended that was pending.

    Raises:
        OSError, ValueError: its file is not whole yet; look again later.
    """

    def __init__(self, path: str, owner: Member, spill: str, spill_limit: int) -> None:
        self.map = map_file(path)
        if len(self.map) <= record.RECORDS_AT:
            raise ValueError(f"{path} is being made")
        self._cells = memoryview(self.map)[: record.RECORDS_AT].cast("q")
        if self._cells[0] != record.MAGIC:
            raise ValueError(f"{path} is being made")
        self.owner = owner
        self.capacity = self._cells[record.HOLDS]
        self._completed: list[tuple[int, bytes]] = []  # a heap: index and record of those that were pending when sent
        self._pending: set[int] = set()  # indices; the writer leaves their places alone
        self._missed = 0
        self._over = False  # its process has ended, and there is nothing more in the ring
        self.fills = False
        self.seen: Callable[[Member, int, bytes], None] | None = None
        self._spill = Spill(spill, spill_limit)
        self._parts: deque[tuple[int, int]] = deque()  # index of the first, bytes: of what is in the spill file

    @property
    def waiting(self) -> int:
        """Bytes that can be sent, about."""
        return self._spill.waiting + SIZE * (len(self._completed) + self._written(64))

    @property
    def lost(self) -> int:
        """Operations that could not be recorded, or not be kept."""
        return int(self._cells[record.LOST]) + self._missed + self._spill.gone // SIZE

    @property
    def lost_of(self) -> dict[int, int]:
        """How many of these were to be done to which thing, as far as that is known: the rest may be of any."""
        found: dict[int, int] = {}
        if self._cells[record.LOST]:
            cells = self._cells[record.LOST_OF : record.CELLS].tolist()
            for thing, count in zip(cells[::2], cells[1::2], strict=True):
                if count:
                    found[thing % 2**64] = found.get(thing % 2**64, 0) + count
        return found

    def take_completed(self) -> tuple[int, bytes] | None:
        """Return index and record of one that has ended since it was sent as pending; None where there is none."""
        sent = self._parts[0][0] if self._parts else self._cells[record.TAIL]
        return heappop(self._completed) if self._completed and self._completed[0][0] < sent else None

    def take(self, limit: int) -> tuple[int, bytes]:
        """Return the index of the first, and at most `limit` bytes of whole records, oldest first."""
        limit -= limit % SIZE
        if self._parts:
            first, size = self._parts[0]
            data = self._spill.take(min(size, limit))
            if len(data) < size:
                self._parts[0] = (first + len(data) // SIZE, size - len(data))
            else:
                self._parts.popleft()
            return first, data
        return self._from_ring(limit // SIZE)

    def look(self, *, ended: bool, all_of_it: bool = False) -> None:
        """Follow the pending ones, and move what waits into the spill file once the ring is a quarter full.

        Args:
            ended: its process has: no place that is empty will be filled any more.
            all_of_it: do not wait until it is a quarter full.
        """
        self.fills = False
        if self._over:
            return
        self._follow_pending()
        while (ended or self._is_held_up()) and self._skip_empty():
            self._move(1)
        if ended:
            self._over = True
        else:
            self.fills = self._move(1 if all_of_it else self.capacity // 4) and not all_of_it

    def _move(self, least: int) -> bool:
        """Move what is written without a gap into the spill file, if it is so many records; tell whether it was."""
        moved = False
        while self._written(self.capacity // 4) >= least:
            moved = True
            first, data = self._from_ring(self.capacity // 4)
            kept = self._spill.add(data)
            if kept:
                self._parts.append((first, kept))
            gone = self._spill.trim(SIZE)
            while gone and self._parts:
                first, size = self._parts.popleft()
                if size > gone:
                    self._parts.appendleft((first + gone // SIZE, size - gone))
                gone = max(0, gone - size)
        return moved

    def _written(self, most: int) -> int:
        """Return how many records from the mark on are written without a gap, up to `most` or the ring's end."""
        self._pass_by()
        tail = self._cells[record.TAIL]
        most = min(most, self.capacity - tail % self.capacity)
        for index in self._pending:  # what stands in its place is not what comes next
            most = min(most, (index - tail) % self.capacity)
        start = self._at(tail) + SIZE - 1
        if not most or not self.map[start]:  # the usual case, by one look instead of `most`
            return 0
        empty = self.map[start : start + most * SIZE - SIZE + 1 : SIZE].find(0)
        return most if empty < 0 else empty

    def _at(self, index: int) -> int:
        return record.RECORDS_AT + index % self.capacity * SIZE

    def _pass_by(self) -> None:
        """Move the mark over places that the writer has passed by."""
        tail = self._cells[record.TAIL]
        while self._is_passed(tail):
            self._pass(tail)
            tail += 1
            self._cells[record.TAIL] = tail

    def _is_passed(self, index: int) -> bool:
        return self.map[record.RECORDS_AT + self.capacity * SIZE + index % self.capacity] != 0

    def _pass(self, index: int) -> None:
        self.map[record.RECORDS_AT + self.capacity * SIZE + index % self.capacity] = 0
        if self._is_filled(index):
            self._missed += 1  # it was written after `_skip_empty`
            self.map[self._at(index) + SIZE - 1] = 0

    def _from_ring(self, most: int) -> tuple[int, bytes]:
        count = self._written(most)
        tail = self._cells[record.TAIL]
        if not count:
            if self._cells[record.FULL] == tail + 1:  # who has taken the place at the mark was kept from writing
                self._skip_empty()
            return tail, b""
        start = self._at(tail)
        ends = memoryview(self.map[start : start + count * SIZE]).cast("q")[record.ENDED_AT // 8 :: SIZE // 8].tolist()
        data = self.map[start : start + count * SIZE]  # after that: what came of one that has ended is in it
        emptied = bytearray(count)
        if 0 in ends:
            changed, at = bytearray(data), -1
            for _ in range(ends.count(0)):
                at = ends.index(0, at + 1)
                changed[at * SIZE + record.ENDED_AT : at * SIZE + record.ENDED_AT + 8] = _NO_END
                emptied[at] = data[at * SIZE + SIZE - 1]
                self._pending.add(tail + at)
            data = bytes(changed)
        self.map[start + SIZE - 1 : start + count * SIZE : SIZE] = bytes(emptied)
        self._cells[record.TAIL] = tail + count
        if self.seen is not None:
            self.seen(self.owner, tail, data)
        return tail, data

    def _follow_pending(self) -> None:
        """Look whether those that were pending have ended; give their places back to the writer."""
        for index in list(self._pending):
            start = self._at(index)
            if self.map[start + record.ENDED_AT : start + record.ENDED_AT + 8] != _NO_END:
                self._pending.remove(index)
                data = self.map[start : start + SIZE]
                heappush(self._completed, (index, data))
                if self.seen is not None:
                    self.seen(self.owner, index, data)
                self.map[start + SIZE - 1] = 0

    def _is_held_up(self) -> bool:
        """Tell whether nobody will fill the place at the mark: a signal's handler has raised where it was taken.

        A thread that has not run for so long and fills it all the same is counted as one that could not be recorded.
        """
        tail = self._cells[record.TAIL]
        if self._is_filled(tail):
            return False
        behind = next(filter(self._is_filled, range(tail + 1, tail + 1 + AHEAD)), None)
        if behind is None:
            return False
        began, *_ = record.RECORD.unpack_from(self.map, self._at(behind))
        return bool(perf_counter_ns() - began >= PATIENCE * 1e9)

    def _is_filled(self, index: int) -> bool:
        """Tell whether a place holds the record of this index, not an earlier one that is pending."""
        if not self.map[self._at(index) + SIZE - 1]:
            return False
        return all((index - one) % self.capacity for one in self._pending)

    def _skip_empty(self) -> bool:
        """Move the mark over places that nobody will fill, to the next record; return whether there is one."""
        tail = index = self._cells[record.TAIL]
        while index < tail + self.capacity:
            start, most = self._at(index) + SIZE - 1, min(tail, index // self.capacity * self.capacity) + self.capacity
            words = self.map[start : start + (most - index) * SIZE - SIZE + 1 : SIZE]
            index += len(words) - len(words.lstrip(b"\0"))
            if index < most and self._is_filled(index) and not self._is_passed(index):
                if self.map[record.RECORDS_AT + self.capacity * SIZE :].strip(b"\0"):  # some are passed by
                    for skipped in filter(self._is_passed, range(tail, index)):
                        self._pass(skipped)
                self._cells[record.TAIL] = index
                return True
            index += index < most
        return False

    def close(self) -> None:
        """Give the spill file's descriptor back."""
        self._spill.close()


__all__ = ["OperationReader"]
