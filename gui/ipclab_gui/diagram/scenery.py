"""Paints what stands: the dotted ground, wires, shapes. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen, QPolygonF, QRegion

from ipclab_gui import theme
from ipclab_gui.diagram import cells, padlock, pipe_tube, process_box, queue_row, wires
from ipclab_gui.diagram.figures import Block, Cells, Lock, Process, Queue, Raw, Tube
from ipclab_gui.diagram.routes import path_of, tip_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QTransform

    from ipclab_gui.diagram.figures import Figure, Wire
    from ipclab_gui.diagram.geometry import Geometry
    from ipclab_gui.diagram.routes import Points, Routes

STEP = 24  # px from dot to dot
AROUND = 8  # px about a box within which its frame is, and the plugs of a tube
BEHIND = 12  # px to the right of a stack, and above it, within which are those behind
WORDS = 174  # px from a thing's middle to the end of the longest words below it
BELOW = 26  # px from a thing's box to the end of what else is written below it
BESIDE = 80  # px from a process to the end of the longest tab at its side
STROKE = 9  # px about a way within which its line and tips are
_PAINTERS: dict[type, Callable[..., None]] = {
    Process: process_box.paint, Tube: pipe_tube.paint, Queue: queue_row.paint, Cells: cells.paint,
    Raw: cells.paint_raw, Lock: padlock.paint, Block: cells.paint_block,
}  # fmt: skip

Made = tuple[tuple[QRectF, ...], Callable[[QPainter], None]]  # boxes and paint of a piece
Look = tuple[tuple[str, ...], tuple[Any, ...], Callable[..., Made]]  # its key and look, and what makes these of that


class Piece(NamedTuple):
    """A part of what stands.

    Attributes:
        key: which one it is in its picture.
        look: all that it is painted from but the colours: what is equal looks alike.
        boxes: within which it is painted, in the picture's pixels.
        paint: paints it.
    """

    key: tuple[str, ...]
    look: tuple[Any, ...]
    boxes: tuple[QRectF, ...]
    paint: Callable[[QPainter], None]


def paint(
    painter: QPainter, room: QRectF, transform: QTransform, pieces: list[Piece] | None, within: QRegion | None = None
) -> None:
    """Paint what stands.

    Args:
        painter: its pixels are those of the view.
        room: the view, in logical pixels.
        transform: the way from the pieces to those.
        pieces: from below to above; None for an empty view.
        within: only what lies there, in device pixels, is painted; None for all.
    """
    painter.fillRect(room, theme.color("bg"))
    if pieces is None:
        return
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    device = transform * painter.worldTransform()
    seen, _ = painter.worldTransform().inverted()
    near = room if within is None else seen.mapRect(QRectF(within.boundingRect()))
    _paint_ground(painter, near, transform)
    painter.save()
    painter.setTransform(transform, True)
    back, _ = transform.inverted()
    around = back.mapRect(near)
    for one in pieces:
        if within is None or _lies_in(one, around, within, device):
            one.paint(painter)
    painter.restore()


def _lies_in(one: Piece, around: QRectF, within: QRegion, device: QTransform) -> bool:
    """Tell whether a piece lies in a region at all, whose bounds in the pieces' pixels are `around`."""
    near = [box for box in one.boxes if around.intersects(box)]
    return any(within.rectCount() < 2 or within.intersects(device.mapRect(box).toAlignedRect()) for box in near)


