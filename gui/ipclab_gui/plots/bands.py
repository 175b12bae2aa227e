"""Many processes at once: a band from the lowest to the highest of them, and the one in the middle."""

from __future__ import annotations

import time

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QTimer

from ipclab.records import Series
from ipclab_gui import theme
from ipclab_gui.plots._legend import Entry
from ipclab_gui.plots._run_data import Figure, RunData, figure, said
from ipclab_gui.plots._time_plot import Curve, TimePlot
from ipclab_gui.plots.trace import MOST_CURVES
from ipclab_gui.pyramid import Floats

COLUMNS = 240  # of the band: finer is not seen
BUDGET = 0.0025  # seconds a frame for the curves' columns; those that come too late are brought up to date in the next


class BandsPlot(TimePlot):
    """Series that more processes record than curves can be told apart."""

    ORDER = 30

    def __init__(self, group: tuple[Series, ...], data: RunData) -> None:
        super().__init__(group, data)
        self.log = (group[0].unit == "s" or group[0].log) and group[0].plot == "trace"
        self._rows: dict[int, tuple[tuple[object, ...], Floats, Floats, Floats]] = {}
        self._next = 0
        self._low, self._high = pg.PlotCurveItem(skipFiniteCheck=True), pg.PlotCurveItem(skipFiniteCheck=True)
        self._band = pg.FillBetweenItem(self._low, self._high)
        self._middle = pg.PlotCurveItem(skipFiniteCheck=True)
        for item in (self._band, self._low, self._high, self._middle):
            self.canvas.area.addItem(item, ignoreBounds=True)
        self._band_entry = self.legend.add(Entry("lowest to highest", 0, width=8))
        self._middle_entry = self.legend.add(Entry("middle", 1))
        for entry in (self._band_entry, self._middle_entry):
            entry.toggled.connect(lambda _on: self.redraw_now())
        self.recolor()

    @classmethod
    def draws(cls, group: tuple[Series, ...], curves: int) -> bool:  # noqa: ARG003  # every kind is asked the same
        """Draw more than eight curves."""
        return curves > MOST_CURVES

    def add_curve(self, curve: Curve) -> None:
        """Nothing is drawn of one curve alone."""

    def color_of(self, curve: Curve) -> int:
        """Return the band's colour."""
        return 0

    def recolor(self) -> None:
        """Give the band the colours that hold now."""
        edge = pg.mkPen(theme.series_tint(0, 0.42), width=1)
        self._low.setPen(edge)
        self._high.setPen(edge)
        self._band.setBrush(pg.mkBrush(theme.series_tint(0, 0.16)))
        self._middle.setPen(pg.mkPen(theme.series_color(1), width=2))

    def draw(self) -> None:
        """Bring as many curves up to date as there is time for, and draw the band of all."""
        begin, end = self.canvas.x_range
        until = time.perf_counter() + BUDGET
        steps = self.group[0].plot == "steps"
        count = len(self.curves)
        for turn in range(count):
            index = (self._next + turn) % count
            buffer = self.curves[index].buffer
            state = (buffer.total, buffer.gone, begin, end)
            known = self._rows.get(index)
            if known is None or known[0] != state:
                self._rows[index] = (state, *self._columns(index, begin, end, hold=steps))
                if time.perf_counter() > until and turn + 1 < count:
                    self._next = (index + 1) % count
                    if not self.data.running:  # no frame comes any more that would draw the rest
                        QTimer.singleShot(0, self, self.redraw_now)
                    break
        rows = list(self._rows.values())
        low = np.fmin.reduce([row[1] for row in rows])
        high = np.fmax.reduce([row[2] for row in rows])
        some = np.flatnonzero(~np.isnan(low))
        if not len(some):
            return
        last = np.stack([row[3][some] for row in rows])
        middle = np.sort(last, axis=0)  # NaN comes last
        known_count = np.count_nonzero(~np.isnan(last), axis=0)
        middle = middle[np.maximum(known_count - 1, 0) // 2, np.arange(len(some))]
        x = begin + (some + 0.5) * (end - begin) / COLUMNS
        for item, y, shown in (
            (self._low, low[some], self._band_entry.isChecked()),
            (self._high, high[some], self._band_entry.isChecked()),
            (self._middle, middle, self._middle_entry.isChecked()),
        ):
            item.setVisible(shown)
            item.setData(x, self.scaled(y), skipFiniteCheck=True)
        self._band.setVisible(self._band_entry.isChecked())

    def _columns(self, index: int, begin: float, end: float, *, hold: bool) -> tuple[Floats, Floats, Floats]:
        """Return lowest, highest and last of a curve in each column; NaN where it has none."""
        buffer = self.curves[index].buffer
        found = buffer.extremes(begin, end, COLUMNS)
        low, high, last = (np.full(COLUMNS, np.nan) for _ in range(3))
        low[found.column], high[found.column], last[found.column] = found.low, found.high, found.last
        if hold:
            before = buffer.place(begin)
            if before and np.isnan(last[0]):
                last[0] = buffer.sample(before - 1)[1]
            newest = min(COLUMNS, max(0, round((min(self.data.now, end) - begin) / (end - begin) * COLUMNS)))
            filled = np.maximum.accumulate(np.where(np.isnan(last), 0, np.arange(COLUMNS)))
            last = last[filled]
            last[newest:] = np.nan
            low, high = np.fmin(low, last), np.fmax(high, last)
        return low, high, last

    def say_values(self) -> None:
        """Bring the legend and what is said of the plot up to date."""
        newest = sorted(curve.buffer.last for curve in self.curves)
        unit = self.group[0].unit
        self._band_entry.say(f"{len(newest)} curves")
        self._middle_entry.say(said(newest[(len(newest) - 1) // 2], unit))
        self.canvas.setAccessibleDescription(self.describe())

    def figures(self) -> list[Figure]:
        """Return the lowest, the middle and the highest of the newest values."""
        newest = sorted(curve.buffer.last for curve in self.curves)
        if not newest:
            return []
        unit = self.group[0].unit if self.group[0].unit in ("s", "B") else ""
        return [
            figure("Lowest now", newest[0], unit),
            figure("Middle now", newest[(len(newest) - 1) // 2], unit),
            figure("Highest now", newest[-1], unit),
        ]
