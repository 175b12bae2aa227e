"""Paints Values and Arrays as cells, and blocks of shared memory. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from ipclab_gui import theme
from ipclab_gui.diagram import faces
from ipclab_gui.diagram.figures import Block, Cells
from ipclab_gui.diagram.geometry import Geometry
from ipclab_gui.diagram.measures import CELL, LABEL, cell_grid
from ipclab_gui.diagram.padlock import paint_padlock
from ipclab_gui.diagram.queue_row import caption


def paint(painter: QPainter, geometry: Geometry, figure: Cells) -> None:
    """Paint one Value or Array; a cell of which nobody knows the value is empty."""
    box = geometry.boxes[figure.key]
    each, across, rows = cell_grid(figure)
    top = box.top() + (LABEL if figure.indexed else 0)
    color = theme.series_color(figure.color)
    shown = min(len(figure.values), across * rows)
    for place in range(shown):
        cell = QRectF(box.left() + (place % across) * each, top + (place // across) * CELL, each, CELL)
        painter.setPen(QPen(color, 1.5))
        painter.setBrush(theme.series_tint(figure.color) if place == figure.newest else theme.color("bg"))
        painter.drawRect(cell)
        value = figure.values[place]
        tone = theme.color("text" if value else "text3")
        faces.write(painter, cell.adjusted(4, 0, -4, 0), value or "·", 12, tone, mono=True, flags=faces.CENTER)
        if figure.indexed and place < across:
            index = QRectF(cell.left(), box.top() - 3, cell.width(), LABEL)
            faces.write(painter, index, f"[{place}]", 11, theme.color("text2"), mono=True, flags=faces.CENTER)
    below = QRectF(box.left(), top, box.width(), rows * CELL)
    if figure.length > shown:
        for place in range(3):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(QPointF(below.right() + 8 + 7 * place, below.bottom() - CELL / 2), 1.6, 1.6)
    caption(painter, below, figure.name, figure.note)
    if figure.lock:
        words = faces.width(figure.lock, 12)
        left = below.center().x() - (words + 22) / 2
        tone = theme.color("text" if figure.locked else "text2")
        paint_padlock(painter, QPointF(left + 8, below.bottom() + 32), tone, closed=figure.locked)
        faces.write(painter, QRectF(left + 22, below.bottom() + 22, words, 20), figure.lock, 12, tone)


def paint_block(painter: QPainter, geometry: Geometry, figure: Block) -> None:
    """Paint a block of shared memory: nobody sees what is in it."""
    box = geometry.boxes[figure.key]
    body = QRectF(box.left(), box.top(), box.width(), 40)
    pen = QPen(theme.series_color(figure.color), 1.5)
    if figure.gone:
        pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.setBrush(theme.color("bg") if figure.gone else theme.series_tint(figure.color))
    painter.drawRect(body)
    words = "contents not watched"
    faces.write(painter, body, words, 12, theme.color("text2"), flags=faces.CENTER)
    caption(painter, body, figure.name, figure.note)
