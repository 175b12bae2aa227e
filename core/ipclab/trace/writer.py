"""Writes records of operations into this process's ring: begun before an operation, completed in place after it.

The ring is made at the first operation, in the run's folder; where there is no room, or no descriptor left, nothing is
recorded and the lab says so. It never waits: where the runner is a whole ring behind, operations are counted and lost.

Any thread may call; a signal handler or a `__del__` may do so while another call is at work.

An operation is paid for in steps of the interpreter, each of which costs several times what it does in a tight loop,
for a message lies between any two of them. So a slot of the ring is a number out of a list of free ones: it needs no
arithmetic, nobody else has it until the runner has seen how its operation ended, and who finds none has 0, where nobody
reads. What is done for each message (`connection`, `queues`) has the few lines of `begin` and `end` in it.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` imports more
import itertools
import mmap
import os
import sys
from _thread import RLock, _local, get_native_id
from time import perf_counter_ns

from ipclab import recorder
from ipclab.gate import MODE_BYTE
from ipclab.recorder import tell
from ipclab.trace import hold as gate
from ipclab.trace import places
from ipclab.trace.hold import hold, page
from ipclab.trace.places import LAB, is_a_handlers, new_site, sites
from ipclab.trace.record import (
    CALLER,
    CAPACITY,
    CAPACITY_LEAST,
    CELLS,
    ENDED_AT,
    ERROR,
    FULL,
    HOLDS,
    INT64,
    LOST,
    LOST_OF,
    MAGIC,
    RECEIVED,
    RECORD,
    RECORDS_AT,
    RESULT,
    RESULT_AT,
    SEND,
    SENT,
    SIZE,
    TAIL,
    TEXT,
    file_size,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from types import FrameType
    from typing import Any

else:
    from _collections import deque  # `collections` imports more, for a person's program to import again

ROOM_SHARE = 16  # a ring takes at most this part of what is free
HANDED = 256  # slots that are made free at once

now, pack, pack_result = perf_counter_ns, RECORD.pack_into, RESULT.pack_into
pack_text, pack_sent, pack_received = TEXT.pack_into, SENT.pack_into, RECEIVED.pack_into

threads = _local()  # `number`: this thread's; `sending`, `receiving`: see `caller_of`
_thread_numbers = itertools.count(1)

_free: deque[int] = deque()
take = _free.popleft  # IndexError: see `more`. Where a signal's handler raises just after it, the slot is nobody's


class Ring:
    """This process's ring; at first, and where there can be none, one without slots but 0, in memory of its own.

    Attributes:
        records: pack a RECORD here, at its slot * SIZE.
        results: the same for a RESULT.
        ended: when each has ended.
        words: their operations and flags.
    """

    __slots__ = ("_capacity", "_cells", "_kept", "_lock", "_lost", "_next", "_operations", "_passed", "_started",
                 "_unused", "_within", "ended", "records", "results", "words")  # fmt: skip

    def __init__(self) -> None:
        self._kept: list[object] = []
        self._begin_anew(0)

    def _begin_anew(self, capacity: int) -> None:
        self._lock, self._within, self._started = RLock(), False, False
        self._lost: dict[int, int] = {}  # by thing, the cell that counts its operations
        self._unused = iter(range(LOST_OF, CELLS, 2))
        self._use(memoryview(mmap.mmap(-1, file_size(capacity))))
        self._capacity = 0

    def _use(self, whole: memoryview) -> None:
        first = RECORDS_AT - SIZE
        self._capacity = (len(whole) - RECORDS_AT) // (SIZE + 1)
        self._cells = whole[:first].cast("q")
        self._passed = whole[RECORDS_AT + self._capacity * SIZE :]
        self._next = 0  # index of the next slot that will be free
        records = whole[first : RECORDS_AT + self._capacity * SIZE]
        self.ended = records.cast(INT64)[ENDED_AT // 8 :: SIZE // 8]
        self.words = records.cast("H")[SIZE // 2 - 1 :: SIZE // 2]
        self._operations = records[SIZE - 1 :: SIZE]
        self.results, self.records = records[RESULT_AT:], records

    @property
    def is_made(self) -> bool:
        """Tell whether it has slots."""
        return self._capacity > 0

    def renew(self) -> None:
        """Begin anew, in a forked child: no ring yet, no thread known, a lock that nobody holds.

        A hook in the midst of which its process forked ends in the memory that stands for the ring, as large as that.
        """
        global _thread_numbers
        self._kept.append(self.records)  # the parent's mapping is not closed: see recorder.Recorder.renew
        _free.clear()
        self._begin_anew(len(self.ended) - 1)
        gate.renew()
        vars(threads).clear()
        places.renew()
        _thread_numbers = itertools.count(1)

    def more(self, thing: int) -> int:
        """Return a slot where none is free: after the runner's mark has been looked at; 0 where the ring is full.

        Then an operation on this thing is lost, and counted.
        """
        with self._lock:
            slot = 0
            # within: a signal handler, or a __del__, in the midst of this; full: nothing has been taken since it was
            if not self._within and self._cells[FULL] != self._cells[TAIL] + 1:
                self._within = True
                try:
                    if not self._started:
                        self._make_at_once()
                    slot = take() if _free else self._hand_out()
                finally:
                    self._within = False
            if not slot:
                self._lose(thing)
            return slot

    def _lose(self, thing: int) -> None:
        """Count an operation as lost, and of which thing while there are cells for that.

        A signal handler may do the same after each call here: so a thing may get two cells.
        """
        cells, at = self._cells, self._lost.get(thing)
        if at is None:
            at = next(self._unused, None)
            if at is not None:
                cells[at] = thing - (thing >> 63 << 64)
                self._lost[thing] = at + 1
                at += 1
        if at is not None:
            cells[at] += 1
        cells[LOST] += 1

    def _make_at_once(self) -> None:
        """Make the ring; no signal's handler comes between, which may raise, and do so again the next time."""
        if sys.platform == "win32":
            self._make()
            return
        before = _signal.pthread_sigmask(_signal.SIG_BLOCK, ())
        try:
            _signal.pthread_sigmask(_signal.SIG_BLOCK, _signal.valid_signals())
            self._make()
        finally:  # what was sent meanwhile is handled here
            _signal.pthread_sigmask(_signal.SIG_SETMASK, before)

    def _make(self) -> None:
        life = recorder.current.life if recorder.current is not None else None
        mapped = _reserved(life.path) if life is not None and life.path else None
        if mapped is None:
            self._started = True
            tell("untraced")
            return
        self._use(memoryview(mapped))
        self._cells[HOLDS] = self._capacity
        self._cells[0] = MAGIC
        self._started = True

    def _hand_out(self) -> int:
        """Make slots free, up to the runner's mark; pass by those of which the runner waits for the end.

        Returns one of them, which is not among the free ones: other threads may take all of these at once. 0 for none.
        """
        cells, capacity = self._cells, self._capacity
        tail = cells[TAIL]
        while capacity:
            start = self._next % capacity
            count = min(HANDED, tail + capacity - self._next, capacity - start)
            if not count:
                cells[FULL] = tail + 1
                break
            slots = list(range(start + 1, start + 1 + count))
            held = bytes(self._operations[start + 1 : start + 1 + count])
            if any(held):
                for slot, operation in zip(slots, held, strict=True):
                    if operation:
                        self._passed[slot - 1] = 1
                slots = [slot for slot, operation in zip(slots, held, strict=True) if not operation]
            self._next += count  # just before: a signal's handler, which may raise, comes after a call
            _free.extend(slots[1:])
            if slots:
                return slots[0]
        return 0


