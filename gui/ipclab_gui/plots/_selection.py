"""Figures of a selected stretch of time, counted a segment at a time so that the window goes on. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import QObject, QTimer

from ipclab.statistics import Summary
from ipclab_gui.buffers import SEGMENT, Buffer
from ipclab_gui.plots._ticks import Range
from ipclab_gui.pyramid import Floats


class SelectedSummary(QObject):
    """The summary of what several buffers hold between two times.

    Attributes:
        summary: of the newest selection that has been counted through; None where nothing is selected.
    """

    def __init__(self, changed: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self.summary: Summary | None = None
        self._changed = changed
        self._wanted: tuple[object, ...] = ()
        self._pieces: Iterator[Floats] = iter(())
        self._counted = Summary()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._step)

    def count(self, selection: Range | None, buffers: Iterable[Buffer]) -> None:
        """Count a selection; at once where it is small. Nothing is done where it has been counted already."""
        spans = []
        if selection is not None:
            spans = [(one, one.place(selection[0]), one.place(selection[1], after=True)) for one in buffers]
        wanted = (selection, *((id(one), one.gone, first, stop) for one, first, stop in spans))
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self._timer.stop()
        if selection is None:
            self.summary = None
            return
        self._counted = Summary()
        self._pieces = iter([values for one, first, stop in spans for _times, values in one.parts(first, stop)])
        if sum(stop - first for _one, first, stop in spans) <= SEGMENT:
            for values in self._pieces:
                self._counted.add(values)
            self.summary = self._counted
        else:
            self._timer.start()

    def stop(self) -> None:
        """End the counting."""
        self._timer.stop()

    def _step(self) -> None:
        values = next(self._pieces, None)
        if values is not None:
            self._counted.add(values)
            return
        self._timer.stop()
        self.summary = self._counted
        self._changed()
