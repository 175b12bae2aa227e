"""The line over a plot that says which curve is which: each entry is a button that hides its curve. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ipclab_gui import theme
from ipclab_gui.panels.flow import FlowLayout
from ipclab_gui.plots._canvas import triangle

SAMPLE = 21  # length of the line, px
GAP = 8


class Entry(QAbstractButton):
    """One curve: its line as drawn, its name, its last value. Checked while the curve is shown.

    Args:
        name: of the curve.
        color: number of its series colour.
        dash: number of its dash pattern; a small triangle instead of a line where it is None.
        width: of its pen.
    """

    def __init__(self, name: str, color: int, *, dash: int | None = 0, width: float = 2, value: str = "") -> None:
        super().__init__()
        self._color, self._dash, self._width, self._value = color, dash, width, value
        self._widest = 0
        self.setText(name)
        self.setCheckable(True)
        self.setChecked(True)
        self.setAccessibleName(name)
        self.setToolTip(f"Show or hide {name}")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.notifier.changed.connect(self._repaint)

    def _repaint(self) -> None:
        """Paint in the colours of now; PySide6 6.11 loses a text at each connect to a method of Qt's own."""
        self.update()

    @property
    def value(self) -> str:
        """What is said of it last."""
        return self._value

    def say(self, value: str, name: str = "") -> None:
        """Show another last value, and another name where one is given."""
        if name and name != self.text():
            self.setText(name)
            self.setAccessibleName(name)
        elif value == self._value:
            return
        self._value = value
        self.setAccessibleDescription(value)
        if self.sizeHint().width() > self.width():
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room for all of it; it never shrinks, so that its neighbours stay where they are."""
        plain, bold = QFontMetrics(theme.font(12)), QFontMetrics(theme.font(12, 500))
        width = theme.px(4 + SAMPLE + GAP + 4) + plain.horizontalAdvance(self.text())
        if self._value:
            width += theme.px(GAP) + bold.horizontalAdvance(self._value)
        self._widest = max(self._widest, width)
        return QSize(self._widest, theme.px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint line, name, value."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown = self.isChecked()
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if self.hasFocus() else theme.color("hover"))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), theme.px(5), theme.px(5))
        middle, left = self.height() / 2, theme.px(4)
        self._paint_sample(painter, left, middle, theme.series_color(self._color) if shown else theme.color("off"))
        left += theme.px(SAMPLE + GAP)
        font = theme.font(12)
        font.setStrikeOut(not shown)
        metrics = QFontMetrics(font)
        baseline = middle + (metrics.ascent() - metrics.descent()) / 2
        painter.setFont(font)
        painter.setPen(theme.color("text" if shown else "text3"))
        painter.drawText(QPointF(left, baseline), self.text())
        left += metrics.horizontalAdvance(self.text()) + theme.px(GAP)
        if self._value and shown:
            painter.setFont(theme.font(12, 500))
            painter.setPen(theme.color("text2"))
            painter.drawText(QPointF(left, baseline), self._value)
        painter.end()

    def _paint_sample(self, painter: QPainter, left: float, middle: float, color: QColor) -> None:
        if self._dash is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawPolygon(triangle(QPointF(left + theme.px(SAMPLE) / 2, middle + theme.px(3))))
            return
        pen = QPen(color, self._width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pattern = theme.series_dash(self._dash)
        if pattern:
            pen.setDashPattern(pattern)
        painter.setPen(pen)
        painter.drawLine(QPointF(left, middle), QPointF(left + theme.px(SAMPLE), middle))


class Legend(QWidget):
    """The entries of one plot, in as many lines as they need."""

    def __init__(self) -> None:
        super().__init__()
        self._flow = FlowLayout(self, gap=theme.px(20), line_gap=0)
        self.entries: list[Entry] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def add(self, entry: Entry) -> Entry:
        """Append an entry and return it."""
        self.entries.append(entry)
        self._flow.addWidget(entry)
        return entry

    def event(self, event: QEvent) -> bool:
        """Take as many lines as the entries need at this width."""
        done = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self.setFixedHeight(max(1, self._flow.heightForWidth(self.width())))
        return done

    def hasHeightForWidth(self) -> bool:
        """Return False: a page that asks for heights would take every plot's wish for a need."""
        return False