def _reserved(path: str) -> mmap.mmap | None:
    capacity = CAPACITY
    try:
        if hasattr(os, "statvfs"):
            status = os.statvfs(os.path.dirname(path))
            while file_size(capacity) * ROOM_SHARE > status.f_bavail * status.f_frsize and capacity > CAPACITY_LEAST:
                capacity //= 2
        return recorder.reserve(path + ".operations", file_size(capacity))
    except OSError:  # no room, or no descriptor left: the process runs all the same
        return None


def begin(
    operation: int, thing: int, site: int, size: int = 0, second: int = 0, text: bytes = b"", *, flags: int = 0
) -> int:
    """Write that an operation begins, once it may; returns its slot, which `end` wants."""
    if page[MODE_BYTE] and site < LAB:
        hold(thread_number(), operation, thing, site, size, second, text, flags)
    slot = 0
    try:
        try:
            thread = threads.number
            slot = take()
        except (AttributeError, IndexError) as error:
            if is_a_handlers(error):
                raise
            thread, slot = thread_number(), ring.more(thing)
        pack(ring.records, slot << 7, now(), thing, second, size, text, 0, site, thread, operation << 8 | flags)
    except BaseException:  # a signal's handler raised
        end(slot, operation, flags | ERROR)
        raise
    return slot


