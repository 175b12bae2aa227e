"""The row of tabs: text alone, the one on show semibold over a line of accent."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QTabBar

from ipclab_gui import theme

HEIGHT = 36
GAP, GAP_LEAST = 10, 1  # on either side of a tab's text; where there is little room
SLACK = 4  # px more of a tab than its text and the gaps


class Tabs(QTabBar):
    """A QTabBar that paints itself; each tab is as wide as its semibold text, so that nothing moves on a change."""

    def __init__(self) -> None:
        super().__init__()
        self._over = -1
        self._by_key = False
        self._gap = theme.px(GAP)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setUsesScrollButtons(False)
        self.setMouseTracking(True)
        self.setFont(theme.font(13, 600))
        theme.notifier.changed.connect(self.update)

    def fit(self, room: int) -> int:
        """Let the tabs come closer to each other where they have no room: none is out of reach.

        Args:
            room: pixels from the first one's text to the end of the row.

        Returns:
            Pixels before the first one's text.
        """
        each = 2 * self.count() - 1  # gaps: the first lies before the room
        free = room - sum(self._wide(index) + SLACK for index in range(self.count()))
        gap = min(max(free // max(1, each), theme.px(GAP_LEAST)), theme.px(GAP))
        if gap != self._gap:
            self._gap = gap
            self.setTabText(0, self.tabText(0))  # Qt lays them out again
        return gap

    def _wide(self, index: int) -> int:
        return QFontMetrics(theme.font(13, 600)).horizontalAdvance(self.tabText(index))

    def tabSizeHint(self, index: int) -> QSize:
        return QSize(self._wide(index) + 2 * self._gap + SLACK, theme.px(HEIGHT))

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
            inner = area.adjusted(self._gap, 0, -self._gap, 0)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent"))
            painter.drawRect(QRect(inner.left(), area.bottom() - 1, inner.width(), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if self.hasFocus() and self._by_key:
                painter.setPen(QPen(theme.color("accent"), 2))
                beside = min(theme.px(3), self._gap // 2)
                ring = area.adjusted(beside, theme.px(4), -beside, -theme.px(7))
                painter.drawRoundedRect(ring, theme.px(5), theme.px(5))
