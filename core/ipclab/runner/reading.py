"""The runner's side of what processes write down: life files, sample rings, output files. Nothing here ever waits."""

from __future__ import annotations

import marshal
import mmap
import os
from collections import deque
from typing import TYPE_CHECKING, Any

from ipclab import recorder as layout
from ipclab.records import SAMPLE
from ipclab.runner.spill import READ_WRITE, Spill, forget
from ipclab.runner.system import system

if TYPE_CHECKING:
    from ipclab.runner.roster import Member

Event = tuple[int, str, dict[str, Any]]  # nanoseconds since the run began, kind, what of it

LINE_LIMIT = 16 * 1024  # bytes of one line sent whole; a longer one is sent in pieces
OUTPUT_BEHIND = 64 * 2**20  # bytes of one process's output not sent yet, beyond which its oldest half is left out
STAMPS_IN_DANGER = 16  # of the oldest, which may be written over while they are read
TRACKERS_WORDS = "resource_tracker: There appear to be "  # multiprocessing/resource_tracker.py, Python 3.11 to 3.14
STAMPS = 10_000  # kept for one file; beyond, lines that came later share a stamp


def map_file(path: str) -> mmap.mmap:
    """Map a whole file, to read and to write; no descriptor of ours stays open."""
    descriptor = os.open(path, READ_WRITE)
    try:
        return mmap.mmap(descriptor, 0)
    finally:
        os.close(descriptor)


class LifeReader:
    """One process's life file.

    Raises:
        OSError, ValueError: it is not whole yet; look again later.
    """

    def __init__(self, path: str) -> None:
        self.map = map_file(path)
        if len(self.map) < layout.LIFE_SIZE:
            raise ValueError(f"{path} is being made")
        self._cells = memoryview(self.map)[: layout.EVENTS_AT].cast("q")
        self._floats = memoryview(self.map)[: layout.EVENTS_AT].cast("d")
        if self._cells[0] != layout.MAGIC:
            raise ValueError(f"{path} is being made")
        self._versions = [0] * layout.SHOW_PLACES
        self.stem = path.removesuffix(".life")
        self._stamped = [0, 0]  # stamps of stdout and stderr that were read

    def events(self) -> list[Event]:
        """Return the events written since the last call; what cannot be read is left out."""
        found: list[Event] = []
        head, tail = self._cells[layout.HEAD], self._cells[layout.TAIL]
        if head == tail:
            return found
        data = self._ring(tail, head)
        at = 0
        while at + 4 <= len(data):
            size = int.from_bytes(data[at : at + 4], "little")
            try:
                moment, kind, about = marshal.loads(data[at + 4 : at + 4 + size])
                found.append((int(moment), str(kind), dict(about)))
            except (ValueError, EOFError, TypeError):
                break  # a process may overwrite its own memory; what comes after cannot be told apart
            at += 4 + size
        self._cells[layout.TAIL] = head
        return found

    def _ring(self, tail: int, head: int) -> bytes:
        first, last = tail % layout.EVENTS_SIZE, head % layout.EVENTS_SIZE
        at = layout.EVENTS_AT
        if head - tail > layout.EVENTS_SIZE:
            return b""
        if first < last:
            return self.map[at + first : at + last]
        return self.map[at + first : at + layout.EVENTS_SIZE] + self.map[at : at + last]

    def shown(self) -> list[tuple[str, object, int]]:
        """Return (name, value, nanoseconds) of the variables shown anew since the last call."""
        found = []
        for place in range(min(self._cells[layout.SHOWS], layout.SHOW_PLACES)):
            at = layout.SHOWS_AT + place * layout.SHOW_SIZE
            version, moment, name_size, size = layout.SHOW_HEAD.unpack_from(self.map, at)
            if version == self._versions[place] or version % 2:
                continue
            body = at + layout.SHOW_HEAD.size
            name = self.map[body : body + name_size]
            data = self.map[body + layout.SHOW_NAME : body + layout.SHOW_NAME + size]
            if layout.SHOW_HEAD.unpack_from(self.map, at)[0] != version:
                continue  # written meanwhile: next time
            self._versions[place] = version
            try:
                found.append((name.decode(errors="replace"), marshal.loads(data)[1], moment))
            except (ValueError, EOFError, TypeError, IndexError):
                continue
        return found

    def stamps(self, descriptor: int) -> list[tuple[int, float]]:
        """Return (offset, seconds) of the writes to stdout (1) or stderr (2) since the last call, as far as kept."""
        head = self._cells[layout.STAMPED + descriptor - 1]
        first = max(self._stamped[descriptor - 1], head - layout.STAMP_PLACES + STAMPS_IN_DANGER)
        self._stamped[descriptor - 1] = head
        found = []
        for number in range(first, head):
            place = (descriptor - 1) * layout.STAMP_PLACES + number % layout.STAMP_PLACES
            end, when = layout.STAMP.unpack_from(self.map, layout.STAMPS_AT + place * layout.STAMP.size)
            found.append((end, when / 1e9))
        return found

    @property
    def progress(self) -> tuple[float, float]:
        """(done, of); (0, 0) where it says nothing."""
        return self._floats[layout.DONE], self._floats[layout.OF]

    @property
    def burst_until(self) -> int:
        """The end of the burst that it measures in, on the run's clock; 0 when it does not."""
        return int(self._cells[layout.BURST])

    @property
    def lost(self) -> int:
        """Events and variables that found no place."""
        return int(self._cells[layout.LOST])


