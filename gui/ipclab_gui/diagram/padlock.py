"""Paints locks and their kin: a padlock, closed or open, with who has it. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from ipclab_gui import theme
from ipclab_gui.diagram import faces
from ipclab_gui.diagram.figures import Lock


def paint(painter: QPainter, box: QRectF, figure: Lock) -> None:
    """Paint one lock."""
    painter.setPen(QPen(theme.color("text2" if figure.held else "edge"), 1.5))
    painter.setBrush(theme.color("raised" if figure.held else "bg"))
    painter.drawRoundedRect(box, 6, 6)
    tone = theme.color("text" if figure.held else "text2")
    paint_padlock(painter, QPointF(box.left() + 17, box.center().y() + 1), tone, closed=figure.held)
    row = box.adjusted(32, 0, -8, 0)
    wide = faces.write(painter, row, figure.name, 12, theme.color("text"), weight=600)
    faces.write(painter, row.adjusted(wide + 8, 0, 0, 0), figure.note, 12, theme.color("text2"))


def paint_padlock(painter: QPainter, middle: QPointF, color: QColor, *, closed: bool) -> None:
    """Paint a padlock about a point, 12 px wide."""
    painter.setPen(QPen(color, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(color if closed else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(middle.x() - 6, middle.y() - 1, 12, 8), 1.5, 1.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    bow = QPainterPath(QPointF(middle.x() - 3.5, middle.y() - 1))
    bow.lineTo(middle.x() - 3.5, middle.y() - 4)
    bow.arcTo(QRectF(middle.x() - 3.5, middle.y() - 8, 7, 8), 180, -180 if closed else -130)
    if closed:
        bow.lineTo(middle.x() + 3.5, middle.y() - 1)
    painter.drawPath(bow)
