"""Values that hold until the next one: counts, levels; a curve for each series of a group and each process."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import Qt

from ipclab.records import Series
from ipclab_gui import theme
from ipclab_gui.plots._legend import Entry
from ipclab_gui.plots._run_data import Figure, RunData, capital, figure, said
from ipclab_gui.plots._time_plot import Curve, TimePlot
from ipclab_gui.plots.trace import MOST_CURVES

FIGURES = 6  # at most


class StepsPlot(TimePlot):
    """Series whose values hold."""

    ORDER = 20

    def __init__(self, group: tuple[Series, ...], data: RunData) -> None:
        super().__init__(group, data)
        self._items: list[pg.PlotCurveItem] = []
        self._drawn: dict[int, tuple[object, ...]] = {}

    @classmethod
    def draws(cls, group: tuple[Series, ...], curves: int) -> bool:
        """Draw steps of up to eight curves."""
        return group[0].plot == "steps" and curves <= MOST_CURVES

    def add_curve(self, curve: Curve) -> None:
        """Make the item and the legend's entry; colour and dash say which is which."""
        item = pg.PlotCurveItem(skipFiniteCheck=True)
        self._items.append(item)
        self.canvas.area.addItem(item, ignoreBounds=True)
        curve.entry = self.legend.add(Entry(curve.name, curve.color, dash=curve.color))
        curve.entry.toggled.connect(lambda _on: self.redraw_now())
        self.recolor()

    def recolor(self) -> None:
        """Give the curves the colours that hold now."""
        for curve, item in zip(self.curves, self._items, strict=True):
            pen = pg.mkPen(theme.series_color(curve.color), width=2)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pattern = theme.series_dash(curve.color)
            if pattern:
                pen.setDashPattern(pattern)
            item.setPen(pen)

    def draw(self) -> None:
        """Hand the steps to their items, where anything has changed."""
        begin, end = self.canvas.x_range
        width = self.canvas.columns
        until = min(end, self.data.now) if self.data.running else max(curve.buffer.ends for curve in self.curves)
        for index, (curve, item) in enumerate(zip(self.curves, self._items, strict=True)):
            buffer = curve.buffer
            state = (buffer.total, buffer.gone, begin, end, width, self.log, until, curve.shown)
            if self._drawn.get(index) != state:
                self._drawn[index] = state
                item.setVisible(curve.shown)
                if curve.shown:
                    # A dashed pen of width 2 over many points is slow: half as many columns are as many as can be seen.
                    drawn = buffer.steps(begin, end, min(width, 600), until)
                    item.setData(drawn.x, self.scaled(drawn.y), connect=drawn.connect, skipFiniteCheck=True)

    def say_values(self) -> None:
        """Bring the legend and what is said of the plot up to date."""
        for curve in self.curves:
            if curve.entry is not None:
                curve.entry.say(
                    said(curve.buffer.last, "" if curve.series.unit not in ("s", "B") else curve.series.unit)
                )
        self.canvas.setAccessibleDescription(
            ", ".join(f"{curve.name} {said(curve.buffer.last, curve.series.unit)}" for curve in self.curves)
        )

    def figures(self) -> list[Figure]:
        """Return the newest value of each curve; of a single one, by what it is, whoever recorded it."""
        alone = len(self.curves) == len(self.group) == 1
        return [
            figure(
                capital(curve.series.name if alone else curve.name),
                curve.buffer.last,
                curve.series.unit if curve.series.unit in ("s", "B") else "",
            )
            for curve in self.curves[:FIGURES]
        ]

    def selected_figures(self) -> list[Figure]:
        """Return what each curve was at the beginning and the end of what is selected."""
        if self.selection is None:
            return []
        begin, end = self.selection
        found = [figure("Selected", end - begin, "s")]
        for curve in self.curves:
            if curve.shown and len(curve.buffer):
                before = curve.buffer.sample(max(0, curve.buffer.place(begin, after=True) - 1))[1]
                after = curve.buffer.sample(max(0, curve.buffer.place(end, after=True) - 1))[1]
                unit = curve.series.unit if curve.series.unit in ("s", "B") else ""
                found.append(figure(f"{capital(curve.name)}, change", after - before, unit))
        return found