class SampleReader:
    """One process's ring of one series, and behind it a file for what was not sent in time.

    Raises:
        OSError, ValueError: it is not whole yet; look again later.
    """

    def __init__(self, path: str, owner: Member, spill: str, spill_limit: int) -> None:
        self.map = map_file(path)
        if len(self.map) <= layout.SAMPLES_AT:
            raise ValueError(f"{path} is being made")
        self._cells = memoryview(self.map)[: layout.NAME_AT].cast("q")
        if self._cells[0] != layout.MAGIC:
            raise ValueError(f"{path} is being made")
        self.owner = owner
        self.capacity = self._cells[4]
        self.name = self.map[layout.NAME_AT : layout.NAME_AT + self._cells[5]].decode(errors="replace")
        self._spill = Spill(spill, spill_limit)

    @property
    def waiting(self) -> int:
        """Bytes that can be sent."""
        return self._spill.waiting + (self._cells[1] - self._cells[2]) * SAMPLE.size

    @property
    def gone(self) -> int:
        """Samples that the spill file could not keep."""
        return self._spill.gone // SAMPLE.size

    @property
    def dropped(self) -> int:
        """Samples that its process could not record."""
        return int(self._cells[3])

    def take(self, limit: int) -> bytes:
        """Return at most `limit` bytes of whole samples, oldest first."""
        limit -= limit % SAMPLE.size
        if self._spill.waiting:
            return self._spill.take(limit)
        return self._from_ring(limit)

    def _from_ring(self, limit: int) -> bytes:
        head, tail = self._cells[1], self._cells[2]
        count = min(head - tail, limit // SAMPLE.size)
        first = tail % self.capacity
        until = min(first + count, self.capacity)
        at = layout.SAMPLES_AT
        data = self.map[at + first * SAMPLE.size : at + until * SAMPLE.size]
        rest = count - (until - first)
        if rest > 0:
            data += self.map[at : at + rest * SAMPLE.size]
        self._cells[2] = tail + count
        return data

    def relieve(self) -> None:
        """Move what waits into the spill file once the ring is a quarter full: its process is never to find it full."""
        if (self._cells[1] - self._cells[2]) * 4 < self.capacity:
            return
        while data := self._from_ring(2**20):
            self._spill.add(data)
        self._spill.trim(SAMPLE.size)

    def close(self) -> None:
        """Give the spill file's descriptor back."""
        self._spill.close()


class OutputReader:
    """One process's stdout or stderr: lines with the time at which they came."""

    def __init__(self, path: str, owner: Member, stream: str) -> None:
        self.owner, self.stream = owner, stream
        self.gone = 0  # lines left out
        self.tells_leaks = False  # a resource tracker has written here what it had to remove
        self._stem = path.rpartition(".")[0]
        self._file = os.open(path, READ_WRITE)
        self._size = self._taken = self._cut = 0
        self._stamps: deque[tuple[int, float]] = deque()
        self._latest = 0.0

    def look(self, seconds: float) -> None:
        """Stamp what has come since the last look: as its process did, and what that has not with the time of now."""
        life = self.owner.life
        noted = life.stamps(1 + (self.stream == "stderr")) if life is not None and life.stem == self._stem else []
        size = os.fstat(self._file).st_size
        if size < self._size:  # the program cut its own output
            self._taken = min(self._taken, size)
            self._stamps.clear()
        elif size > self._size:
            for end, when in noted:
                self._note(end, when)
            if not self._stamps or self._stamps[-1][0] < size:
                self._note(size, seconds)
        self._size = size
        if self._size - self._taken > OUTPUT_BEHIND:
            self._leave_out(self._size - OUTPUT_BEHIND // 2)

    def _note(self, end: int, when: float) -> None:
        if self._size < end and (not self._stamps or self._stamps[-1][0] < end):
            if len(self._stamps) >= STAMPS:
                self._stamps.pop()
            self._latest = max(self._latest, when)  # a write may be seen late whose time was taken early
            self._stamps.append((end, self._latest))

    def _leave_out(self, until: int) -> None:
        start = self._taken
        while self._taken < until:
            part = system.read_at(self._file, min(2**20, until - self._taken), self._taken)
            self.gone += part.count(b"\n")
            self._taken += len(part)
        forget(self._file, start, self._taken - start)

    @property
    def waiting(self) -> bool:
        """Tell whether `take` may have something."""
        return self._taken < self._size

    def cut(self) -> None:
        """Let a line end here, whatever follows: what has been written so far is not to wait for its end."""
        self._cut = self._size

    def unfinished(self, limit: int) -> str:
        """Return what stands of a line that has no end yet, once all before it was taken; at most `limit` bytes."""
        if self._cut > self._taken or not self.waiting:
            return ""
        data = system.read_at(self._file, min(limit, self._size - self._taken), self._taken)
        return "" if b"\n" in data else data.decode(errors="replace")

    def take(self, limit: int, *, last: bool = False) -> list[tuple[float, str]]:
        """Return lines of at most about `limit` bytes; an unfinished one only with `last` or when it is too long."""
        until = self._cut if self._taken < self._cut < self._size else self._size
        last = last or until == self._cut
        data = system.read_at(self._file, min(limit, until - self._taken), self._taken)
        found: list[tuple[float, str]] = []
        at = 0
        while at < len(data):
            end = data.find(b"\n", at, at + LINE_LIMIT)
            whole = end >= 0
            if not whole:
                if len(data) - at >= LINE_LIMIT:
                    end = at + LINE_LIMIT
                elif last and self._taken + len(data) == until:
                    end = len(data)
                else:
                    break
            text = data[at:end].decode(errors="replace").removesuffix("\r")
            at = end + whole
            self.tells_leaks |= TRACKERS_WORDS in text
            found.append((self._stamp(self._taken + at), text))
        forget(self._file, self._taken, at)
        self._taken += at
        return found

    def _stamp(self, until: int) -> float:
        while len(self._stamps) > 1 and self._stamps[0][0] < until:
            self._stamps.popleft()
        return self._stamps[0][1] if self._stamps else 0.0

    def close(self) -> None:
        """Give the file's descriptor back."""
        os.close(self._file)


__all__ = ["Event", "LifeReader", "OutputReader", "SampleReader"]
