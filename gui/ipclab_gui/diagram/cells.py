"""Paints Values and Arrays as cells, and blocks of shared memory. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ipclab_gui import theme
from ipclab_gui.diagram import faces
from ipclab_gui.diagram.figures import Block, Cells, Raw
from ipclab_gui.diagram.measures import CELL, LABEL, SMALL, cell_grid, raw_cells
from ipclab_gui.diagram.padlock import paint_padlock
from ipclab_gui.diagram.queue_row import caption


def paint(painter: QPainter, box: QRectF, figure: Cells) -> None:
    """Paint one Value or Array; a cell of which nobody knows the value is empty."""
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
        dots(painter, QPointF(below.right() + 8, below.bottom() - CELL / 2), color, 7)
    caption(painter, below, figure.name, figure.note)
    if figure.lock:
        words = faces.width(figure.lock, 12)
        left = below.center().x() - (words + 22) / 2
        tone = theme.color("text" if figure.locked else "text2")
        paint_padlock(painter, QPointF(left + 8, below.bottom() + 32), tone, closed=figure.locked)
        faces.write(painter, QRectF(left + 22, below.bottom() + 22, words, 20), figure.lock, 12, tone)


def paint_raw(painter: QPainter, box: QRectF, figure: Raw) -> None:
    """Paint what has no lock, in no colour of its own: nobody sees what is done to it."""
    edge, middle = theme.color("edge"), box.center().y()
    painter.setPen(QPen(edge, 1, Qt.PenStyle.DotLine))
    painter.setBrush(theme.color("bg"))
    painter.drawRoundedRect(box, 6, 6)
    painter.setPen(QPen(edge, 1))
    for place in range(figure.cells):
        painter.drawRect(QRectF(box.left() + 10 + SMALL * place, middle - SMALL / 2, SMALL, SMALL))
    if figure.more:
        dots(painter, QPointF(box.left() + 14 + SMALL * figure.cells, middle), edge, 4)
    left = 20 + raw_cells(figure)
    words = QRectF(box.left() + left, box.top() + 4, box.width() - left - 6, 18)
    faces.write(painter, words, figure.name, 12, theme.color("text2"), weight=600)
    faces.write(painter, words.translated(0, 18), figure.note, 11, theme.color("text2"))


def dots(painter: QPainter, first: QPointF, color: QColor, step: float) -> None:
    """Paint three dots side by side: there are more."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    for place in range(3):
        painter.drawEllipse(first + QPointF(step * place, 0), 1.6, 1.6)


def paint_block(painter: QPainter, box: QRectF, figure: Block) -> None:
    """Paint a block of shared memory: nobody sees what is in it."""
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
