"""Samples over time: an envelope from the lowest to the highest, the running median over it, outliers as marks."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg

from ipclab.quantity import measured
from ipclab.records import Series
from ipclab_gui import theme
from ipclab_gui.buffers import Buffer
from ipclab_gui.plots._legend import Entry
from ipclab_gui.plots._run_data import Figure, RunData, capital, figure, plural, said
from ipclab_gui.plots._time_plot import Curve, TimePlot

MOST_CURVES = 8  # beyond, bands
OUTLIERS = 24  # marks at most: beyond, what counts as one is raised
FAR = 10  # an outlier is at least so many times the median
MARK = 6  # series colour of the marks
MARK_HIGH = 4  # px of a curve that has one sample so far
ENVELOPE = 0.42  # the share of a curve's colour in its envelope, where its median has the same colour

FIGURES = 4  # series of a group with a figure of their own


class TracePlot(TimePlot):
    """Series whose samples stand for themselves: latencies, rates."""

    ORDER = 10

    def __init__(self, group: tuple[Series, ...], data: RunData) -> None:
        super().__init__(group, data)
        self.log = group[0].unit == "s" or group[0].log
        self._drawn: dict[int, tuple[object, ...]] = {}
        self._envelopes: list[pg.PlotCurveItem] = []
        self._medians: list[pg.PlotCurveItem] = []
        self._latest: list[float] = []  # the newest median of each curve
        self._several = 0  # curves with more than one sample
        self._outliers: dict[int, Outliers] = {}
        self._median_entry: Entry | None = None
        self._outlier_entry: Entry | None = None
        self.canvas.mark_color = MARK

    @classmethod
    def draws(cls, group: tuple[Series, ...], curves: int) -> bool:
        """Draw traces of up to eight processes."""
        return group[0].plot == "trace" and curves <= MOST_CURVES

    def add_curve(self, curve: Curve) -> None:
        """Make an envelope and a median; with one curve each has a colour and an entry of its own."""
        envelope, median = pg.PlotCurveItem(skipFiniteCheck=True), pg.PlotCurveItem(skipFiniteCheck=True)
        median.setZValue(10)
        for item, items in ((envelope, self._envelopes), (median, self._medians)):
            items.append(item)
            self.canvas.area.addItem(item, ignoreBounds=True)
        self._latest.append(math.nan)
        if curve.series.distribution:
            self._outliers[curve.color] = Outliers(curve.buffer)
        if self._alone:
            curve.entry = self.legend.add(Entry(self._envelope_name(curve), 0, width=1.5))
            self._median_entry = self.legend.add(Entry("median", 1))
            self._median_entry.setVisible(False)
            self._median_entry.toggled.connect(self._toggled)
        else:
            if self._median_entry is not None:  # a second process: now each has its own colour, the median too
                self._median_entry.hide()
                first = self.curves[0]
                if first.entry is not None:
                    first.entry.say("", first.name)
            curve.entry = self.legend.add(Entry(curve.name, curve.color))
        curve.entry.toggled.connect(self._toggled)
        self.recolor()

    @property
    def _alone(self) -> bool:
        """Whether there is one curve and can be no other but another process's: then its median has its own colour."""
        return len(self.curves) == len(self.group) == 1

    def _envelope_name(self, curve: Curve) -> str:
        return "lowest to highest" if curve.series.distribution else curve.series.name

    def _toggled(self, _on: bool) -> None:
        self._drawn.clear()
        self.redraw_now()

    def recolor(self) -> None:
        """Give the curves the colours that hold now."""
        for curve, envelope, median in zip(self.curves, self._envelopes, self._medians, strict=True):
            color = theme.series_color(curve.color)
            if curve.buffer.total == 1:  # a mark that is seen
                envelope.setPen(pg.mkPen(color, width=MARK_HIGH))
            else:
                envelope.setPen(pg.mkPen(color if self._alone else theme.series_tint(curve.color, ENVELOPE), width=1))
            median.setPen(pg.mkPen(theme.series_color(1) if self._alone else color, width=2))

    def color_of(self, curve: Curve) -> int:
        """Return the number of a curve's series colour."""
        return curve.color

    def draw(self) -> None:
        """Hand envelope, median and outliers to their items, where anything has changed."""
        begin, end = self.canvas.x_range
        width = self.canvas.columns
        both = not self._alone or self._median_entry is None or self._median_entry.isChecked()
        several = sum(buffer.total > 1 for buffer in (curve.buffer for curve in self.curves))
        if several != self._several:
            self._several = several
            self.recolor()
        for index, curve in enumerate(self.curves):
            buffer = curve.buffer
            state = (buffer.total, buffer.gone, begin, end, width, self.log)
            if self._drawn.get(index) == state:
                continue
            self._drawn[index] = state
            envelope, median = self._envelopes[index], self._medians[index]
            envelope.setVisible(curve.shown)
            if curve.shown:
                drawn = buffer.columns(begin, end, width)
                if len(drawn.x) == 1:  # a polyline of one point lights no pixel: a short thick line does
                    drawn = type(drawn)(drawn.x + np.array([-2, 2]) * (end - begin) / width, drawn.y.repeat(2), "all")
                envelope.setData(drawn.x, self.scaled(drawn.y), connect=drawn.connect, skipFiniteCheck=True)
            times, medians = buffer.running_median(begin, end)
            if len(medians):
                self._latest[index] = float(medians[-1])
            median.setVisible(both and len(medians) > 1 and (curve.shown or self._alone))
            if median.isVisible():
                median.setData(times, self.scaled(medians), skipFiniteCheck=True)
        self._mark_outliers()

    def _mark_outliers(self) -> None:
        marks: list[tuple[float, float]] = []
        hidden = self._outlier_entry is not None and not self._outlier_entry.isChecked()
        for curve in self.curves:
            found = self._outliers.get(curve.color)
            if found is not None:
                found.look()
                if curve.shown and not hidden:
                    values = self.scaled(np.array(found.values))
                    marks += zip(found.times, values.tolist(), strict=True)
        self.canvas.marks = marks

    def say_values(self) -> None:
        """Bring the legend and what is said of the plot up to date."""
        unit = self.group[0].unit
        for curve, latest in zip(self.curves, self._latest, strict=True):
            if curve.entry is not None and (not self._alone or not curve.series.distribution):
                several = not self._alone and not math.isnan(latest)
                curve.entry.say(said(latest if several else curve.buffer.last, unit))
        if self._median_entry is not None and self._alone and not math.isnan(self._latest[0]):
            self._median_entry.setVisible(True)
            self._median_entry.say(measured(self._latest[0], unit))
        found = [one for one in self._outliers.values() if one.values]
        if found:
            if self._outlier_entry is None:
                self._outlier_entry = self.legend.add(Entry("outliers", MARK, dash=None))
                self._outlier_entry.toggled.connect(self._toggled)
            threshold = min(one.threshold for one in found)
            name = f"outliers over {measured(threshold, unit)}" if len(found) == 1 else "outliers"
            self._outlier_entry.say(str(sum(len(one.values) for one in found)), name)
        self.canvas.setAccessibleDescription(self.describe())

    def figures(self) -> list[Figure]:
        """Return percentiles, the slowest, count and rate of a distribution; else the median of each series."""
        if not self.group[0].distribution:
            return [found for series in self.group[:FIGURES] for found in self._median_of(series)]
        series = self.group[0]
        summary = self.data.summary(series.name)
        if summary is None or not summary.n:
            return []
        if summary.n == 1:  # which has no percentiles
            return [figure(capital(series.name), summary.hi, series.unit)]
        shares = (0.5, 0.99, 0.999)
        quick = self.data.running and summary.n > 65_536
        p50, p99, p999 = summary.estimates(shares) if quick else summary.quantiles(shares)
        found = [
            figure(f"{capital(series.name)}, p50", p50, series.unit),  # the others of this graph stand beside it
            figure("p99", p99, series.unit),
            figure("p99.9", p999, series.unit),
            figure("Slowest" if series.unit == "s" else "Highest", summary.hi, series.unit),
            figure(capital(plural(series.name)), summary.n, ""),
        ]
        begin = min((curve.buffer.begins for curve in self.curves if not curve.buffer.gone), default=0.0)
        end = max((curve.buffer.ends for curve in self.curves), default=0.0)
        if summary.n > 1 and end > begin:
            found.append(Figure("Rate", figure("", (summary.n - 1) / (end - begin), "").number, "/s"))
        return found

    def _median_of(self, series: Series) -> list[Figure]:
        summary = self.data.summary(series.name)
        if summary is None or not summary.n:
            return []
        if summary.n == 1:
            return [figure(capital(series.name), summary.hi, series.unit)]
        quick = self.data.running and summary.n > 65_536
        (middle,) = summary.estimates((0.5,)) if quick else summary.quantiles((0.5,))
        return [figure(f"{capital(series.name)}, median", middle, series.unit)]


