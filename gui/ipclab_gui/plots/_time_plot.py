"""What plots over time have in common: curves by process, calm axes, crosshair, selection. GUI thread only."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, Qt

from ipclab.quantity import SPACE, thousands
from ipclab.records import Series
from ipclab_gui import theme
from ipclab_gui.buffers import Buffer
from ipclab_gui.plots._canvas import Axis, Snapped, Upright
from ipclab_gui.plots._legend import Entry
from ipclab_gui.plots._plot import Plot
from ipclab_gui.plots._run_data import Figure, RunData, capital, figure, plural, said
from ipclab_gui.plots._selection import SelectedSummary
from ipclab_gui.plots._ticks import (
    Range,
    Unit,
    calm_span,
    calm_values,
    fitting,
    linear_ticks,
    log_ticks,
    moment,
    tick_strings,
    time_ticks,
)

NEAR = 8  # px to either side of the pointer in which samples are looked for
ROWS = 20_000  # lines of CSV a piece: about 15 ms


@dataclass(slots=True)
class Curve:
    """What one process recorded of one series, and how it is drawn."""

    series: Series
    ident: int
    buffer: Buffer
    color: int
    name: str
    entry: Entry | None = None  # in the legend: hides the curve

    @property
    def shown(self) -> bool:
        """Tell whether the legend shows it."""
        return self.entry is None or self.entry.isChecked()


class TimePlot(Plot):
    """Samples over the run's time."""

    def __init__(self, group: tuple[Series, ...], data: RunData) -> None:
        super().__init__(group, data, title=group[0].group or group[0].name)
        self.curves: list[Curve] = []
        self._selected = SelectedSummary(self.selection_changed.emit, self)
        self.canvas.snap = self._snap
        self.canvas.step_wanted.connect(self._step)
        self._pin: tuple[Curve, int] | None = None  # which sample the keyboard's crosshair stands on: its number
        self.canvas.setAccessibleName(f"{self.title.text()} over the run’s time")
        self.log_button = self.add_tool("log", "Log", "L", text=True, toggle=True)
        self.log_button.clicked.connect(self.set_log)
        self.pause_button = self.add_tool("pause", "Pause the drawing", "Space", toggle=True)
        self.pause_button.clicked.connect(lambda _on: self.pause_wanted.emit())
        self.add_tool("fit", "Show all", "0").clicked.connect(self.show_all)
        self.add_copies()

    # ------------------------------------------------------------------------------------------------- curves

    def add_curve(self, curve: Curve) -> None:
        """Make the items and legend entries of a curve that has appeared."""
        raise NotImplementedError

    def sync_curves(self) -> None:
        """Find what has been recorded since."""
        known = {(curve.series.name, curve.ident) for curve in self.curves}
        for series in self.group:
            for ident, buffer in self.data.buffers.of(series.name).items():
                if (series.name, ident) not in known:
                    name = series.name if len(self.group) > 1 else self.data.process(ident)
                    if len(self.group) > 1 and len(self.data.buffers.of(series.name)) > 1:
                        name = f"{series.name}, {self.data.process(ident)}"
                    curve = Curve(series, ident, buffer, len(self.curves), name)
                    self.curves.append(curve)
                    self.add_curve(curve)

    # --------------------------------------------------------------------------------------------------- axes

    def extent(self) -> Range | None:
        """Return the lowest and the highest value; None where there is none."""
        found = [summary for series in self.group if (summary := self.data.summary(series.name)) and summary.n]
        return (min(one.lo for one in found), max(one.hi for one in found)) if found else None

    def time_range(self) -> Range:
        """Return the times that show all of the run: from 0 to a round time, the same for a while."""
        begin = min((curve.buffer.begins for curve in self.curves), default=0.0)
        end = max((curve.buffer.ends for curve in self.curves), default=1.0)
        if self.data.running:
            return 0.0, calm_span(self.data.now)
        gone = any(curve.buffer.gone for curve in self.curves)
        if end - begin > 0.3 * end and not gone:
            begin = 0.0
        span = max(end - begin, 1e-6)
        step = 10.0 ** math.floor(math.log10(span)) / 4
        return max(0.0, math.floor((begin - 0.01 * span) / step) * step), math.ceil((end + 0.005 * span) / step) * step

    def full_ranges(self) -> tuple[Range, Range] | None:
        """Return all of the run's time, and values up to a round one."""
        self.sync_curves()
        extent = self.extent()
        if not self.curves or extent is None:
            return None
        self.log_button.setEnabled(extent[0] > 0)
        self.log_button.setToolTip("Log (L)" if extent[0] > 0 else "A logarithmic axis needs values above zero")
        if self.log and extent[0] <= 0:
            self.log = False
            self._view_y = None
        if self.log_button.isChecked() != self.log:
            self.log_button.setChecked(self.log)
        return self.time_range(), calm_values(*extent, log=self.log)

    def axes(self) -> tuple[Axis, Axis]:
        """Return times and values; the unit's text says the values' unit."""
        frame, (begin, end), (low, high) = self.canvas.frame, self.canvas.x_range, self.canvas.y_range
        wide = max(2, min(9, int(frame.width() / theme.px(80))))
        tall = max(2, min(9, int(frame.height() / theme.px(26))))
        times, time_texts = time_ticks(begin, end, wide)
        unit = self.value_unit()
        if self.log:
            values = log_ticks(10**low, 10**high, tall)
            places = [math.log10(value) for value in values]
        else:
            values = [value * unit.factor for value in linear_ticks(low / unit.factor, high / unit.factor, tall)]
            places = values
        self.say_unit(f"{unit.name}, over the run’s time")
        return Axis(times, time_texts), Axis(places, tick_strings(values, unit))

    def value_unit(self) -> Unit:
        """Return the unit of the numbers beside the value axis."""
        low, high = self.canvas.y_range
        return fitting(self.group[0].unit, 10**low, 10**high) if self.log else fitting(self.group[0].unit, 0.0, high)

    def redraw(self, now: bool) -> None:
        """Draw what is there, and where the run is now."""
        if not self.paused:
            running = self.data.running
            self.canvas.uprights = [Upright(self.data.now, "now", Qt.PenStyle.DotLine, lined=False)] if running else []
            if self._pin is not None:
                self.canvas.pinned = self._snapped(*self._pin)
        super().redraw(now)
        if self.selection is not None and now:
            self._selected.count(self.selection, (curve.buffer for curve in self.curves if curve.shown))

    def set_paused(self, paused: bool) -> None:
        """Stop the drawing, or go on with it."""
        self.pause_button.setChecked(paused)
        super().set_paused(paused)

    def close_down(self) -> None:
        """End what still goes on in the background."""
        self._selected.stop()
        super().close_down()

    # ---------------------------------------------------------------------------------------------- crosshair

    def _snap(self, pointer: QPointF) -> Snapped | None:
        """Return the sample nearest to the pointer: of those beside it, or the nearest in time."""
        time, _value = self.canvas.to_data(pointer)
        begin, end = self.canvas.x_range
        reach = NEAR * (end - begin) / self.canvas.frame.width()
        best: tuple[float, Curve, int] | None = None
        for curve in self.curves:
            if curve.shown and len(curve.buffer):
                for place in self._candidates(curve.buffer, time, reach):
                    at, value = curve.buffer.sample(place)
                    gap = self.canvas.to_pixel(at, float(self.scaled(np.array([value]))[0])) - pointer
                    distance = math.hypot(gap.x(), gap.y())
                    if best is None or distance < best[0]:
                        best = (distance, curve, place)
        if best is None:
            return None
        return self._snapped(best[1], best[1].buffer.gone + best[2])

    @staticmethod
    def _candidates(buffer: Buffer, time: float, reach: float) -> list[int]:
        """Return held samples near a time: all where they are few, else the extremes of each pixel's."""
        first, stop = buffer.place(time - reach), buffer.place(time + reach, after=True)
        if stop - first == 0:
            return [min(max(first - 1, 0), len(buffer) - 1), min(first, len(buffer) - 1)]
        if stop - first <= 64:
            return list(range(first, stop))
        edges = np.linspace(time - reach, time + reach, 2 * NEAR + 1)
        places = [buffer.place(float(edge)) for edge in edges]
        found = []
        for begin, end in pairwise(places):
            if end > begin:
                values = buffer.samples(begin, end)[1]
                found += [begin + int(values.argmin()), begin + int(values.argmax())]
        return found

    def _snapped(self, curve: Curve, number: int) -> Snapped | None:
        """Return what the crosshair says of a sample, by its number from 0; None where it is no longer held."""
        if number < curve.buffer.gone:
            return None
        time, value = curve.buffer.sample(number - curve.buffer.gone)
        begin, end = self.canvas.x_range
        lines = [said(value, curve.series.unit), f"at {moment(time, (end - begin) / 1000)}"]
        if len(self.curves) > 1:
            lines.append(curve.name)
        lines.append(f"sample {thousands(number + 1)}")
        return Snapped(time, float(self.scaled(np.array([value]))[0]), tuple(lines), self.color_of(curve))

    def color_of(self, curve: Curve) -> int:
        """Return the number of a curve's series colour."""
        return curve.color

    def _step(self, direction: int) -> None:
        """Move the keyboard's crosshair to the next or previous sample that can be told apart on screen; 0: away."""
        if direction == 0:
            self._pin = self.canvas.pinned = None
            self.canvas.viewport().update()
            return
        curve = next((one for one in self.curves if one.shown and len(one.buffer)), None)
        if curve is None:
            return
        if self._pin is None or not self._pin[0].shown:
            middle = sum(self.canvas.x_range) / 2
            self._pin = (curve, curve.buffer.gone + min(curve.buffer.place(middle), len(curve.buffer) - 1))
        else:
            curve, number = self._pin
            time, _value = curve.buffer.sample(max(0, number - curve.buffer.gone))
            begin, end = self.canvas.x_range
            pixel = (end - begin) / self.canvas.columns
            if direction > 0:
                place = max(number - curve.buffer.gone + 1, curve.buffer.place(time + pixel))
            else:
                place = min(number - curve.buffer.gone - 1, curve.buffer.place(time - pixel, after=True) - 1)
            self._pin = (curve, curve.buffer.gone + min(max(place, 0), len(curve.buffer) - 1))
        self.canvas.pinned = self._snapped(*self._pin)
        if self.canvas.pinned is not None:
            self.canvas.setAccessibleDescription(", ".join(self.canvas.pinned.lines))
        self.canvas.viewport().update()

    # ---------------------------------------------------------------------------------------------- selection

    def select(self, selection: Range | None) -> None:
        """Mark a stretch of time, and count what is in it."""
        self._selected.count(selection, [curve.buffer for curve in self.curves if curve.shown])
        super().select(selection)

    def selected_figures(self) -> list[Figure]:
        """Return length, percentiles, count and rate of what is selected."""
        summary = self._selected.summary
        if self.selection is None or summary is None:
            return []
        length = self.selection[1] - self.selection[0]
        found = [figure("Selected", length, "s")]
        unit = self.group[0].unit
        if summary.n:
            p50, p99 = summary.estimates((0.5, 0.99)) if summary.n > 65_536 else summary.quantiles((0.5, 0.99))
            found += [
                figure("Lowest", summary.lo, unit),
                figure("p50", p50, unit),
                figure("p99", p99, unit),
                figure("Highest", summary.hi, unit),
            ]
        name = "samples" if len(self.group) > 1 else plural(self.group[0].name)
        found.append(figure(capital(name), summary.n, ""))
        return found

    # ---------------------------------------------------------------------------------------------------- CSV

    def rows(self) -> Iterator[tuple[float, str]]:
        """Yield all samples held: series, process, time and value in base units."""
        yield 0.0, csv_line("series", "process", "time (s)", "value", "unit")
        total = sum(len(curve.buffer) for curve in self.curves)
        done = 0
        spans = [(curve, len(curve.buffer), list(curve.buffer.parts(0, len(curve.buffer)))) for curve in self.curves]
        for curve, _count, parts in spans:
            before = csv_line(curve.series.name, self.data.process(curve.ident)).rstrip("\n") + ","
            after = "," + csv_line(curve.series.unit)
            row = before.replace("%", "%%") + "%.9f,%.17g" + after.replace("%", "%%")
            for times, values in parts:
                for start in range(0, len(times), ROWS):
                    piece = slice(start, start + ROWS)
                    pairs = zip(times[piece].tolist(), values[piece].tolist(), strict=True)
                    done += len(times[piece])
                    yield done / max(total, 1), "".join(map(row.__mod__, pairs))

    def describe(self) -> str:
        """Return what the plot shows in a sentence, for whoever cannot see it."""
        extent = self.extent()
        if extent is None:
            return ""
        unit = self.group[0].unit
        held = sum(curve.buffer.total for curve in self.curves)
        return f"{thousands(held)}{SPACE}samples from {said(extent[0], unit)} to {said(extent[1], unit)}"


def csv_line(*cells: str) -> str:
    """Return cells as a line of CSV, quoted where they need it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
