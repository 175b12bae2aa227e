"""What the chart's shapes mean, with them as they are drawn, in as many lines as it takes. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ipclab_gui import theme
from ipclab_gui.messages.lanes import paint_call, paint_wait

LINE, GAP, BETWEEN = 20, 7, 18  # px
ENTRIES = (
    ("call", 10, "a call"),
    ("own", 26, "own work"),
    ("channel", 26, "waits for a channel, in its colour"),
    ("other", 26, "waits for a process or a lock"),
)  # the short ones share a line where there is little room


class MessageLegend(QWidget):
    """The four shapes of a lane."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Legend: " + ", ".join(words for _, _, words in ENTRIES))
        self._fit()
        theme.notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(300), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(180), self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight((self._places()[-1][1] + 1) * theme.px(LINE))

    def _places(self) -> list[tuple[float, int]]:
        """Return for each entry where it begins, and in which line."""
        metrics = QFontMetrics(theme.font(12))
        places: list[tuple[float, int]] = []
        x, line = 0.0, 0
        for _, wide, words in ENTRIES:
            needed = theme.px(wide + GAP) + metrics.horizontalAdvance(words)
            if x and x + needed > self.width():
                x, line = 0.0, line + 1
            places.append((x, line))
            x += needed + theme.px(BETWEEN)
        return places

    def paint(self, painter: QPainter) -> None:
        """Paint all entries at the painter's origin."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setFont(theme.font(12))
        metrics = painter.fontMetrics()
        high = theme.px(10)
        for (kind, wide, words), (x, line) in zip(ENTRIES, self._places(), strict=True):
            middle = (line + 0.5) * theme.px(LINE)
            box = QRectF(x + 0.5, middle - high / 2, theme.px(wide) - 1, high)
            if kind == "call":
                paint_call(painter, box, theme.series_color(0))
            elif kind == "own":
                painter.setPen(QPen(theme.color("text3"), 1))
                painter.drawLine(QLineF(box.left(), middle, box.right(), middle))
            else:
                paint_wait(painter, box, theme.series_color(0) if kind == "channel" else theme.color("wait_fill"))
            painter.setPen(theme.color("text2"))
            baseline = middle + (metrics.ascent() - metrics.descent()) / 2
            painter.drawText(QPointF(x + theme.px(wide + GAP), baseline), words)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint(painter)
        painter.end()


__all__ = ["MessageLegend"]