def _paint_ground(painter: QPainter, room: QRectF, transform: QTransform) -> None:
    """Paint dots that move and grow apart with the picture."""
    step = STEP * transform.m11()
    while step < 14:
        step *= 2
    origin = transform.map(QPointF(0, 0))
    left = room.left() - step + (origin.x() - room.left()) % step
    top = room.top() - step + (origin.y() - room.top()) % step
    columns, rows = int((room.right() - left) // step) + 2, int((room.bottom() - top) // step) + 2
    row = QPolygonF([QPointF(left + x * step, top) for x in range(columns)])
    painter.save()
    painter.setPen(QPen(theme.color("grid"), 2))
    for _ in range(rows):
        painter.drawPoints(row)
        painter.translate(0, step)
    painter.restore()


def pieces(geometry: Geometry, routes: Routes, before: list[Piece]) -> list[Piece]:
    """Return all that stands on the ground, in the order in which it is painted: wires, then shapes, things first.

    Those of the picture `before` that look as they did are the same.
    """
    known = {one.key: one for one in before}
    shown = geometry.shown()
    looks = [*_started(geometry, routes), *_wires(geometry, routes)]
    looks += (_shape(geometry, one) for one in shown if not isinstance(one, Process))
    looks += (_shape(geometry, one) for one in shown if isinstance(one, Process))
    looks += (_plugs(geometry, one) for one in shown if isinstance(one, Tube))
    return [
        old if (old := known.get(key)) is not None and old.look == look else Piece(key, look, *make(*look))
        for key, look, make in looks
    ]


def _shape(geometry: Geometry, one: Figure) -> Look:
    return (one.key,), (one, geometry.boxes[one.key], geometry.pipes.get(one.key)), _make_shape


def _make_shape(one: Figure, box: QRectF, body: QRectF | None) -> Made:
    around = box.adjusted(-AROUND, -AROUND, AROUND, AROUND)
    if not isinstance(one, Process):
        around = around.united(QRectF(box.center().x() - WORDS, box.top(), 2 * WORDS, box.height() + BELOW))
    elif one.count > 1 or one.tabs:
        around.adjust(0, -BEHIND, BESIDE if one.tabs else BEHIND, 0)
    return (around,), partial(_PAINTERS[type(one)], box=body or box, figure=one)


def _plugs(geometry: Geometry, one: Tube) -> Look:
    return ("plugs", one.key), (one.color, geometry.pipes[one.key]), _make_plugs


def _make_plugs(color: int, body: QRectF) -> Made:
    around = body.adjusted(-AROUND, -AROUND, AROUND, AROUND)
    return (around,), partial(pipe_tube.paint_plugs, body=body, color=color)


def _started(geometry: Geometry, routes: Routes) -> Iterator[Look]:
    """Yield a line from each process to those that it started; named once at each side."""
    named: set[tuple[str, bool]] = set()
    for one in geometry.picture.processes:
        points = routes.started(one)
        if points:
            side = (one.parent, points[-1].x() < points[0].x())
            yield ("started", one.key), (points, len(points) > 2 and side not in named), _make_started
            if len(points) > 2:
                named.add(side)


def _make_started(points: Points, named: bool) -> Made:
    boxes, word = _along(points), wires.word_box(points) if named else None
    if word is not None:
        boxes = (*boxes, word)
    left = points[-1].x() < points[0].x()
    return boxes, partial(wires.paint_started, line=path_of(points), tip=tip_of(points), word=word, left=left)


def _wires(geometry: Geometry, routes: Routes) -> Iterator[Look]:
    """Yield the wires, those in use over those that are idle."""
    things = {one.key for one in geometry.picture.things}
    for wire in sorted(geometry.picture.wires, key=lambda one: one.solid):
        points = routes.of(wire)
        if points:
            key = ("wire", wire.source, wire.target, wire.tab)
            yield key, (wire, points, wire.source in things), _make_wire


def _make_wire(wire: Wire, points: Points, outward: bool) -> Made:
    # From the thing outward: where several share a way, their dashes lie on each other and do not fill the gaps.
    line = path_of(points if outward else points[::-1])
    return _along(points), partial(wires.paint, wire=wire, line=line, tips=wires.tips_of(wire, points))


def _along(points: Points) -> tuple[QRectF, ...]:
    """Return boxes about each stretch of a way."""
    return tuple(
        QRectF(before, after).normalized().adjusted(-STROKE, -STROKE, STROKE, STROKE)
        for before, after in pairwise(points)
    )


__all__ = ["Piece", "paint", "pieces"]
