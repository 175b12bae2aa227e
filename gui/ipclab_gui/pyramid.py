"""Lowest and highest of every 16, 256, 4 096 ... samples: what lets ten million samples be drawn as fast as a thousand.

All ranges here are half open and count *blocks* of 16 samples from the first that is still held. Qt-free.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FACTOR = 16
LEVELS = 4  # a bin of the coarsest level holds 65 536 samples
COARSEST = FACTOR**LEVELS
_TOOTH = np.arange(FACTOR - 1)[:, None]


class Row:
    """A growing array of float64 from whose front the oldest go; `[first, stop)` of `data` is in use."""

    __slots__ = ("data", "first", "stop")

    def __init__(self) -> None:
        self.data: Floats = np.empty(64)
        self.first = self.stop = 0

    @property
    def held(self) -> Floats:
        return self.data[self.first : self.stop]

    def resize(self, count: int) -> Floats:
        """Make it `count` long; what is new is not set. Return the array in use."""
        if self.first + count > len(self.data):
            kept = self.held
            grown = self.data if 2 * count <= len(self.data) else np.empty(2 * count)
            grown[: len(kept)] = kept
            self.data, self.first = grown, 0
        self.stop = self.first + count
        return self.held


class Pyramid:
    """Extremes of every run of 16**k samples, k from 1 to LEVELS, and the time at which each block of 16 began.

    The last bin of a level may be incomplete: it holds what there is so far.
    """

    def __init__(self) -> None:
        self._low = [Row() for _ in range(LEVELS)]
        self._high = [Row() for _ in range(LEVELS)]
        self._starts = Row()

    @property
    def starts(self) -> Floats:
        """Times of the first sample of every block, shape (blocks,)."""
        return self._starts.held

    @property
    def nbytes(self) -> int:
        """Bytes allocated."""
        return sum(row.data.nbytes for row in (*self._low, *self._high, self._starts))

    def fold(self, block: int, times: Floats, values: Floats) -> None:
        """Take samples from the beginning of `block` on: those of the last block again where that was incomplete.

        Args:
            block: at most one behind the blocks there are.
            times: shape (n,), in order; n at least 1.
            values: shape (n,).
        """
        starts = self._starts.resize(block - (-len(values) // FACTOR))
        starts[block:] = times[::FACTOR]
        low, high = values, values
        for level in range(LEVELS):
            bins = -(-len(low) // FACTOR)
            lows = self._low[level].resize(block + bins)
            highs = self._high[level].resize(block + bins)
            whole = len(low) // FACTOR
            np.min(low[: whole * FACTOR].reshape(-1, FACTOR), axis=1, out=lows[block : block + whole])
            np.max(high[: whole * FACTOR].reshape(-1, FACTOR), axis=1, out=highs[block : block + whole])
            if bins > whole:
                lows[-1] = low[whole * FACTOR :].min()
                highs[-1] = high[whole * FACTOR :].max()
            block //= FACTOR
            low, high = lows[block * FACTOR :], highs[block * FACTOR :]

    def drop(self, blocks: int) -> None:
        """Forget the first `blocks`, a multiple of COARSEST / FACTOR."""
        self._starts.first += blocks
        for level in range(LEVELS):
            self._low[level].first += blocks // FACTOR**level
            self._high[level].first += blocks // FACTOR**level

    def extremes(self, first: Ints, stop: Ints) -> tuple[Floats, Floats]:
        """Return lowest and highest of each range of blocks, shape (k,) each; inf and -inf where a range is empty.

        Args:
            first: where each range begins, shape (k,), ascending.
            stop: where it ends; no range overlaps the next.
        """
        return self._reduced(0, first, np.maximum(first, stop))

    def _reduced(self, level: int, first: Ints, stop: Ints) -> tuple[Floats, Floats]:
        low, high = self._low[level].held, self._high[level].held
        lows, highs = np.full(len(first), np.inf), np.full(len(first), -np.inf)
        if not len(first):
            return lows, highs
        total = int(stop[-1] - first[0])
        if level + 1 == LEVELS or total < 4 * FACTOR * len(first):
            _reduce_all(np.minimum, low, first, stop, lows)
            _reduce_all(np.maximum, high, first, stop, highs)
            return lows, highs
        inner, end = -(-first // FACTOR), stop // FACTOR  # whole bins of the next level, and teeth on either side
        np.maximum(end, inner, out=end)
        below, above = self._reduced(level + 1, inner, end)
        for begin, finish in ((first, np.minimum(inner * FACTOR, stop)), (np.maximum(end * FACTOR, first), stop)):
            places = begin + _TOOTH
            outside = places >= finish
            np.minimum(places, len(low) - 1, out=places)
            np.minimum(below, np.where(outside, np.inf, low[places]).min(axis=0), out=below)
            np.maximum(above, np.where(outside, -np.inf, high[places]).max(axis=0), out=above)
        return below, above


def _reduce_all(ufunc: np.ufunc, data: Floats, first: Ints, stop: Ints, out: Floats) -> None:
    """Reduce `data` over ranges that do not overlap; `out` keeps what it has where a range is empty."""
    some = np.flatnonzero(stop > first)
    if not len(some):
        return
    ends = np.empty(2 * len(some), np.int64)
    ends[0::2], ends[1::2] = first[some], stop[some]
    if ends[-1] == len(data):
        ends = ends[:-1]
    out[some] = ufunc.reduceat(data[: ends[-1] + 1 if len(ends) % 2 == 0 else len(data)], ends)[0::2]
