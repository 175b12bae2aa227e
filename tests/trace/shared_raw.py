"""Shared memory that passes no hook, beside some that does: who has what is known."""

from __future__ import annotations

from ctypes import Structure, c_double, c_int
from dataclasses import dataclass
from multiprocessing.sharedctypes import RawArray, RawValue, copy, synchronized
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipclab.lab import Lab


class Point(Structure):
    """A structure of a person's own."""

    _fields_ = (("x", c_double), ("y", c_int))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Nothing to choose."""


def add(array: Any, inner: dict[str, Any], end: Any) -> None:
    """Use what is handed over, in ways that nobody sees and in one that is seen."""
    array[1] += 1
    inner["flag"].value = True
    inner["locked"].get_obj()[0] = 7
    with inner["seen"]:
        inner["seen"].value += 1
    end.send("done")


def begin(points: Any) -> None:
    """Be a pool's worker that has the points."""
    points[0].x = 1.5


def nothing() -> None:
    """Be handed nothing at all."""


def run(lab: Lab, options: Options) -> None:
    """Make some of each kind, hand some over, and look at what came of it."""
    del options
    array: Any = RawArray("i", 4)
    flag: Any = lab.mp.Value("b", lock=False)
    points: Any = RawArray(Point, 3)
    alone: Any = RawValue(c_double, 2.5)
    kept: Any = lab.mp.Array("d", 2, lock=False)
    again = copy(kept)
    locked: Any = lab.mp.Array("q", 2)
    seen: Any = lab.mp.Value("i", 0)
    late: Any = synchronized(RawArray("h", 2), lab.mp.RLock())
    for _ in range(1_000):
        RawValue("i")
    reader, writer = lab.mp.Pipe(duplex=False)
    worker = lab.mp.Process(
        target=add, args=(array, {"flag": flag, "locked": locked, "seen": seen}, writer), name="worker"
    )
    other = lab.mp.Process(target=nothing, name="other")
    for process in (worker, other):
        process.start()
    assert reader.recv() == "done"
    for process in (worker, other):
        process.join()
    with lab.mp.Pool(1, begin, (points,)) as pool:
        pool.apply(nothing)
        pool.close()
        pool.join()
    late[0] = 3
    assert (array[1], flag.value, locked.get_obj()[0], seen.value, points[0].x) == (1, 1, 7, 1, 1.5)
    assert (alone.value, list(kept), list(again), late[0]) == (2.5, [0, 0], [0, 0], 3)
