"""The samples that the window holds, and what is drawn of them. Qt-free; one thread at a time.

A buffer holds what one process recorded of one series: in segments, so that appending never copies what is there, and
the oldest can go without moving the rest. Times are seconds since the run began; a sample's number counts from 0 and
stays its own when older ones have gone.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipclab_gui.medians import CHUNK, Medians
from ipclab_gui.pyramid import COARSEST, FACTOR, Floats, Ints, Pyramid

SEGMENT = 4 * COARSEST  # 262 144 samples, 4 MiB: goes as a whole
SMALLEST = 1024  # what a segment begins with; it doubles
HELD = 48 * SEGMENT  # 12.6 million samples of all series together: 201 MB, and 18 MB of pyramids
NO_FLOATS = np.empty(0)
_COMB = np.arange(FACTOR + 1)[:, None]


class _Segment:
    """Up to SEGMENT samples, in arrays that double."""

    __slots__ = ("n", "times", "values")

    def __init__(self) -> None:
        self.times: Floats = np.empty(SMALLEST)
        self.values: Floats = np.empty(SMALLEST)
        self.n = 0

    def take(self, times: Floats, values: Floats) -> int:
        """Append what there is room for; return how many that were."""
        count = min(len(times), SEGMENT - self.n)
        need = self.n + count
        if need > len(self.times):
            size = max(need, 2 * len(self.times))
            size = min(SEGMENT, 1 << (size - 1).bit_length())
            self.times, self.values = _grown(self.times, self.n, size), _grown(self.values, self.n, size)
        self.times[self.n : need] = times[:count]
        self.values[self.n : need] = values[:count]
        self.n = need
        return int(count)


@dataclass(frozen=True, slots=True)
class Columns:
    """What is drawn of a stretch of time: points for one polyline, or pairs of points for a line each.

    Attributes:
        x: seconds, shape (n,).
        y: values, shape (n,).
        connect: "all" or "pairs", as pyqtgraph's PlotCurveItem takes it.
    """

    x: Floats
    y: Floats
    connect: str


@dataclass(frozen=True, slots=True)
class Extremes:
    """The columns of pixels that hold samples: shape (k,) each, and what the first and the last sample of each is."""

    column: Ints
    low: Floats
    high: Floats
    first: Floats
    last: Floats


class Buffer:
    """Samples of one series from one process, in the order of time.

    Attributes:
        gone: how many of the oldest are no longer held.
    """

    def __init__(self) -> None:
        self.gone = 0
        self._segments: list[_Segment] = []
        self._begins: list[float] = []  # the time at which each segment begins
        self._pyramid = Pyramid()
        self._medians = Medians()

    def __len__(self) -> int:
        """How many samples are held."""
        if not self._segments:
            return 0
        return int((len(self._segments) - 1) * SEGMENT + self._segments[-1].n)

    @property
    def total(self) -> int:
        """How many samples have come."""
        return self.gone + len(self)

    @property
    def allocated(self) -> int:
        """How many samples there is memory for."""
        return sum(len(segment.times) for segment in self._segments)

    @property
    def nbytes(self) -> int:
        """Bytes allocated, pyramid and medians included."""
        return 16 * self.allocated + self._pyramid.nbytes + self._medians.nbytes

    @property
    def begins(self) -> float:
        """The time of the oldest sample that is held; inf where there is none."""
        return self._begins[0] if self._begins else math.inf

    @property
    def ends(self) -> float:
        """The time of the newest sample; -inf where there is none."""
        return float(self._segments[-1].times[self._segments[-1].n - 1]) if self._segments else -math.inf

    @property
    def last(self) -> float:
        """The newest value; NaN where there is none."""
        return float(self._segments[-1].values[self._segments[-1].n - 1]) if self._segments else math.nan

    def append(self, times: Floats, values: Floats) -> None:
        """Take samples; times in order, none before what is there."""
        start = 0
        while start < len(times):
            if not self._segments or self._segments[-1].n == SEGMENT:
                self._segments.append(_Segment())
                self._begins.append(float(times[start]))
            segment = self._segments[-1]
            before = segment.n // FACTOR * FACTOR
            start += segment.take(times[start:], values[start:])
            block = ((len(self._segments) - 1) * SEGMENT + before) // FACTOR
            new = slice(before, segment.n)
            self._pyramid.fold(block, segment.times[new], segment.values[new])
            chunks = (len(self._segments) - 1) * (SEGMENT // CHUNK)
            self._medians.fold(chunks, segment.times[: segment.n], segment.values[: segment.n])

    def drop_segment(self) -> int:
        """Forget the oldest segment, unless it is the only one; return how many samples went."""
        if len(self._segments) < 2:
            return 0
        del self._segments[0], self._begins[0]
        self._pyramid.drop(SEGMENT // FACTOR)
        self._medians.drop(SEGMENT // CHUNK)
        self.gone += SEGMENT
        return int(SEGMENT)

    def place(self, time: float, *, after: bool = False) -> int:
        """Return how many of the held samples lie before `time`; with `after`: not after it."""
        cut = bisect_right if after else bisect_left
        index = max(0, cut(self._begins, time) - 1)
        if not self._segments:
            return 0
        segment = self._segments[index]
        return int(index * SEGMENT + cut(segment.times, time, 0, segment.n))

    def samples(self, first: int, stop: int) -> tuple[Floats, Floats]:
        """Return times and values of held samples [first, stop): views where they lie in one segment; do not write."""
        parts = list(self.parts(first, stop))
        if not parts:
            return NO_FLOATS, NO_FLOATS
        if len(parts) == 1:
            return parts[0]
        return np.concatenate([times for times, _ in parts]), np.concatenate([values for _, values in parts])

    def parts(self, first: int, stop: int) -> Iterator[tuple[Floats, Floats]]:
        """Yield times and values of held samples [first, stop), a segment at a time: views; do not write."""
        first, stop = max(0, first), min(stop, len(self))
        while first < stop:
            index, begin = divmod(first, SEGMENT)
            end = min(SEGMENT, stop - index * SEGMENT)
            segment = self._segments[index]
            yield segment.times[begin:end], segment.values[begin:end]
            first = index * SEGMENT + end

    def sample(self, place: int) -> tuple[float, float]:
        """Return time and value of one held sample."""
        index, offset = divmod(place, SEGMENT)
        segment = self._segments[index]
        return float(segment.times[offset]), float(segment.values[offset])

    def columns(self, begin: float, end: float, width: int) -> Columns:
        """Return what to draw between two times on `width` device pixels.

        Few samples are drawn themselves. Of many, each column of pixels gets one line from the lowest to the highest of
        exactly its samples, and one to the next column's first: the picture of the undecimated curve.
        """
        first = max(0, self.place(begin) - 1)
        stop = min(len(self), self.place(end, after=True) + 1)
        if stop - first <= 4 * width:
            times, values = self.samples(first, stop)
            return Columns(times, values, "all")
        found = self.extremes(begin, end, width)
        step = (end - begin) / width
        count = len(found.column)
        x, y = np.empty((count, 4)), np.empty((count, 4))
        middle = begin + (found.column + 0.5) * step
        x[:, 0] = x[:, 1] = x[:, 2] = x[:, 3] = middle
        x[:-1, 3] = middle[1:]
        y[:, 0], y[:, 1], y[:, 2], y[:, 3] = found.low, found.high, found.last, found.last
        y[:-1, 3] = found.first[1:]
        return Columns(x.ravel(), y.ravel(), "pairs")

    def steps(self, begin: float, end: float, width: int, until: float) -> Columns:
        """Return what to draw of values that hold until the next one; the newest until `until` seconds."""
        first = max(0, self.place(begin, after=True) - 1)
        stop = self.place(end, after=True)
        if stop - first <= 2 * width:
            times, values = self.samples(first, stop)
            if not len(times):
                return Columns(NO_FLOATS, NO_FLOATS, "all")
            edge = end if stop < len(self) else max(times[-1], until)
            return Columns(np.append(np.repeat(times, 2)[1:], edge), np.repeat(values, 2), "all")
        found = self.extremes(begin, end, width)
        middle = begin + (found.column + 0.5) * (end - begin) / width
        count = len(middle)
        x, y = np.empty((count, 6)), np.empty((count, 6))
        x[:] = middle[:, None]
        x[:-1, 3:] = middle[1:, None]
        x[-1, 3:] = end if stop < len(self) else max(middle[-1], until)
        y[:, 0], y[:, 1] = found.low, found.high
        y[:, 2:] = found.last[:, None]
        y[:-1, 5] = found.first[1:]
        time, value = self.sample(first)
        if time >= begin:
            return Columns(x.ravel(), y.ravel(), "pairs")
        enters = [begin, middle[0], middle[0], middle[0]], [value, value, value, found.first[0]]  # what held before
        return Columns(np.append(enters[0], x), np.append(enters[1], y), "pairs")

    def extremes(self, begin: float, end: float, width: int) -> Extremes:
        """Return lowest and highest of the samples of each column: time in [begin + k step, begin + (k + 1) step)."""
        edges = begin + (end - begin) / width * np.arange(width + 1)
        # The block in which each edge lies is looked at sample by sample (and the one sample after it); the blocks
        # between two such are whole. Arrays of shape (FACTOR + 1, edges): numpy is fast along the last axis.
        block = np.searchsorted(self._pyramid.starts, edges) - 1
        seen = np.maximum(block, 0) * FACTOR
        times, values = self._gather(seen)
        before = times < edges
        place = seen + np.count_nonzero(before, axis=0)  # of the first sample at or after each edge
        low, high = self._pyramid.extremes(block[:-1] + 1, block[1:])
        rows = slice(0, FACTOR)
        after_edge = ~before[rows, :-1] & (times[rows, :-1] < edges[1:])
        before_next = before[rows, 1:] & (times[rows, 1:] >= edges[:-1])
        for chosen, found in ((after_edge, values[rows, :-1]), (before_next, values[rows, 1:])):
            np.minimum(low, np.where(chosen, found, np.inf).min(axis=0), out=low)
            np.maximum(high, np.where(chosen, found, -np.inf).max(axis=0), out=high)
        full = np.flatnonzero(place[1:] > place[:-1])
        first = values[(place - seen)[full], full]
        last = values[(place - 1 - seen)[full + 1], full + 1]
        return Extremes(full, low[full], high[full], first, last)

    def _gather(self, places: Ints) -> tuple[Floats, Floats]:
        """Return times and values of the FACTOR + 1 held samples from each place on, shape (FACTOR + 1, k).

        Times are inf where there is no sample any more. Places ascend and are multiples of FACTOR.
        """
        shape = (FACTOR + 1, len(places))
        times, values = np.empty(shape), np.empty(shape)
        bounds = np.searchsorted(places, np.arange(len(self._segments) + 1) * SEGMENT)
        for number in np.flatnonzero(bounds[1:] > bounds[:-1]):
            part = slice(bounds[number], bounds[number + 1])
            segment = self._segments[number]
            offsets = places[part] - number * SEGMENT + _COMB
            beyond = offsets >= segment.n
            np.minimum(offsets, segment.n - 1, out=offsets)
            times[:, part] = segment.times[offsets]
            values[:, part] = segment.values[offsets]
            if beyond[FACTOR].any():
                times[:, part][beyond] = np.inf
                if number + 1 < len(self._segments):  # the last of a row may be the first of the next segment
                    times[:, part][beyond] = self._segments[number + 1].times[0]
                    values[:, part][beyond] = self._segments[number + 1].values[0]
        return times, values

    def running_median(self, begin: float, end: float, points: int = 500) -> tuple[Floats, Floats]:
        """Return times and medians of stretches of successive samples, at most `points`; empty below 32 samples.

        The stretches are powers of two long and stay where they are while more comes. From CHUNK samples on it is the
        median of the medians of each CHUNK successive ones.
        """
        first, stop = self.place(begin), self.place(end, after=True)
        if stop - first < 2 * FACTOR:
            return NO_FLOATS, NO_FLOATS
        size = 1 << math.ceil(math.log2(max(FACTOR, (stop - first) / (points - 2))))
        if size <= CHUNK:
            return self._medians_of(first, stop, size)
        fold = size // CHUNK
        offset = (self.gone + first) // size * size - self.gone  # stretches are counted from the first sample of all
        times, medians = self._medians.held
        chunks = slice(max(0, offset // CHUNK), -(-stop // CHUNK))
        times, medians = times[chunks], medians[chunks]
        whole = len(medians) // fold * fold
        folded = np.median(medians[:whole].reshape(-1, fold), axis=1)
        middle = times[:whole].reshape(-1, fold)[:, fold // 2]
        if whole < len(medians):
            folded = np.append(folded, np.median(medians[whole:]))
            middle = np.append(middle, times[-1])
        return middle, folded

    def _medians_of(self, first: int, stop: int, size: int) -> tuple[Floats, Floats]:
        offset = (self.gone + first) // size * size - self.gone
        times, values = self.samples(max(0, offset), stop)
        whole = len(values) // size * size
        middle = times[:whole].reshape(-1, size)[:, size // 2]
        medians = np.median(values[:whole].reshape(-1, size), axis=1)
        if len(values) - whole >= size // 2:
            middle, medians = np.append(middle, times[-1]), np.append(medians, np.median(values[whole:]))
        return middle, medians


def _grown(array: Floats, used: int, size: int) -> Floats:
    grown = np.empty(size)
    grown[:used] = array[:used]
    return grown


class Buffers:
    """The samples of a run that the window holds: a buffer for each series and process.

    Attributes:
        gone: samples that had to go because HELD was reached, all series together: the oldest of the longest buffer.
    """

    def __init__(self, held: int = HELD) -> None:
        self.gone = 0
        self._limit = held
        self._buffers: dict[str, dict[int, Buffer]] = {}

    def take(self, ident: int, series: str, samples: NDArray[np.void]) -> None:
        """Append what process `ident` recorded: fields "time" in int64 ns since the run began, "value" in float64."""
        if not len(samples):
            return
        buffer = self._buffers.setdefault(series, {}).setdefault(ident, Buffer())
        buffer.append(samples["time"] * 1e-9, samples["value"])
        while self.allocated > self._limit:
            longest = max((one for of in self._buffers.values() for one in of.values()), key=len)
            went = longest.drop_segment()
            if not went:
                break
            self.gone += went

    def of(self, series: str) -> dict[int, Buffer]:
        """Return the buffers of a series by process, in order of appearance. Do not change the dict."""
        return self._buffers.get(series, {})

    @property
    def allocated(self) -> int:
        """How many samples there is memory for."""
        return sum(buffer.allocated for of in self._buffers.values() for buffer in of.values())

    @property
    def nbytes(self) -> int:
        """Bytes allocated."""
        return sum(buffer.nbytes for of in self._buffers.values() for buffer in of.values())

    @property
    def ends(self) -> float:
        """The time of the newest sample of all; 0 where there is none."""
        return max((buffer.ends for of in self._buffers.values() for buffer in of.values()), default=0.0)
