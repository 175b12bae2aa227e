"""The gate: where a run is slowed or stepped, each operation of a person's code waits here before it begins.

Only what their own code calls: what multiprocessing does for itself (feeders, servers, pools' threads, handshakes, the
start and end of a process) is free, and so is what a handler does while its thread stands at the gate.
Any thread may call.
"""

from __future__ import annotations

import itertools
import mmap
import os
from _thread import _local
from time import perf_counter_ns, sleep

from ipclab import bell, recorder
from ipclab.gate import (
    BELL,
    CAME,
    CONTROL,
    CONTROL_SIZE,
    GATE_SIZE,
    HELD,
    LEFT,
    MAGIC,
    MODE,
    MOVED,
    OPEN,
    PACE,
    PLACE,
    PLACES,
    SLOW,
)
from ipclab.trace.record import RECORD

# Where there is no bell: looks after 0.2 ms, then after 1 ms, then rare ones, of which 33 who wait make 2 000 a second.
FIRST_WAITS, THEN = 25, 100
SHORT, MIDDLE, LONG = 0.0002, 0.001, 0.016  # s
# Where there is one: at first the runner may not have found it yet, nor this page.
QUICK_RINGS, QUICK, RARE = 10, 0.02, 1.0
LEAST_OWED = 0.001  # s of a time limit below which nobody waits again


def _mapped_control() -> mmap.mmap:
    """Map the run's control page; a page that stays open where there is no run, or no descriptor left."""
    if recorder.current is not None:
        try:
            descriptor = os.open(f"{recorder.current.folder}/{CONTROL}", os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
            try:
                return recorder.mapped(descriptor, CONTROL_SIZE)
            finally:
                os.close(descriptor)
        except OSError:
            pass
    return mmap.mmap(-1, CONTROL_SIZE)


page = _mapped_control()  # forked children inherit it
_cells = memoryview(page).cast("q")

_kept: list[object] = []  # parents' pages: see recorder.Recorder.renew
# `at`: byte at which this thread's place begins, 0 for none; `within`: it stands at the gate; `bell`: by which it
# waits, None where it has to look
_here = _local()
_gate: memoryview | None = None
_gate_cells: memoryview = _cells
_untried = True
_places = itertools.count(1)


def renew() -> None:
    """Begin anew, in a forked child: no page yet, and nobody at the gate."""
    global _gate, _untried, _places
    _kept.append(_gate)
    _gate, _untried, _places = None, True, itertools.count(1)
    vars(_here).clear()


def _own_place() -> int:
    """Return where this thread's place begins; 0 where there is none left, or no room."""
    global _gate, _gate_cells, _untried
    number = next(_places)
    if _untried:
        life = recorder.current.life if recorder.current is not None else None
        if life is not None and life.path:
            try:
                _gate = memoryview(recorder.reserve(life.path + ".gate", GATE_SIZE))
            except OSError:
                life.event("ungated")
            else:
                _gate_cells = _gate.cast("q")
                _gate_cells[0] = MAGIC
        _untried = False
    _here.within = False
    _here.at = at = number * PLACE if _gate is not None and number <= PLACES else 0
    _here.bell = None
    if at and recorder.current is not None:
        _here.bell = bell.made(recorder.current.life.path, number)
        _gate_cells[at // 8 + BELL] = _here.bell is not None
    return at


def hold(
    thread: int,
    operation: int,
    thing: int,
    site: int,
    size: int = 0,
    second: int = 0,
    text: bytes = b"",
    flags: int = 0,
) -> None:
    """Stand at the gate with an operation that is to come, until it may begin, or a signal's handler raises."""
    try:
        at = _here.at
    except AttributeError:
        at = _own_place()
    if not at or _here.within or _gate is None:
        return
    _here.within = True
    cells, came, left, own = _gate_cells, at // 8 + CAME, at // 8 + LEFT, _here.bell
    began = perf_counter_ns()
    RECORD.pack_into(_gate, at, began, thing, second, size, text, 0, site, thread, operation << 8 | flags)
    ticket = cells[came] + 1
    try:
        cells[came] = ticket
        _cells[MOVED] = perf_counter_ns()
        looks = 0
        while (mode := _cells[MODE]) != OPEN and cells[left] < ticket:
            rest = RARE
            if mode == SLOW and (rest := (began + _cells[PACE] - perf_counter_ns()) / 1e9) <= 0:
                break
            looks += 1 if mode != SLOW else THEN
            if own is not None:
                own.acquire(True, min(rest, QUICK if looks <= QUICK_RINGS else RARE))
            else:
                sleep(min(rest, SHORT if looks <= FIRST_WAITS else MIDDLE if looks <= THEN else LONG))
    finally:
        cells[left] = ticket
        _cells[MOVED] = perf_counter_ns()
        _here.within = False


class TimeLimit:
    """A time limit that is given while others may be held; `owed` says for how long to wait again.

    It counts the time in which nobody stood at the gate: else who thinks long would let every time limit run out.
    """

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen = _cells[HELD]

    def owed(self) -> float:
        """Return the seconds in which somebody was held since it was last asked; 0 for none."""
        held = _cells[HELD]
        owed: float = (held - self._seen) / 1e9
        if owed < LEAST_OWED:
            return 0.0
        self._seen = held
        return owed
