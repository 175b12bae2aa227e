"""The bar that scrolls lanes, where not all have room. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QScrollBar

from ipclab_gui import theme
from ipclab_gui.messages.gestures import SCROLL

if TYPE_CHECKING:
    from ipclab_gui.messages.chart import MessageChart

WIDE = 12  # px, as the style has it; the chart leaves more free at its right


class LaneBar(QScrollBar):
    """Lies at the right edge of a chart, beside its lanes."""

    def __init__(self, chart: MessageChart) -> None:
        super().__init__(Qt.Orientation.Vertical, chart)
        self._chart = chart
        self.setAccessibleName("Lanes")
        self.setSingleStep(theme.px(SCROLL))
        self.hide()
        self.valueChanged.connect(self._go)
        chart.moved.connect(self.follow)

    def follow(self) -> None:
        """Show which of the lanes are in sight; nothing where all are."""
        if self._chart.scene is None:
            self.hide()
            return
        geometry = self._chart.geometry_now
        room = geometry.bottom - geometry.top
        with QSignalBlocker(self):
            self.setRange(0, geometry.hidden)
            self.setPageStep(room)
            self.setValue(geometry.offset)
        self.setGeometry(geometry.width - theme.px(WIDE), geometry.top, theme.px(WIDE), room)
        self.setVisible(geometry.hidden > 0)

    def _go(self, value: int) -> None:
        if self._chart.scene is not None:
            self._chart.scroll_wanted.emit(value - self._chart.geometry_now.offset)


__all__ = ["LaneBar"]
