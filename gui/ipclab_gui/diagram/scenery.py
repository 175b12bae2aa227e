"""Paints what stands: the dotted ground, wires, shapes. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPen

from ipclab_gui import theme
from ipclab_gui.diagram import cells, padlock, pipe_tube, process_box, queue_row, wires
from ipclab_gui.diagram.figures import Block, Cells, Lock, Process, Queue, Raw, Tube

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QTransform

    from ipclab_gui.diagram.geometry import Geometry
    from ipclab_gui.diagram.routes import Routes

STEP = 24  # px from dot to dot


def paint_ground(painter: QPainter, room: QRect, transform: QTransform) -> None:
    """Paint dots that move and grow apart with the picture."""
    step = STEP * transform.m11()
    while step < 14:
        step *= 2
    origin = transform.map(QPointF(0, 0))
    left, top = origin.x() % step, origin.y() % step
    columns, rows = int((room.width() - left) // step) + 1, int((room.height() - top) // step) + 1
    painter.setPen(QPen(theme.color("grid"), 2))
    painter.drawPoints([QPointF(left + x * step, top + y * step) for x in range(columns) for y in range(rows)])


def paint(painter: QPainter, geometry: Geometry, routes: Routes) -> None:
    """Paint wires, then shapes over them, things first."""
    wires.paint_started(painter, geometry, routes)
    wires.paint(painter, geometry, routes)
    for figure in sorted(geometry.shown(), key=lambda one: isinstance(one, Process)):
        if isinstance(figure, Process):
            process_box.paint(painter, geometry, figure)
        elif isinstance(figure, Tube):
            pipe_tube.paint(painter, geometry, figure)
        elif isinstance(figure, Queue):
            queue_row.paint(painter, geometry, figure)
        elif isinstance(figure, Cells):
            cells.paint(painter, geometry, figure)
        elif isinstance(figure, Raw):
            cells.paint_raw(painter, geometry, figure)
        elif isinstance(figure, Lock):
            padlock.paint(painter, geometry, figure)
        elif isinstance(figure, Block):
            cells.paint_block(painter, geometry, figure)
    for figure in geometry.shown():
        if isinstance(figure, Tube):
            pipe_tube.paint_plugs(painter, geometry, figure)


__all__ = ["paint", "paint_ground"]
