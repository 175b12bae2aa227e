"""Paints pipes: a tube with a plug at each end, messages in it, or a flow. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from ipclab.quantity import thousands
from ipclab_gui import theme
from ipclab_gui.diagram import faces
from ipclab_gui.diagram.figures import Stream, Tube
from ipclab_gui.diagram.measures import PLUG
from ipclab_gui.diagram.queue_row import caption

DASH = 8  # px from a dot of a flow to the next


def paint(painter: QPainter, box: QRectF, figure: Tube) -> None:
    """Paint one tube, whose body this is, without what is in it."""
    color = theme.series_color(figure.color)
    painter.fillRect(box, theme.series_tint(figure.color))
    painter.setPen(QPen(color, 1.5))
    painter.drawLine(QLineF(box.topLeft(), box.topRight()))
    painter.drawLine(QLineF(box.bottomLeft(), box.bottomRight()))
    caption(painter, box, figure.name, figure.note)


def paint_plugs(painter: QPainter, body: QRectF, color: int) -> None:
    """Paint a tube's ends, over the boxes that they are in."""
    painter.setPen(QPen(theme.series_color(color), 1.5))
    painter.setBrush(theme.color("bg"))
    for x in (body.left(), body.right()):
        painter.drawRoundedRect(QRectF(x - 5, body.center().y() - PLUG / 2, 10, PLUG), 3, 3)


def lanes(body: QRectF, figure: Tube) -> tuple[float, float]:
    """Return the heights at which messages go to the right and to the left."""
    if figure.leftward is None:
        return body.center().y(), body.center().y()
    return body.center().y() - 11, body.center().y() + 11


def paint_lying(painter: QPainter, body: QRectF, figure: Tube, flying: tuple[int, int]) -> None:
    """Paint the messages that lie in a tube, the oldest nearest to its receiver; `flying` of each way are on their way.

    Those are the newest. What has no room is counted.
    """
    heights = lanes(body, figure)
    for stream, level, way, air in (
        (figure.rightward, heights[0], 1, flying[0]),
        (figure.leftward, heights[1], -1, flying[1]),
    ):
        if stream is None or stream.rate:
            continue
        at = body.right() - 12 if way > 0 else body.left() + 12
        end = body.left() + 60 if way > 0 else body.right() - 60
        lying = stream.inside - air
        drawn = 0
        for text in stream.texts[: max(0, lying)]:
            wide = faces.capsule_width(text)
            if (at - wide - end) * way < 0 or (way < 0 and at + wide > end):
                break
            faces.capsule(painter, QPointF(at - way * wide / 2, level), text, theme.series_color(figure.color))
            at -= way * (wide + 4)
            drawn += 1
        if lying > drawn:
            words = f"+{lying - drawn:,}".replace(",", "\u00a0")
            wide = faces.width(words, 12, 500)
            box = QRectF(at - wide if way > 0 else at, level - 10, wide, 20)
            faces.write(painter, box, words, 12, theme.color("text2"), weight=500)


def paint_flow(painter: QPainter, body: QRectF, figure: Tube, phase: float) -> None:
    """Paint what goes through too fast to be told apart: dots that move, and how many a second."""
    flows = [(stream, way) for stream, way in ((figure.rightward, 1), (figure.leftward, -1)) if stream is not None]
    flowing = [(stream, way) for stream, way in flows if stream.rate]
    if not flowing:
        return
    color = theme.series_color(figure.color)
    levels = (body.center().y() - 14, body.center().y() + 14) if len(flowing) > 1 else (body.center().y(),) * 2
    for place, (_, way) in enumerate(flowing):
        level = levels[place]
        pen = QPen(color, 3, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([1, DASH / 3 - 1])
        pen.setDashOffset(-way * phase / 3 if way > 0 else phase / 3)
        painter.setPen(pen)
        painter.drawLine(QLineF(body.left() + 12, level, body.right() - 20, level) if way > 0 else
                         QLineF(body.left() + 20, level, body.right() - 12, level))  # fmt: skip
        tip = QPointF(body.right() - 10, level) if way > 0 else QPointF(body.left() + 10, level)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(QPolygonF([tip, tip + QPointF(-way * 8, -4), tip + QPointF(-way * 8, 4)]))
    _paint_rates(painter, body, flowing)


def _paint_rates(painter: QPainter, body: QRectF, flowing: list[tuple[Stream, int]]) -> None:
    rates = [stream.rate for stream, _ in flowing]
    words = [f"{thousands(rate)} /s" for rate in rates]
    if len(rates) == 2:
        alike = abs(rates[0] - rates[1]) <= max(rates) * 0.01
        words = [f"{words[0]} each way"] if alike else [f"{words[0]} and {words[1]}"]
    wide = min(faces.width(words[0], 12, 600) + 20, body.width() - 40)
    box = QRectF(body.center().x() - wide / 2, body.center().y() - 11, wide, 22)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("bg"))
    painter.drawRoundedRect(box, 11, 11)
    faces.write(painter, box.adjusted(4, 0, -4, 0), words[0], 12, theme.color("text"), weight=600, flags=faces.CENTER)
