"""Paints channels as lanes: how many messages lie in each, over time. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from ipclab.quantity import thousands
from ipclab_gui import theme
from ipclab_gui.messages.geometry import LINE_LEAST

if TYPE_CHECKING:
    from ipclab_gui.messages.geometry import Geometry
    from ipclab_gui.messages.scene import ChannelLane, Scene

SHARE = 0.72  # of a lane's height
STEP = 2  # px from depth to depth


def paint(painter: QPainter, geometry: Geometry, scene: Scene, middle: float, lane: ChannelLane) -> None:
    """Paint a channel's depth as an area, with its most and nought beside it."""
    high = geometry.lane_height * SHARE
    floor, left = middle + high / 2, geometry.left
    edges = geometry.edges(max(1, geometry.wide // STEP))
    depths = lane.depth.at(edges)
    most = max(1, int(depths.max()))
    color = theme.series_color(scene.color(lane.number))
    ended = np.searchsorted(edges, scene.until)  # nobody knows what is behind the latest
    x = geometry.x(edges[: int(ended) + 1])
    y = floor - depths[: len(x)] * (high / most)
    points = [QPointF(left, floor), *map(QPointF, x.tolist(), y.tolist()), QPointF(float(x[-1]), floor)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.mixed(color, theme.color("bg"), 0.22))
    painter.drawPolygon(QPolygonF(points))
    painter.setPen(QPen(color, 1))
    painter.drawPolyline(QPolygonF(points[1:-1]))
    if lane.limit and lane.limit <= most * 1.5:
        painter.setPen(QPen(theme.color("text3"), 1, Qt.PenStyle.DotLine))
        at = floor - lane.limit * (high / most)
        painter.drawLine(QLineF(left, at, left + geometry.wide, at))


def paint_scale(painter: QPainter, geometry: Geometry, middle: float, lane: ChannelLane) -> None:
    """Write beside the lane which depths its upper and lower edge are."""
    most = max(1, int(lane.depth.at(geometry.edges(max(1, geometry.wide // STEP))).max()))
    half = geometry.lane_height * SHARE / 2
    painter.setFont(theme.font(11))
    painter.setPen(theme.color("text2"))
    low = geometry.lane_height < theme.px(LINE_LEAST)
    for text, at in ((thousands(most), middle if low else middle - half), ("" if low else "0", middle + half)):
        box = QRectF(geometry.left - theme.px(64), at - theme.px(8), theme.px(58), theme.px(16))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)


__all__ = ["paint", "paint_scale"]
