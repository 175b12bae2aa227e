"""Paints queues: a row open at both ends, the newest element left, free places dotted. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from ipclab_gui import theme
from ipclab_gui.diagram import faces
from ipclab_gui.diagram.figures import Queue
from ipclab_gui.diagram.measures import ELEMENT, LABEL, elements


def row_of(box: QRectF) -> QRectF:
    """Return the row without the words above and below it."""
    return QRectF(box.left(), box.top() + LABEL, box.width(), ELEMENT)


def paint(painter: QPainter, box: QRectF, figure: Queue) -> None:
    """Paint one queue with its elements."""
    row = row_of(box)
    color, tint = theme.series_color(figure.color), theme.series_tint(figure.color)
    widths = elements(figure)
    more = figure.stream.inside > len(figure.stream.texts) or widths[0] == 52.0
    shown = min(len(figure.stream.texts), len(widths) - (1 if more else 0))
    free = len(widths) - shown - (1 if more else 0)
    right = row.right()
    for text in figure.stream.texts[:shown]:
        cell = QRectF(right - widths[-1], row.top(), widths[-1], ELEMENT)
        painter.fillRect(cell, tint)
        faces.write(painter, cell, text, 12, theme.color("text"), mono=True, flags=faces.CENTER)
        right = cell.left()
        painter.setPen(QPen(color, 1.2))
        painter.drawLine(QLineF(right, row.top(), right, row.bottom()))
    if more:
        cell = QRectF(row.left(), row.top(), right - row.left(), ELEMENT)
        painter.fillRect(cell, tint)
        words = f"+{figure.stream.inside - shown:,}".replace(",", "\u00a0")
        faces.write(painter, cell, words, 12, theme.color("text2"), weight=500, flags=faces.CENTER)
    elif free > 0:
        pen = QPen(theme.series_tint(figure.color, 0.55), 1.2)
        pen.setDashPattern([1.5, 2.5])
        painter.setPen(pen)
        for place in range(1, free):
            x = right - place * (right - row.left()) / free
            painter.drawLine(QLineF(x, row.top() + 5, x, row.bottom() - 5))
    painter.setPen(QPen(color, 1.5))
    painter.drawLine(QLineF(row.topLeft(), row.topRight()))
    painter.drawLine(QLineF(row.bottomLeft(), row.bottomRight()))
    if figure.stream.inside > 1:
        above = QRectF(row.left(), box.top() - 2, row.width(), LABEL)
        faces.write(painter, above, "newest", 11, theme.color("text2"))
        faces.write(painter, above, "oldest", 11, theme.color("text2"), flags=faces.RIGHT)
    caption(painter, row, figure.name, figure.note)
    if figure.stream.rate:
        wide = faces.width(figure.stream.words, 12, 600) + 20
        flow = QRectF(row.center().x() - wide / 2, row.bottom() + 26, wide, 20)
        faces.write(painter, flow, figure.stream.words, 12, theme.color("text"), weight=600, flags=faces.CENTER)


def caption(painter: QPainter, above: QRectF, name: str, note: str, most: float = 340.0) -> None:
    """Write a thing's name and what is said of it, in the middle below it."""
    wide = faces.width(name, 12, 600)
    rest = min(faces.width(note, 12), most - wide - 8)
    left = above.center().x() - (wide + 8 + rest) / 2
    faces.write(painter, QRectF(left, above.bottom() + 4, wide + 2, 20), name, 12, theme.color("text"), weight=600)
    painter.setPen(Qt.PenStyle.NoPen)
    faces.write(painter, QRectF(left + wide + 8, above.bottom() + 4, rest, 20), note, 12, theme.color("text2"))
