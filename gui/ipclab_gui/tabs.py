"""The row of tabs: text alone, the one on show semibold over a line of accent."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QTabBar

from ipclab_gui import theme

HEIGHT = 36
GAP = 10  # on either side of a tab's text


class Tabs(QTabBar):
    """A QTabBar that paints itself; each tab is as wide as its semibold text, so that nothing moves on a change."""

    def __init__(self) -> None:
        super().__init__()
        self._over = -1
        self._by_key = False
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setUsesScrollButtons(False)
        self.setMouseTracking(True)
        self.setFont(theme.font(13, 600))
        theme.notifier.changed.connect(self.update)

    def tabSizeHint(self, index: int) -> QSize:
        wide = QFontMetrics(theme.font(13, 600)).horizontalAdvance(self.tabText(index))
        return QSize(wide + 2 * theme.px(GAP) + 4, theme.px(HEIGHT))

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self.tabAt(event.position().toPoint())
        if over != self._over:
            self._over = over
            self.update()
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: object) -> None:
        self._over = -1
        self.update()
        super().leaveEvent(event)  # type: ignore[arg-type]

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_key = event.reason() != Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._by_key = True
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = int(Qt.AlignmentFlag.AlignCenter)
        for index in range(self.count()):
            area = self.tabRect(index)
            current = index == self.currentIndex()
            painter.setFont(theme.font(13, 600 if current else 500))
            painter.setPen(theme.color("text" if current or index == self._over else "text2"))
            painter.drawText(area.adjusted(0, 0, 0, -theme.px(3)), middle, self.tabText(index))
            if not current:
                continue
            inner = area.adjusted(theme.px(GAP), 0, -theme.px(GAP), 0)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent"))
            painter.drawRect(QRect(inner.left(), area.bottom() - 1, inner.width(), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if self.hasFocus() and self._by_key:
                painter.setPen(QPen(theme.color("accent"), 2))
                ring = area.adjusted(theme.px(3), theme.px(4), -theme.px(3), -theme.px(7))
                painter.drawRoundedRect(ring, theme.px(5), theme.px(5))
