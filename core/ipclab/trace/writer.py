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
    CAPACITY, CAPACITY_LEAST, CELLS, DONE, DROPPED_TO, LATE, LOST, MAGIC, NOWHERE, RECORD, RECORDS_AT, SIZE, TAIL,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap
    from types import CodeType, FrameType

PASSED_ON = frozenset({"get_nowait", "put_nowait", "wait_for", "notify_all", "__enter__", "__exit__"})
MAKERS = frozenset(f"multiprocessing.{name}" for name in ("context", "synchronize", "sharedctypes", "managers"))
ASK_CALLER = NOWHERE - 1  # what a function of PASSED_ON does is its caller's

ROOM_SHARE = 16  # a ring takes at most this part of what is free

_pack = RECORD.pack_into
_now = perf_counter_ns

_map: mmap.mmap | bytearray = bytearray(RECORDS_AT + SIZE)
_cells = memoryview(bytearray(CELLS * 8)).cast("q")
_numbers = memoryview(bytearray(SIZE)).cast("q")
_words = memoryview(bytearray(SIZE)).cast("H")
_mask = 0
_next = itertools.count().__next__
_limit = 0  # records that there may be before the runner's mark has to be looked at again
_threads = _local()
_thread_numbers = itertools.count(1)
sites: dict[int, int] = {}  # by where a frame is: see `site`
_site_numbers = itertools.count(1)
_codes: list[CodeType] = []  # kept, so that no other code object takes their place in `_sites`
_making = RLock()
_busy = False
_untraced = False


def begin(operation: int, thing: int, site: int, size: int = 0, second: int = 0, text: bytes = b"") -> int:
    """Write that an operation begins; returns what `end` wants."""
    try:
        thread = _threads.number
    except AttributeError:
        thread = _new_thread()
    index = _next()
    if index >= _limit and not _room(index):
        return -1
    _pack(_map, RECORDS_AT + ((index & _mask) << 7), _now(), 0, thing, size, second, site, thread, text, operation << 8)
    return index


def end(index: int, operation: int, flags: int = 0) -> None:
    """Write that an operation has ended.

    Args:
        index: what `begin` returned.
        operation: the same as then.
        flags: of `record`.
    """
    if index < 0:
        return
    if index < _cells[TAIL]:
        _late(index, 0, b"", operation, flags)
        return
    place = index & _mask
    _numbers[(place << 4) + 1] = _now()
    _words[(place << 6) + 63] = operation << 8 | flags | DONE


def end_with(index: int, operation: int, size: int, text: bytes, flags: int = 0) -> None:
    """Write that an operation has ended, and what came of it: its size, and the first bytes of a message."""
    if index < 0:
        return
    if index < _cells[TAIL]:
        _late(index, size, text, operation, flags)
        return
    place = index & _mask
    at = place << 4
    _numbers[at + 3] = size
    if text:
        start = RECORDS_AT + (place << 7) + 46
        _map[start : start + len(text)] = text
    _numbers[at + 1] = _now()
    _words[(place << 6) + 63] = operation << 8 | flags | DONE


def point(operation: int, thing: int, site: int, size: int = 0, second: int = 0, flags: int = 0) -> None:
    """Write an operation that takes no time."""
    try:
        thread = _threads.number
    except AttributeError:
        thread = _new_thread()
    index = _next()
    if index >= _limit and not _room(index):
        return
    now = _now()
    word = operation << 8 | flags | DONE
    _pack(_map, RECORDS_AT + ((index & _mask) << 7), now, now, thing, size, second, site, thread, b"", word)


def _late(index: int, size: int, text: bytes, operation: int, flags: int) -> None:
    """Write a completion as a record of its own: the runner has taken the one it is of, pending."""
    done = _next()
    if done >= _limit and not _room(done):
        return
    now = _now()
    word = LATE << 8 | flags | DONE
    _pack(_map, RECORDS_AT + ((done & _mask) << 7), now, now, operation, size, index, 0, 0, text, word)


