"""Writes records of operations into this process's ring: begun before an operation, completed in place after it.

The ring is made at the first operation, in the run's folder; where there is no room, or no descriptor left, nothing is
recorded and the lab says so. It never waits: where the runner is a whole ring behind, operations are counted and lost.

Any thread may call; a signal handler or a `__del__` may do so while another call is at work.
"""

from __future__ import annotations

import itertools
import os
import sys
from _thread import RLock, _local, get_native_id
from time import perf_counter_ns

from ipclab import recorder
from ipclab.trace.record import (
    CAPACITY,
    CAPACITY_LEAST,
    CELLS,
    DONE,
    DROPPED_TO,
    LATE,
    LOST,
    MAGIC,
    NOWHERE,
    RECORD,
    RECORDS_AT,
    SIZE,
    TAIL,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap
    from collections.abc import Callable
    from types import CodeType, FrameType

PASSED_ON = frozenset({"get_nowait", "put_nowait", "wait_for", "notify_all", "__enter__", "__exit__"})
MAKERS = frozenset(f"multiprocessing.{name}" for name in ("context", "synchronize", "sharedctypes", "managers"))
ASK_CALLER = NOWHERE - 1  # what a function of PASSED_ON does is its caller's
LAB = NOWHERE - 2  # what the lab says between its own halves is nobody's message

ROOM_SHARE = 16  # a ring takes at most this part of what is free

_site_numbers = itertools.count(1)
_codes: list[CodeType] = []  # kept, so that no other code object takes their place in `sites`
sites: dict[int, int] = {}  # by where a frame is: see `site`


class Ring:
    """How this process writes: four functions over its mapped ring, which is made at the first operation.

    Functions that close over what they need, not methods: each operation pays for every name that is looked up.

    Attributes:
        begin: (operation, thing, site, size, second, text): write that an operation begins; returns what `end` wants.
        end: (what `begin` returned, operation, flags): write that it has ended.
        end_with: (what `begin` returned, operation, size, text, flags): the same, and what came of it.
        point: (operation, thing, site, size, second, flags): write an operation that takes no time.
    """

    __slots__ = ("_before_fork", "_making", "begin", "end", "end_with", "point")

    begin: Callable[..., int]
    end: Callable[..., None]
    end_with: Callable[..., None]
    point: Callable[..., None]

    def __init__(self) -> None:
        self._before_fork: list[object] = []
        self.renew()

    def renew(self) -> None:
        """Begin anew, in a forked child: no ring yet, no thread known, locks that nobody holds."""
        global _site_numbers
        if hasattr(self, "begin"):  # the parent's mapping is not closed: see recorder.Recorder.renew
            self._before_fork.append(self.begin)
        self._making = RLock()
        self.begin, self.point = self._first_begin, self._first_point
        self.end = self.end_with = _lose
        sites.clear()
        _site_numbers = itertools.count(1)

    def _first_begin(self, *about: object) -> int:
        return self.begin(*about) if self._make() else -1

    def _first_point(self, *about: object) -> None:
        if self._make():
            self.point(*about)

    def _make(self) -> bool:
        """Make the ring; False where it cannot be, or where a signal handler or a __del__ comes while it is made."""
        with self._making:
            if self.begin != self._first_begin:
                return True
            self.begin, self.point = _lose_begin, _lose
            life = recorder.current.life if recorder.current is not None else None
            mapped = _reserved(life.path) if life is not None and life.path else None
            if mapped is None:
                tell("untraced")
                return False
            self.begin, self.end, self.end_with, self.point = _writing(mapped)
            return True


def _lose_begin(*about: object) -> int:  # noqa: ARG001
    return -1


def _lose(*about: object) -> None:
    """Lose an operation: there is no ring."""


def _reserved(path: str) -> mmap.mmap | None:
    capacity = CAPACITY
    try:
        if hasattr(os, "statvfs"):
            status = os.statvfs(os.path.dirname(path))
            while capacity * SIZE * ROOM_SHARE > status.f_bavail * status.f_frsize and capacity > CAPACITY_LEAST:
                capacity //= 2
        return recorder.reserve(path + ".operations", RECORDS_AT + capacity * SIZE)
    except OSError:  # no room, or no descriptor left: the process runs all the same
        return None


def _writing(  # noqa: C901  # one ring, and four functions that close over it
    mapped: mmap.mmap,
) -> tuple[Callable[..., int], Callable[..., None], Callable[..., None], Callable[..., None]]:
    """Return `begin`, `end`, `end_with` and `point` of a ring."""
    whole = memoryview(mapped)
    cells = whole[:RECORDS_AT].cast("q")
    numbers, words = whole[RECORDS_AT:].cast("q"), whole[RECORDS_AT:].cast("H")
    capacity = (len(mapped) - RECORDS_AT) // SIZE
    cells[CELLS - 1] = capacity
    cells[0] = MAGIC
    mask, limit = capacity - 1, capacity  # limit: where the runner's mark has to be looked at again
    take, pack, now = itertools.count().__next__, RECORD.pack_into, perf_counter_ns
    threads, thread_numbers = _local(), itertools.count(1)

    def begin(operation: int, thing: int, site: int, size: int = 0, second: int = 0, text: bytes = b"") -> int:
        try:
            thread = threads.number
        except AttributeError:
            thread = new_thread()
        index = take()
        if index >= limit and not room(index):
            return -1
        at = RECORDS_AT + ((index & mask) << 7)
        pack(mapped, at, now(), 0, thing, size, second, site, thread, text, operation << 8)
        return index

    def end(index: int, operation: int, flags: int = 0) -> None:
        if index < cells[TAIL]:
            late(index, 0, b"", operation, flags)
            return
        place = index & mask
        numbers[(place << 4) + 1] = now()
        words[(place << 6) + 63] = operation << 8 | flags | DONE

    def end_with(index: int, operation: int, size: int, text: bytes, flags: int = 0) -> None:
        if index < cells[TAIL]:
            late(index, size, text, operation, flags)
            return
        place = index & mask
        at = place << 4
        numbers[at + 3] = size
        if text:
            start = RECORDS_AT + (place << 7) + 46
            mapped[start : start + len(text)] = text
        numbers[at + 1] = now()
        words[(place << 6) + 63] = operation << 8 | flags | DONE

    def point(operation: int, thing: int, site: int, size: int = 0, second: int = 0, flags: int = 0) -> None:
        try:
            thread = threads.number
        except AttributeError:
            thread = new_thread()
        index = take()
        if index >= limit and not room(index):
            return
        moment = now()
        word = operation << 8 | flags | DONE
        at = RECORDS_AT + ((index & mask) << 7)
        pack(mapped, at, moment, moment, thing, size, second, site, thread, b"", word)

    def late(index: int, size: int, text: bytes, operation: int, flags: int) -> None:
        """Write a completion as a record of its own: the runner has taken the one that it is of, pending."""
        if index < 0:
            return
        done = take()
        if done >= limit and not room(done):
            return
        moment = now()
        at = RECORDS_AT + ((done & mask) << 7)
        pack(mapped, at, moment, moment, operation, size, index, 0, 0, text, LATE << 8 | flags | DONE)

    def room(index: int) -> bool:
        """Look at the runner's mark; False where the ring is full: the place of this index stays empty."""
        nonlocal limit
        limit = cells[TAIL] + capacity
        if index < limit:
            return True
        cells[LOST] += 1
        cells[DROPPED_TO] = index + 1
        return False

    def new_thread() -> int:
        number = threads.number = next(thread_numbers) & 0xFFFF
        threading = sys.modules.get("threading")
        found = threading._active.get(threading.get_ident()) if threading is not None else None
        tell("thread", number=number, name=found._name if found is not None else "", native=get_native_id())
        return number

    return begin, end, end_with, point


def new_site(frame: FrameType) -> int:
    """Give a place in the source its number, and tell it; what follows from it is in `site`."""
    code = frame.f_code
    module = frame.f_globals.get("__name__")
    number = NOWHERE
    if isinstance(module, str) and module.startswith("ipclab.") and not module.startswith("ipclab.experiments."):
        number = LAB
    elif not _internal(module):
        number = next(_site_numbers)
        about = {"file": code.co_filename, "line": frame.f_lineno, "function": code.co_qualname}
        tell("site", number=number, **about)
    elif code.co_name in PASSED_ON and str(module).startswith("multiprocessing."):
        number = ASK_CALLER
    _codes.append(code)
    sites[id(code) + frame.f_lasti] = number
    return number


def site(frame: FrameType | None) -> int:
    """Return the number of the place in the source where a frame is now; NOWHERE outside of a person's code.

    A place is known by the sum of its code object's address and its offset in the bytecode: bytecode lies inside its
    code object, so no two places of living ones have the same. Hooks that are called often look into `sites` first.
    """
    number = ASK_CALLER
    while number == ASK_CALLER and frame is not None:
        number = sites.get(id(frame.f_code) + frame.f_lasti) or new_site(frame)
        frame = frame.f_back
    return NOWHERE if number == LAB else number


def maker_site(frame: FrameType | None) -> int:
    """Return the place where a person's code made something, through the modules that make it; NOWHERE for others."""
    while frame is not None and (frame.f_globals.get("__name__") or "multiprocessing.managers") in MAKERS:
        frame = frame.f_back  # what has no name is a proxy's method, made by exec
    return site(frame)


def _internal(module: object) -> bool:
    """Tell whether a module is Python's own: by its name, for in a package files are relative."""
    if not isinstance(module, str):  # code that multiprocessing makes by exec has none
        return True
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names


def tell(event: str, **about: object) -> None:
    """Tell something about this process that records refer to, as an event of its life."""
    if recorder.current is not None:
        recorder.current.life.event(event, **about)


ring = Ring()
