"""Paints the axis above the lanes and, below them, the whole run with what of it is in view. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from ipclab_gui import theme
from ipclab_gui.messages import view
from ipclab_gui.messages.geometry import OVERVIEW

if TYPE_CHECKING:
    from ipclab_gui.messages.geometry import Geometry
    from ipclab_gui.messages.scene import Scene


def paint_axis(painter: QPainter, geometry: Geometry) -> None:
    """Paint round moments, and a line down from each."""
    painter.setFont(theme.font(11))
    in_view = geometry.view
    moments, step = view.ticks(in_view.start, in_view.stop, max(2, geometry.wide // theme.px(110)))
    for time in moments:
        x = float(geometry.x(time))
        if x < geometry.left:
            continue
        painter.setPen(theme.color("grid"))
        painter.drawLine(QLineF(x, geometry.top, x, geometry.bottom))
        text = view.moment(time, step)
        wide = painter.fontMetrics().horizontalAdvance(text)
        if x + wide / 2 < geometry.width:
            painter.setPen(theme.color("text2"))
            painter.drawText(QPointF(x - wide / 2, geometry.top - theme.px(9)), text)


def whole(in_view: view.View) -> int:
    """Return how many nanoseconds the overview is wide."""
    return max(1, int(in_view.until * (1 + view.MARGIN)))


def time_at(geometry: Geometry, x: float) -> int:
    """Return the moment at a place of the overview."""
    return int((x - geometry.left) / geometry.wide * whole(geometry.view))


def paint(painter: QPainter, geometry: Geometry, scene: Scene) -> None:
    """Paint how many calls began when, and a frame around what is in view."""
    top, left, wide = geometry.bottom, geometry.left, geometry.wide
    painter.setPen(theme.color("line"))
    painter.drawLine(0, top, geometry.width, top)
    painter.setFont(theme.font(12))
    painter.setPen(theme.color("text2"))
    box = QRectF(theme.px(20), top, left - theme.px(28), theme.px(OVERVIEW))
    painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), "whole run")
    counts = scene.counts(whole(geometry.view), max(1, wide // 2))
    height = theme.px(OVERVIEW - 12)
    scaled = np.sqrt(counts / max(1.0, float(counts.max()))) * (height - 2)
    floor = top + theme.px(6) + height
    points = [QPointF(left + 2 * place + 1, floor - value) for place, value in enumerate(scaled.tolist())]
    painter.setPen(QPen(theme.series_color(0), 1))
    painter.setBrush(theme.series_tint(0, 0.3))
    painter.drawPolygon(QPolygonF([QPointF(left, floor), *points, QPointF(left + wide, floor)]))
    start, stop = (left + time / whole(geometry.view) * wide for time in (geometry.view.start, geometry.view.stop))
    if stop - start < wide * 0.98:
        start = min(max(start, left), left + wide - theme.px(8))
        frame = QRectF(start, top + theme.px(4), max(min(stop, left + wide) - start, theme.px(8)), height + theme.px(4))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(theme.color("accent"), 1.5))
        tint = theme.color("accent")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, theme.px(3), theme.px(3))
        painter.setOpacity(0.12)
        painter.fillRect(frame, tint)
        painter.setOpacity(1.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


__all__ = ["paint", "paint_axis", "time_at", "whole"]
