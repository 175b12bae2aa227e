"""Arrays that grow at their end and are let go at their beginning, in memory that goes back to the system at once.

What malloc gives for arrays of a few MiB stays with the process when they are freed: glibc raises the size from which
it maps each by itself with the first large one that is freed (mallopt(3), M_MMAP_THRESHOLD), and what lies above a
hole cannot be trimmed. A window that showed run after run so stood at three times what it held.
"""

from __future__ import annotations

import mmap
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

SMALL = 64 * 1024  # bytes: what is smaller does not pay for pages of its own
if sys.platform == "win32":
    _OWN: dict[str, Any] = {}
else:
    _OWN = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}


def mapped(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return an array of zeros; pages of it that nobody wrote to take no memory, and all goes with its last view."""
    kind = np.dtype(dtype)
    size = kind.itemsize * int(np.prod(shape))
    if size < SMALL:
        return np.zeros(shape, kind)
    made: NDArray[Any] = np.frombuffer(mmap.mmap(-1, size, **_OWN), kind).reshape(shape)
    return made


def numbered(values: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return what `np.unique(values, return_inverse=True)` does; where few differ, in a third of the time.

    numpy sorts numbers of 16 bits by counting. What these values become there is only of use if no two differ in
    the values and not there, which is looked at.
    """
    short = (values * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(48)).astype(np.uint16)
    order = np.argsort(short, kind="stable")
    ordered = values.take(order)
    changes = ordered[1:] != ordered[:-1]
    short = short.take(order)
    if not len(values) or not np.array_equal(changes, short[1:] != short[:-1]):
        found, inverse = np.unique(values, return_inverse=True)
        return found, inverse
    found = ordered.compress(np.r_[True, changes])
    by_value = np.argsort(found)
    rank = np.empty(len(found), np.int64)
    rank[by_value] = np.arange(len(found))
    inverse = np.empty(len(values), np.int64)
    inverse[order] = rank.take(np.cumsum(np.r_[False, changes]))
    return found.take(by_value), inverse


class Columns:
    """Rows of some columns of int64. There may be tens of thousands of these, of a few rows each.

    Attributes:
        gone: rows that were let go.
    """

    __slots__ = ("_all", "_start", "_stop", "gone")

    def __init__(self, columns: int) -> None:
        self.gone = 0
        self._all = np.zeros((columns, 0), np.int64)
        self._start = self._stop = 0

    def __len__(self) -> int:
        return self._stop - self._start

    @property
    def rows(self) -> NDArray[np.int64]:
        """All that is kept, (columns, rows); a view until rows are added."""
        return self._all[:, self._start : self._stop]

    def add(self, count: int) -> NDArray[np.int64]:
        """Make room for rows at the end; returns it, to be filled."""
        if self._stop + count > self._all.shape[1]:
            kept = self.rows
            self._all = mapped((len(kept), 2 * (kept.shape[1] + count)), np.int64)
            self._all[:, : kept.shape[1]] = kept
            self._start, self._stop = 0, kept.shape[1]
        self._stop += count
        return self._all[:, self._stop - count : self._stop]

    def extend(self, new: NDArray[np.int64]) -> None:
        """Append rows, (columns, rows)."""
        stop = self._stop + new.shape[1]
        if stop > self._all.shape[1]:
            self.add(new.shape[1])[:] = new
            return
        self._all[:, self._stop : stop] = new
        self._stop = stop

    def cut(self, count: int) -> None:
        """Take the last rows away."""
        self._stop -= count

    def forget(self, count: int) -> None:
        """Let the first rows go; what they took is given back when the rest has to be moved."""
        self._start += count
        self.gone += count


__all__ = ["Columns", "mapped", "numbered"]
