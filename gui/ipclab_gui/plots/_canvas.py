"""The picture of a plot: curves by pyqtgraph, and around and over them what this module paints itself. GUI thread only.

Curves are items of a pyqtgraph view box; lines, numbers, selection, marks and crosshair are painted as background and
foreground of the same view: no item each, no frame, no ticks, a few light lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QPolygonF, QResizeEvent

from ipclab_gui import theme
from ipclab_gui.plots._gestures import Gestures
from ipclab_gui.plots._ticks import Range

LEFT, TOP, RIGHT, BOTTOM = 56, 12, 4, 26  # around the curves, px at 96 dpi
FEW = 12  # px: two numbers that would come nearer are not both written


@dataclass(frozen=True, slots=True)
class Axis:
    """Lines across the picture: where, in data coordinates, and what is written beside each."""

    places: Sequence[float] = ()
    texts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Snapped:
    """The sample that the crosshair stands on: where, and what is said of it; the first line is the value."""

    x: float
    y: float
    lines: tuple[str, ...]
    color: int = 0


@dataclass(frozen=True, slots=True)
class Upright:
    """A line from top to bottom with a few words at its top, on whichever side there is room."""

    x: float
    text: str
    pen: Qt.PenStyle
    strong: bool = False
    lined: bool = True  # the words stand in a row above the curves, else beside the line


class Canvas(Gestures):
    """Axes, curves, marks, crosshair and selection of one plot.

    Attributes:
        x_axis, y_axis: lines and numbers; grid lines are drawn for both where `grid_x` holds, else for y alone.
        uprights: lines from top to bottom.
        marks: data coordinates of the small triangles.
        selection: the selected range of x; None where there is none.
    """

    drawn = Signal()  # after a resize: columns depend on the width

    def __init__(self, *, headroom: float = 0) -> None:
        super().__init__(background=None, useOpenGL=False)
        self.x_axis = self.y_axis = Axis()
        self.uprights: Sequence[Upright] = ()
        self.marks: Sequence[tuple[float, float]] = ()
        self.mark_color = 6
        self.selection: Range | None = None
        self.snap: Callable[[QPointF], Snapped | None] = lambda _pointer: None
        self._left = theme.px(LEFT)
        self._headroom = headroom
        self._x: Range = (0.0, 1.0)
        self._y: Range = (0.0, 1.0)
        self.area = pg.ViewBox(border=None, enableMouse=False, enableMenu=False, defaultPadding=0.0)
        self.area.disableAutoRange()
        self._layout = pg.GraphicsLayout(border=None)
        self._layout.setSpacing(0)
        self._layout.addItem(self.area)
        self.setCentralItem(self._layout)
        self.setAntialiasing(False)
        self._set_margins()
        self.setFrameShape(self.Shape.NoFrame)
        theme.notifier.changed.connect(self._repaint)

    def _repaint(self) -> None:
        """Paint in the colours of now; PySide6 6.11 loses a text at each connect to a method of Qt's own."""
        self.viewport().update()

    def _set_margins(self) -> None:
        self._layout.setContentsMargins(self._left, theme.px(TOP + self._headroom), theme.px(RIGHT), theme.px(BOTTOM))

    def sizeHint(self) -> QSize:
        """Return a size that shows something."""
        return QSize(theme.px(560), theme.px(240))

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be read."""
        return QSize(theme.px(220), theme.px(112))

    # -------------------------------------------------------------------------------------------- coordinates

    @property
    def frame(self) -> QRectF:
        """Where the curves are, in the widget's pixels."""
        return QRectF(
            self._left,
            theme.px(TOP + self._headroom),
            max(1.0, self.width() - self._left - theme.px(RIGHT)),
            max(1.0, self.height() - theme.px(TOP + self._headroom) - theme.px(BOTTOM)),
        )

    @property
    def columns(self) -> int:
        """Device pixels from left to right of the curves."""
        return max(8, int(self.frame.width() * self.devicePixelRatioF() + 0.5))

    @property
    def x_range(self) -> Range:
        """Data coordinates of the left and right end."""
        return self._x

    @property
    def y_range(self) -> Range:
        """Data coordinates of bottom and top."""
        return self._y

    def set_ranges(self, x: Range, y: Range) -> None:
        """Show these data coordinates; nothing is done where they are shown already."""
        if (x, y) != (self._x, self._y):
            self._x, self._y = x, y
            self.area.setRange(xRange=x, yRange=y, padding=0, update=True, disableAutoRange=True)

    def to_pixel(self, x: float, y: float) -> QPointF:
        """Return where a point of the data lies in the widget."""
        frame = self.frame
        return QPointF(
            frame.left() + (x - self._x[0]) / (self._x[1] - self._x[0]) * frame.width(),
            frame.bottom() - (y - self._y[0]) / (self._y[1] - self._y[0]) * frame.height(),
        )

    def to_data(self, pixel: QPointF) -> tuple[float, float]:
        """Return the data coordinates of a place in the widget."""
        frame = self.frame
        return (
            self._x[0] + (pixel.x() - frame.left()) / frame.width() * (self._x[1] - self._x[0]),
            self._y[0] + (frame.bottom() - pixel.y()) / frame.height() * (self._y[1] - self._y[0]),
        )

    def make_room(self, texts: Sequence[str]) -> None:
        """Widen the left margin where numbers need it; it never shrinks."""
        metrics = QFontMetrics(theme.font(11))
        need = max((metrics.horizontalAdvance(text) for text in texts), default=0) + theme.px(10)
        if need > self._left:
            self._left = need
            self._set_margins()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell that the columns are others now."""
        super().resizeEvent(event)
        self.drawn.emit()

    # ----------------------------------------------------------------------------------------------- painting

    def drawBackground(self, painter: QPainter, _rect: QRectF) -> None:
        """Paint paper, selection, lines and numbers."""
        frame = self.frame
        painter.save()
        painter.fillRect(QRectF(self.rect()), theme.color("bg"))
        if self.selection is not None:
            self._paint_selection(painter, frame, self.selection)
        painter.setPen(QPen(theme.color("grid"), 1))
        rows = [(self.to_pixel(0, y).y(), text) for y, text in zip(self.y_axis.places, self.y_axis.texts, strict=True)]
        for y, _text in rows:
            painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
        painter.setPen(QPen(theme.color("line"), 1))
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())
        painter.drawLine(frame.topLeft(), frame.bottomLeft())
        painter.setPen(theme.color("text2"))
        painter.setFont(theme.font(11))
        height = theme.px(14)
        lowest = frame.bottom() + height
        for y, text in rows:
            if lowest - y >= theme.px(FEW):
                box = QRectF(0, y - height / 2, frame.left() - theme.px(7), height)
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
                lowest = y
        self._paint_x_numbers(painter, frame)
        painter.restore()

    def _paint_x_numbers(self, painter: QPainter, frame: QRectF) -> None:
        metrics = QFontMetrics(painter.font())
        free = -1.0
        for x, text in zip(self.x_axis.places, self.x_axis.texts, strict=True):
            width = metrics.horizontalAdvance(text)
            left = min(self.to_pixel(x, 0).x() - width / 2, self.width() - width - 1.0)
            if left >= free:
                baseline = frame.bottom() + theme.px(8) + metrics.ascent()
                painter.drawText(QPointF(left, baseline), text)
                free = left + width + theme.px(FEW)

    def _paint_selection(self, painter: QPainter, frame: QRectF, selection: Range) -> None:
        left = max(frame.left(), self.to_pixel(selection[0], 0).x())
        right = min(frame.right(), self.to_pixel(selection[1], 0).x())
        if right >= left:
            painter.fillRect(QRectF(left, frame.top(), right - left, frame.height()), theme.color("tint"))
            painter.setPen(QPen(theme.color("accent"), 1))
            for x in (left, right):
                painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))

    def drawForeground(self, painter: QPainter, _rect: QRectF) -> None:
        """Paint uprights, marks, crosshair and the ring that says where the keyboard is."""
        frame = self.frame
        painter.save()
        self._paint_uprights(painter, frame)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_marks(painter, frame)
        shown = self.snap(self.pointer) if self.pointer is not None else self.pinned
        if shown is not None:
            self._paint_crosshair(painter, frame, shown)
        if self.shows_focus:
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), theme.px(5), theme.px(5))
        painter.restore()

    def _paint_uprights(self, painter: QPainter, frame: QRectF) -> None:
        painter.setFont(theme.font(11, 500))
        metrics = QFontMetrics(painter.font())
        taken = frame.left() - theme.px(6)
        for index, line in enumerate(self.uprights):
            x = self.to_pixel(line.x, 0).x()
            if not frame.left() - 1 <= x <= frame.right() + 1:
                continue
            top = frame.top() - (theme.px(self._headroom) if line.lined else 0)
            painter.setPen(QPen(theme.color("text" if line.strong else "text3"), 1, line.pen))
            painter.drawLine(QPointF(x, top), QPointF(x, frame.bottom()))
            width, gap = metrics.horizontalAdvance(line.text), theme.px(5)
            following = self.uprights[index + 1 :]
            free = min((self.to_pixel(one.x, 0).x() for one in following), default=float(self.width()))
            if x + gap + width <= min(free, self.width()):
                left = x + gap
            elif x - gap - width >= taken:
                left = x - gap - width
            else:
                taken = max(taken, x)
                continue  # named in the legend and in the figures all the same
            taken = max(x, left + width + gap)
            painter.setPen(theme.color("text" if line.strong else "text2"))
            painter.drawText(QPointF(left, top + metrics.ascent() + theme.px(1)), line.text)

    def _paint_marks(self, painter: QPainter, frame: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.series_color(self.mark_color))
        for x, y in self.marks:
            tip = self.to_pixel(x, y)
            if frame.left() <= tip.x() <= frame.right() and tip.y() <= frame.bottom():
                painter.drawPolygon(triangle(QPointF(tip.x(), max(frame.top(), tip.y()) - theme.px(3))))

    def _paint_crosshair(self, painter: QPainter, frame: QRectF, shown: Snapped) -> None:
        place = self.to_pixel(shown.x, shown.y)
        if not frame.adjusted(-1, -1, 1, 1).contains(place):
            return
        painter.setPen(QPen(theme.color("text"), 1))
        x = round(place.x()) + 0.5
        painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        painter.setPen(QPen(theme.series_color(shown.color), 2))
        painter.setBrush(theme.color("bg"))
        painter.drawEllipse(place, theme.px(4), theme.px(4))
        bold, plain = theme.font(12, 600), theme.font(11)
        widths = [
            QFontMetrics(bold if not row else plain).horizontalAdvance(text) for row, text in enumerate(shown.lines)
        ]
        line, padding = theme.px(17), theme.px(10)
        box = QRectF(0, 0, max(widths) + 2 * padding, line * len(shown.lines) + theme.px(12))
        box.moveTopLeft(QPointF(place.x() + theme.px(11), place.y() + theme.px(13)))
        if box.right() > frame.right():
            box.moveRight(place.x() - theme.px(11))
        if box.bottom() > self.height():
            box.moveBottom(place.y() - theme.px(8))
        box.moveTop(max(box.top(), 1.0))
        painter.setPen(QPen(theme.color("edge"), 1))
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(box, theme.px(6), theme.px(6))
        for row, text in enumerate(shown.lines):
            painter.setFont(plain if row else bold)
            painter.setPen(theme.color("text2" if row else "text"))
            at = QRectF(box.left() + padding, box.top() + theme.px(6) + row * line, box.width(), line)
            painter.drawText(at, Qt.AlignmentFlag.AlignVCenter, text)


def triangle(tip: QPointF) -> QPolygonF:
    """Return a mark that points up and ends at `tip`."""
    half, height = theme.px(4), theme.px(6)
    corners = [tip + QPointF(0, -height), tip + QPointF(half, 0), tip + QPointF(-half, 0)]
    return QPolygonF(corners)
