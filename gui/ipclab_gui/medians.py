"""Medians of stretches of successive samples, kept so that a running median need not look at all of them. Qt-free."""

from __future__ import annotations

import numpy as np

from ipclab_gui.pyramid import Floats, Row

CHUNK = 256  # successive samples whose median is kept: 0.4 % of the memory


class Medians:
    """The median of each CHUNK successive samples, and the time in its middle; whole chunks only."""

    def __init__(self) -> None:
        self._times, self._values = Row(), Row()

    @property
    def held(self) -> tuple[Floats, Floats]:
        """Times and medians, shape (chunks,) each: views; do not write."""
        return self._times.held, self._values.held

    @property
    def nbytes(self) -> int:
        """Bytes allocated."""
        return self._times.data.nbytes + self._values.data.nbytes

    def fold(self, chunk: int, times: Floats, values: Floats) -> None:
        """Take the chunks that have become whole of these samples, the first of which begins `chunk`."""
        done, whole = len(self._times.held) - chunk, len(times) // CHUNK
        if whole <= done:
            return
        span, middle = slice(done * CHUNK, whole * CHUNK), CHUNK // 2
        stretches = values[span].reshape(-1, CHUNK)
        self._values.resize(chunk + whole)[chunk + done :] = np.partition(stretches, middle, axis=1)[:, middle]
        self._times.resize(chunk + whole)[chunk + done :] = times[span][middle::CHUNK]

    def drop(self, chunks: int) -> None:
        """Forget the first `chunks`."""
        self._times.first += chunks
        self._values.first += chunks