class Outliers:
    """The samples that are far above the others, at most OUTLIERS of them; what counts as far only rises.

    Attributes:
        threshold: 1, 2 or 5 times a power of ten; inf while there are too few samples to tell.
        times, values: of what is above it.
    """

    def __init__(self, buffer: Buffer) -> None:
        self.threshold = math.inf
        self.times: list[float] = []
        self.values: list[float] = []
        self._buffer = buffer
        self._seen = 0  # the number of the first sample that was not looked at

    def look(self) -> None:
        """Take what has come since."""
        buffer = self._buffer
        if math.isinf(self.threshold):
            if len(buffer) < 100:
                return
            self.threshold = self._raised(FAR * float(np.median(buffer.samples(0, 4096)[1])))
        if not self.threshold > 0:
            return
        for times, values in buffer.parts(max(0, self._seen - buffer.gone), len(buffer)):
            above = np.flatnonzero(values > self.threshold)
            self.times += times[above].tolist()
            self.values += values[above].tolist()
            while len(self.values) > OUTLIERS:
                self.threshold = self._raised(self.threshold * 1.01)
                kept = [(t, v) for t, v in zip(self.times, self.values, strict=True) if v > self.threshold]
                self.times, self.values = [t for t, _ in kept], [v for _, v in kept]
        self._seen = buffer.total

    @staticmethod
    def _raised(value: float) -> float:
        if value <= 0:
            return 0.0
        power = 10.0 ** math.floor(math.log10(value))
        return next(step * power for step in (1, 2, 5, 10) if step * power >= value)