def new_site(frame: FrameType) -> int:
    """Give a place in the source its number, and tell it; what follows from it is in `site`."""
    code = frame.f_code
    number = NOWHERE
    if not _internal(frame.f_globals.get("__name__")):
        number = next(_site_numbers)
        about = {"file": code.co_filename, "line": frame.f_lineno, "function": code.co_qualname}
        tell("site", number=number, **about)
    elif code.co_name in PASSED_ON and frame.f_globals["__name__"].startswith("multiprocessing."):
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
    return number


def maker_site(frame: FrameType | None) -> int:
    """Return the place where a person's code made something, through the modules that make it; NOWHERE for others."""
    while frame is not None and (frame.f_globals.get("__name__") or "multiprocessing.managers") in MAKERS:
        frame = frame.f_back  # what has no name is a proxy's method, made by exec
    return site(frame)


def _internal(module: object) -> bool:
    """Tell whether a module is neither a person's nor an experiment: by its name, for in a package files are relative."""
    if not isinstance(module, str):  # code that multiprocessing makes by exec has none
        return True
    top, _, rest = module.partition(".")
    if top == "ipclab":
        return not rest.startswith("experiments.")
    return top in sys.stdlib_module_names


def _new_thread() -> int:
    number = _threads.number = next(_thread_numbers) & 0xFFFF
    threading = sys.modules.get("threading")
    name = ""
    if threading is not None:
        found = threading._active.get(threading.get_ident())
        name = found._name if found is not None else ""
    tell("thread", number=number, name=name, native=get_native_id())
    return number


def tell(kind: str, **about: object) -> None:
    """Tell something about this process that records refer to, as an event of its life."""
    if recorder.current is not None:
        recorder.current.life.event(kind, **about)


def _room(index: int) -> bool:
    """Tell whether there is room for the record of this index, after a look at the runner's mark; make the ring."""
    global _limit, _busy
    if _untraced:
        return False
    with _making:
        if _busy:  # we came here from a signal handler or a __del__ while the ring is being made
            return False
        if not _mask:
            _busy = True
            try:
                _make()
            finally:
                _busy = False
            if _untraced:
                return False
        _limit = _cells[TAIL] + _mask + 1
        if index < _limit:
            return True
        _cells[LOST] += 1
        _cells[DROPPED_TO] = index + 1
        return False


def _make() -> None:
    """Make this process's ring."""
    global _map, _cells, _numbers, _words, _mask, _untraced
    life = recorder.current.life if recorder.current is not None else None
    if life is None or not life.path:
        _untraced = True
        return
    capacity = CAPACITY
    if hasattr(os, "statvfs"):
        status = os.statvfs(os.path.dirname(life.path))
        while capacity * SIZE * ROOM_SHARE > status.f_bavail * status.f_frsize and capacity > CAPACITY_LEAST:
            capacity //= 2
    try:
        ring = recorder.reserve(life.path + ".operations", RECORDS_AT + capacity * SIZE)
    except OSError:
        _untraced = True
        life.event("untraced")
        return
    _map = ring
    whole = memoryview(ring)
    _cells = whole[:RECORDS_AT].cast("q")
    _numbers, _words = whole[RECORDS_AT:].cast("q"), whole[RECORDS_AT:].cast("H")
    _cells[CELLS - 1] = capacity
    _cells[0] = MAGIC
    _mask = capacity - 1


_before_fork: list[object] = []


def renew() -> None:
    """Begin anew in a forked child: no ring yet, no thread known, locks that nobody holds."""
    global _map, _cells, _numbers, _words, _mask, _next, _limit, _threads, _thread_numbers, _site_numbers
    global _making, _busy, _untraced
    _before_fork.append((_map, _cells, _numbers, _words))  # not closed: see recorder.Recorder.renew
    _map = bytearray(RECORDS_AT + SIZE)
    _cells = memoryview(bytearray(CELLS * 8)).cast("q")
    _numbers = memoryview(bytearray(SIZE)).cast("q")
    _words = memoryview(bytearray(SIZE)).cast("H")
    _mask, _limit, _next = 0, 0, itertools.count().__next__
    _threads, _thread_numbers = _local(), itertools.count(1)
    sites.clear()
    _site_numbers = itertools.count(1)
    _making, _busy, _untraced = RLock(), False, False
