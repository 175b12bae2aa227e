"""Paints wires: who is at what, and who started whom. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ipclab_gui import theme
from ipclab_gui.diagram import faces
from ipclab_gui.diagram.routes import path_of, tip_of

if TYPE_CHECKING:
    from ipclab_gui.diagram.figures import Wire
    from ipclab_gui.diagram.routes import Points


def paint_started(painter: QPainter, points: Points, *, named: bool) -> None:
    """Paint the line from a process to one that it started."""
    pen = QPen(theme.color("edge"), 1)
    pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path_of(points))
    _arrow(painter, points, theme.color("edge"))
    if named:
        flags = faces.VCENTER if points[-1].x() < points[0].x() else faces.RIGHT
        faces.write(painter, word_box(points), "started", 11, theme.color("text2"), flags=flags)


def word_box(points: Points) -> QRectF:
    """Return where it is written what such a line is."""
    left = points[-1].x() < points[0].x()
    return QRectF(points[1].x() + (8 if left else -68), points[1].y() + 4, 60, 18)


def paint(painter: QPainter, wire: Wire, points: Points, *, outward: bool) -> None:
    """Paint a wire; `outward`: its way begins at the thing."""
    color = theme.series_color(wire.color) if wire.color >= 0 else theme.color("wait" if wire.waits else "text2")
    pen = QPen(theme.color("edge"), 1, Qt.PenStyle.DotLine) if wire.blind else QPen(color, 1.5)
    if not wire.solid and not wire.blind:
        pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # From the thing outward: where several share a way, their dashes lie on each other and do not fill the gaps.
    painter.drawPath(path_of(points if outward else points[::-1]))
    if wire.blind:  # nobody knows which way data goes
        return
    _arrow(painter, points, color)
    if wire.both:
        _arrow(painter, points[::-1], color)


def _arrow(painter: QPainter, points: Points, color: QColor) -> None:
    """Paint a tip at a way's end."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(tip_of(points))
