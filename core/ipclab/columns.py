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

    def forget(self, count: int) -> None:
        """Let the first rows go; what they took is given back when the rest has to be moved."""
        self._start += count
        self.gone += count


__all__ = ["Columns", "mapped"]
