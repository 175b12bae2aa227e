"""Paints wires: who is at what, and who started whom. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from ipclab_gui import theme
from ipclab_gui.diagram import faces
from ipclab_gui.diagram.routes import tip_of

if TYPE_CHECKING:
    from ipclab_gui.diagram.figures import Wire
    from ipclab_gui.diagram.routes import Points


def paint_started(painter: QPainter, line: QPainterPath, tip: QPolygonF, word: QRectF | None, *, left: bool) -> None:
    """Paint the line from a process to one that it started, at the left or right of it; a word where it has one."""
    pen = QPen(theme.color("edge"), 1)
    pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(line)
    _paint_tips(painter, [tip], theme.color("edge"))
    if word is not None:
        flags = faces.VCENTER if left else faces.RIGHT
        faces.write(painter, word, "started", 11, theme.color("text2"), flags=flags)


def word_box(points: Points) -> QRectF:
    """Return where it is written what such a line is."""
    left = points[-1].x() < points[0].x()
    return QRectF(points[1].x() + (8 if left else -68), points[1].y() + 4, 60, 18)


def paint(painter: QPainter, wire: Wire, line: QPainterPath, tips: list[QPolygonF]) -> None:
    """Paint a wire."""
    color = theme.series_color(wire.color) if wire.color >= 0 else theme.color("wait" if wire.waits else "text2")
    pen = QPen(theme.color("edge"), 1, Qt.PenStyle.DotLine) if wire.blind else QPen(color, 1.5)
    if not wire.solid and not wire.blind:
        pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(line)
    _paint_tips(painter, tips, color)


def tips_of(wire: Wire, points: Points) -> list[QPolygonF]:
    """Return the tips of a wire: none where nobody knows which way data goes."""
    if wire.blind:
        return []
    return [tip_of(points), tip_of(points[::-1])] if wire.both else [tip_of(points)]


def _paint_tips(painter: QPainter, tips: list[QPolygonF], color: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    for tip in tips:
        painter.drawPolygon(tip)
