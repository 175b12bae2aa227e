"""Paints what moves over a picture that stands: hatches, flows, messages on their way. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPen

from ipclab_gui import theme
from ipclab_gui.diagram import faces, pipe_tube, process_box
from ipclab_gui.diagram.figures import Process, Queue, Tube
from ipclab_gui.diagram.queue_row import row_of
from ipclab_gui.diagram.routes import along

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QColor

    from ipclab_gui.diagram.flights import Flight
    from ipclab_gui.diagram.geometry import Geometry
    from ipclab_gui.diagram.routes import Routes

SPEED = 8 / 0.4  # px a second of hatches
FLOW = 40  # px a second of flows


def paint(
    painter: QPainter, geometry: Geometry, routes: Routes, flights: list[Flight], now: float, seen: QRectF
) -> None:
    """Paint all that moves within `seen`, in the picture's pixels; `now` 0 where it stands."""
    for figure in geometry.shown():
        if not seen.intersects(geometry.boxes[figure.key]):
            continue
        if isinstance(figure, Process):
            process_box.paint_hatch(painter, geometry.boxes[figure.key], figure, now * SPEED % process_box.STEP)
        elif isinstance(figure, Tube):
            body = geometry.pipes[figure.key]
            pipe_tube.paint_flow(painter, body, figure, now * FLOW % pipe_tube.DASH)
            air = [sum(one.thing == figure.key and one.way == way for one in flights) for way in ("right", "left")]
            pipe_tube.paint_lying(painter, body, figure, (air[0], air[1]))
    for one in flights:
        _paint_flight(painter, geometry, routes, one, one.share(now))


def paint_marks(painter: QPainter, selected: QRectF | None, focused: QRect | None) -> None:
    """Paint a frame about the box of what is selected, and one within the view that has the focus; logical pixels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color("accent"), 2))
    if selected is not None:
        painter.drawRoundedRect(selected.adjusted(-4, -4, 4, 4), theme.px(9), theme.px(9))
    if focused is not None:
        painter.drawRoundedRect(QRectF(focused).adjusted(1, 1, -1, -1), theme.px(5), theme.px(5))


def moves(geometry: Geometry) -> bool:
    """Tell whether something in a picture moves by itself."""
    for figure in geometry.shown():
        if isinstance(figure, Process) and figure.foot is not None and figure.foot.tone == "wait":
            return True
        if isinstance(figure, Tube) and (figure.rightward.rate or (figure.leftward and figure.leftward.rate)):
            return True
    return False


def _paint_flight(painter: QPainter, geometry: Geometry, routes: Routes, flight: Flight, share: float) -> None:
    figure = geometry.picture.find(flight.thing)
    if share <= 0 or figure is None or flight.thing not in geometry.boxes:
        return
    wide = faces.capsule_width(flight.text)
    if isinstance(figure, Tube):
        body = geometry.pipes[figure.key]
        high = pipe_tube.lanes(body, figure)
        level = high[0] if flight.way == "right" else high[1]
        first, last = body.left() + 8 + wide / 2, body.right() - 12 - wide / 2
        if flight.way == "left":
            first, last = body.right() - 8 - wide / 2, body.left() + 12 + wide / 2
        at = QPointF(first + (last - first) * _eased(share), level)
        _paint_tail(painter, at, wide, theme.series_color(figure.color), 1 if flight.way == "right" else -1, body)
        faces.capsule(painter, at, flight.text, theme.series_color(figure.color))
        return
    wires = (wire for wire in geometry.picture.wires if {wire.source, wire.target} == {flight.thing, flight.process})
    found = next((wire for wire in wires if wire.tab == flight.tab), None)
    if found is None:
        return
    points = routes.of(found)
    if not points:
        return
    if found.source == flight.thing and flight.way != "out":
        points = points[::-1]
    color = theme.series_color(found.color)
    if isinstance(figure, Queue) and flight.way == "in":
        row = row_of(geometry.boxes[figure.key])
        points = [*points, QPointF(row.left() + 16, row.center().y())]
    faces.capsule(painter, along(points, _eased(share)), flight.text, color)


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)


def _paint_tail(painter: QPainter, at: QPointF, wide: float, color: QColor, way: int, body: QRectF) -> None:
    """Paint the trail behind a message."""
    head = at.x() - way * wide / 2
    end = max(body.left() + 6, head - 50) if way > 0 else min(body.right() - 6, head + 50)
    box = QRectF(min(head, end), at.y() - 8, abs(head - end) + wide / 3, 16)
    if way < 0:
        box.moveLeft(head - wide / 3)
    fade = QLinearGradient(QPointF(end, 0), QPointF(head, 0))
    clear, full = theme.mixed(color, theme.color("bg"), 0.16), theme.mixed(color, theme.color("bg"), 0.55)
    fade.setColorAt(0, clear)
    fade.setColorAt(1, full)
    painter.fillRect(box, fade)
