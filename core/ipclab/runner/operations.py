"""The runner's side of `trace`: a process's ring of operations, and behind it a file for what was not sent in time.

An operation is sent when it is first seen, pending or not, and once more when one that was pending has ended.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from ipclab.runner.reading import map_file
from ipclab.runner.spill import Spill
from ipclab.trace import record

if TYPE_CHECKING:
    from ipclab.runner.roster import Member

SIZE = record.SIZE
LATE = bytes([record.LATE])
_PENDING = bytes(1 if not flags & record.DONE else 0 for flags in range(256))


class OperationReader:
    """One process's operations.

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
        self.capacity = self._cells[record.CELLS - 1]
        self.completed: deque[tuple[int, bytes]] = deque()  # index and record of those that were pending when sent
        self._pending: dict[int, tuple[bytes, int]] = {}  # by index: its first eight bytes, when it began; operation
        self._spill = Spill(spill, spill_limit)
        self._parts: deque[tuple[int, int]] = deque()  # index of the first, bytes: of what is in the spill file

    @property
    def waiting(self) -> int:
        """Bytes that can be sent, about."""
        tail = self._cells[record.TAIL]
        return self._spill.waiting + SIZE * (len(self.completed) + self._written(tail, 64))

    @property
    def lost(self) -> int:
        """Operations that could not be recorded, or not be kept."""
        return int(self._cells[record.LOST]) + self._spill.gone // SIZE

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

    def look(self, *, ended: bool) -> None:
        """Follow the pending ones, and move what waits into the spill file once the ring is a quarter full.

        Args:
            ended: its process has: no place that is empty will be filled any more.
        """
        self._follow_pending()
        if ended:
            self._skip_empty()
        while self._written(self._cells[record.TAIL], self.capacity // 4) * 4 >= self.capacity:
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

    def _written(self, tail: int, most: int) -> int:
        """Return how many records from the mark on are written without a gap, up to `most` or the ring's end."""
        place = tail % self.capacity
        most = min(most, self.capacity - place)
        start = record.RECORDS_AT + place * SIZE + SIZE - 1
        empty = self.map[start : start + most * SIZE - SIZE + 1 : SIZE].find(0)
        return most if empty < 0 else empty

    def _from_ring(self, most: int) -> tuple[int, bytes]:
        tail = self._cells[record.TAIL]
        count = self._written(tail, most)
        if not count:
            if self._cells[record.DROPPED_TO] > tail:  # the writer found the ring full, and left places empty
                self._skip_empty(self._cells[record.DROPPED_TO])
            return tail, b""
        start = record.RECORDS_AT + tail % self.capacity * SIZE
        data = self.map[start : start + count * SIZE]
        self.map[start + SIZE - 1 : start + count * SIZE : SIZE] = bytes(count)
        self._cells[record.TAIL] = tail + count
        self._note_pending(tail, data)
        return tail, self._without_late(data)

    def _note_pending(self, first: int, data: bytes) -> None:
        pending = data[SIZE - 2 :: SIZE].translate(_PENDING)
        at = pending.find(1)
        while at >= 0:
            self._pending[first + at] = data[at * SIZE : at * SIZE + 8], data[at * SIZE + SIZE - 1]
            at = pending.find(1, at + 1)

    def _without_late(self, data: bytes) -> bytes:
        """Take completions that came as records of their own out; they keep their places, empty."""
        operations = data[SIZE - 1 :: SIZE]
        at = operations.find(LATE)
        if at < 0:
            return data
        changed = bytearray(data)
        while at >= 0:
            one = data[at * SIZE : (at + 1) * SIZE]
            _, ended, operation, size, index, _, _, text, word = record.RECORD.unpack(one)
            began = self._pending.pop(index, None)
            if began is not None:
                values = (0, ended, 0, size, 0, 0, 0, text, operation << 8 | word & 0xFF)
                self.completed.append((index, began[0] + record.RECORD.pack(*values)[8:]))
            changed[at * SIZE : (at + 1) * SIZE] = bytes(SIZE)
            at = operations.find(LATE, at + 1)
        return bytes(changed)

    def _follow_pending(self) -> None:
        """Look whether those that were pending have ended where they lie; while their place is not another's."""
        for index, (began, operation) in list(self._pending.items()):
            start = record.RECORDS_AT + index % self.capacity * SIZE
            one = self.map[start : start + SIZE]
            if one[:8] == began and one[SIZE - 2] & record.DONE:
                # One that ended between our copy of it and our emptying of its place has lost its operation there.
                del self._pending[index]
                self.completed.append((index, one[: SIZE - 1] + bytes([operation])))
                self.map[start + SIZE - 1] = 0

    def _skip_empty(self, until: int | None = None) -> None:
        """Move the mark over places that nobody will fill, to the next record."""
        tail = self._cells[record.TAIL]
        end = tail + self.capacity if until is None else min(until, tail + self.capacity)
        for index in range(tail, end):
            if self.map[record.RECORDS_AT + index % self.capacity * SIZE + SIZE - 1]:
                self._cells[record.TAIL] = index
                return
        if until is not None:
            self._cells[record.TAIL] = until

    def close(self) -> None:
        """Give the spill file's descriptor back."""
        self._spill.close()


__all__ = ["OperationReader"]
