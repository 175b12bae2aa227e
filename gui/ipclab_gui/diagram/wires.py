"""Paints wires: who is at what, and who started whom. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from ipclab_gui import theme
from ipclab_gui.diagram import faces
from ipclab_gui.diagram.routes import Routes, path_of

if TYPE_CHECKING:
    from ipclab_gui.diagram.geometry import Geometry
    from ipclab_gui.diagram.routes import Points


def paint_started(painter: QPainter, geometry: Geometry, routes: Routes) -> None:
    """Paint a line from each process to those that it started; named once at each side."""
    named: set[tuple[str, bool]] = set()
    for one in geometry.picture.processes:
        points = routes.started(one)
        if not points:
            continue
        pen = QPen(theme.color("edge"), 1)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path_of(points))
        _arrow(painter, points, theme.color("edge"))
        left = points[-1].x() < points[0].x()
        if (one.parent, left) in named or len(points) < 3:
            continue
        named.add((one.parent, left))
        box = QRectF(points[1].x() + 8, points[1].y() + 4, 60, 18)
        if not left:
            box = QRectF(points[1].x() - 68, points[1].y() + 4, 60, 18)
        faces.write(painter, box, "started", 11, theme.color("text2"), flags=faces.VCENTER if left else faces.RIGHT)


def paint(painter: QPainter, geometry: Geometry, routes: Routes) -> None:
    """Paint the wires of a picture, those in use over those that are idle."""
    things = {one.key for one in geometry.picture.things}
    for wire in sorted(geometry.picture.wires, key=lambda one: one.solid):
        points = routes.of(wire)
        if not points:
            continue
        color = theme.series_color(wire.color) if wire.color >= 0 else theme.color("wait" if wire.waits else "text2")
        pen = QPen(theme.color("edge"), 1, Qt.PenStyle.DotLine) if wire.blind else QPen(color, 1.5)
        if not wire.solid and not wire.blind:
            pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # From the thing outward: where several share a way, their dashes lie on each other and do not fill the gaps.
        painter.drawPath(path_of(points if wire.source in things else points[::-1]))
        if wire.blind:  # nobody knows which way data goes
            continue
        _arrow(painter, points, color)
        if wire.both:
            _arrow(painter, points[::-1], color)


def _arrow(painter: QPainter, points: Points, color: QColor) -> None:
    """Paint a tip at a way's end."""
    tip, before = points[-1], points[-2]
    if tip == before and len(points) > 2:
        before = points[-3]
    dx, dy = tip.x() - before.x(), tip.y() - before.y()
    along = QPointF(0, 1 if dy > 0 else -1) if abs(dy) > abs(dx) else QPointF(1 if dx > 0 else -1, 0)
    across = QPointF(along.y(), along.x())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(QPolygonF([tip, tip - along * 7 + across * 3.5, tip - along * 7 - across * 3.5]))
