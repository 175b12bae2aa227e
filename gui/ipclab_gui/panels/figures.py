"""A row of large numbers over the graphs. GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ipclab_gui import theme
from ipclab_gui.plots._run_data import Figure

GAP = 32  # between two figures, px
TIGHT = 20  # where they would not fit otherwise


class FigureRow(QWidget):
    """Labels in small type, numbers in large type under them; what has no room is left out, from the right.

    Each figure keeps the widest place it ever had, so that its neighbours stay where they are.
    """

    def __init__(self) -> None:
        super().__init__()
        self._figures: Sequence[Figure] = ()
        self._widths: list[int] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.notifier.changed.connect(self.update)

    @property
    def figures(self) -> Sequence[Figure]:
        """What is shown."""
        return self._figures

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Show other numbers."""
        if figures == self._figures:
            return
        if [one.label for one in figures] != [one.label for one in self._figures]:
            self._widths = [0] * len(figures)
        self._figures = figures
        label, number, unit = self._fonts()
        for index, one in enumerate(figures):
            width = number.horizontalAdvance(one.number)
            if one.unit:
                width += theme.px(6) + unit.horizontalAdvance(one.unit)
            self._widths[index] = max(self._widths[index], width, label.horizontalAdvance(one.label))
        self.setAccessibleName(", ".join(f"{one.label} {one.number} {one.unit}".strip() for one in figures))
        self.update()

    @staticmethod
    def _fonts() -> tuple[QFontMetrics, QFontMetrics, QFontMetrics]:
        return QFontMetrics(theme.font(11)), QFontMetrics(theme.font(20, 500)), QFontMetrics(theme.font(12, 500))

    def sizeHint(self) -> QSize:
        """Return the height of both lines."""
        return QSize(theme.px(200), theme.px(42))

    def minimumSizeHint(self) -> QSize:
        """Return the height of both lines."""
        return QSize(theme.px(100), theme.px(42))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what fits."""
        painter = QPainter(self)
        count = len(self._figures)
        fits = sum(self._widths) + theme.px(GAP) * (count - 1) <= self.width()
        gap = theme.px(GAP if fits else TIGHT)
        left = 0.0
        label, number, unit = theme.font(11), theme.font(20, 500), theme.font(12, 500)
        ascent = QFontMetrics(label).ascent()
        baseline = theme.px(16) + QFontMetrics(number).ascent()
        for one, width in zip(self._figures, self._widths, strict=True):
            if left + width > self.width():
                break
            painter.setFont(label)
            painter.setPen(theme.color("text2"))
            painter.drawText(QPointF(left, ascent), one.label)
            painter.setFont(number)
            painter.setPen(theme.color("text"))
            painter.drawText(QPointF(left, baseline), one.number)
            if one.unit:
                painter.setPen(theme.color("text2"))
                at = left + QFontMetrics(number).horizontalAdvance(one.number) + theme.px(6)
                painter.setFont(unit)
                painter.drawText(QPointF(at, baseline), one.unit)
            left += width + gap
        painter.end()