def end(slot: int, operation: int, flags: int = 0) -> None:
    """Write that an operation has ended; once for each, for its slot may be another's as soon as it is written.

    With flags it may be one that has not begun, since a signal's handler raised: its slot is free again.
    """
    if flags:
        if ring.words[slot] < 256:
            if slot and ring.is_made and slot not in _free:
                _free.appendleft(slot)
            return
        ring.words[slot] = operation << 8 | flags
    ring.ended[slot] = now()


def end_with(slot: int, size: int, text: bytes) -> None:
    """Write that an operation has ended well, and what came of it."""
    pack_text(ring.results, slot << 7, size, text)
    ring.ended[slot] = now()  # at last, and no call: after that nothing must be raised here


def stand(operation: int, thing: int, site: int, size: int = 0, second: int = 0) -> None:
    """Wait until an operation may begin that `point` writes after it was done."""
    if page[MODE_BYTE] and site < LAB:
        hold(thread_number(), operation, thing, site, size, second)


def wait_turn(
    slot: int, operation: int, thing: int, site: int, thread: int, size: int = 0, text: bytes = b"", flags: int = 0
) -> int:
    """Wait, with a slot already taken, until an operation may begin; returns another slot.

    The first is given back, also where a handler raises: the runner reads slots in their order.
    """
    if site >= LAB:
        return slot
    if slot:
        _free.appendleft(slot)
    hold(thread, operation, thing, site, size, 0, text, flags)
    try:
        return take()
    except IndexError as error:
        if is_a_handlers(error):
            raise
    return ring.more(thing)


def point(operation: int, thing: int, site: int, size: int = 0, second: int = 0) -> None:
    """Write an operation that takes no time, now."""
    slot = 0
    try:
        try:
            thread = threads.number
            slot = take()
        except (AttributeError, IndexError) as error:
            if is_a_handlers(error):
                raise
            thread, slot = thread_number(), ring.more(thing)
        moment = now()
        at, slot = slot << 7, 0  # it is written once
        pack(ring.records, at, moment, thing, second, size, b"", moment, site, thread, operation << 8)
    except BaseException:  # a signal's handler raised
        end(slot, operation, ERROR)
        raise


def thread_number() -> int:
    """Return this thread's number; a new one is told."""
    number: int = getattr(threads, "number", 0)
    if not number:
        threads.sending, threads.receiving = {}, {}  # first: a signal's handler may send before the number is there
        threads.number = number = next(_thread_numbers) & 0xFFFF
        threading = sys.modules.get("threading")
        found = threading._active.get(threading.get_ident()) if threading is not None else None
        tell("thread", number=number, name=found._name if found is not None else "", native=get_native_id())
    return number


def caller_of(frame: FrameType | None, operation: int) -> bytes:
    """Return how a record ends of what this thread sends or receives at the place where a frame is; b"" for the lab.

    It is kept in `threads`, by the key that the place has in `sites`, and, with the code, by its offset in the bytecode
    where no other place has taken that: hooks look there first, for to add up the key takes longer than the rest.
    """
    number, place = thread_number(), new_site(frame)
    if place == LAB:
        return b""
    caller = CALLER.pack(0, place, number, operation << 8)
    if frame is not None and (at := id(frame.f_code) + frame.f_lasti) in sites:
        callers: dict[int, Any] = threads.sending if operation == SEND else threads.receiving
        callers[at] = caller
        callers.setdefault(frame.f_lasti, (frame.f_code, caller))
    return caller


ring = Ring()
