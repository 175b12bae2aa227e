"""Paints what stands: the dotted ground, wires, shapes. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen, QPolygonF, QRegion

from ipclab_gui import theme
from ipclab_gui.diagram import cells, padlock, pipe_tube, process_box, queue_row, wires
from ipclab_gui.diagram.figures import Block, Cells, Lock, Process, Queue, Raw, Tube

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QTransform

    from ipclab_gui.diagram.figures import Figure
    from ipclab_gui.diagram.geometry import Geometry
    from ipclab_gui.diagram.routes import Points, Routes

STEP = 24  # px from dot to dot
AROUND = 30  # px about a box within which all of its shape is: frames, those behind in a stack, words below
CAPTION = 190  # px from a thing's middle to the end of the longest words below it
BESIDE = 90  # px from a process to the end of the longest tab at its side
STROKE = 9  # px about a way within which its line and tips are
_PAINTERS: dict[type, Callable[..., None]] = {
    Process: process_box.paint, Tube: pipe_tube.paint, Queue: queue_row.paint, Cells: cells.paint,
    Raw: cells.paint_raw, Lock: padlock.paint, Block: cells.paint_block,
}  # fmt: skip


class Piece(NamedTuple):
    """A part of what stands.

    Attributes:
        key: which one it is in its picture.
        look: all that it is painted from but the colours: what is equal looks alike.
        boxes: within which it is painted, in the picture's pixels.
        paint: paints it.
    """

    key: tuple[str, ...]
    look: tuple[object, ...]
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


def pieces(geometry: Geometry, routes: Routes) -> list[Piece]:
    """Return all that stands on the ground, in the order in which it is painted: wires, then shapes, things first."""
    shown = geometry.shown()
    made = [*_started(geometry, routes), *_wires(geometry, routes)]
    made += (_shape(geometry, one) for one in shown if not isinstance(one, Process))
    made += (_shape(geometry, one) for one in shown if isinstance(one, Process))
    for one in shown:
        if isinstance(one, Tube):
            body = geometry.pipes[one.key]
            about = (body.adjusted(-AROUND, -AROUND, AROUND, AROUND),)
            paint = partial(pipe_tube.paint_plugs, geometry=geometry, figure=one)
            made.append(Piece(("plugs", one.key), (one.color, body.getRect()), about, paint))
    return made


def _shape(geometry: Geometry, one: Figure) -> Piece:
    box = geometry.boxes[one.key]
    around = box.adjusted(-AROUND, -AROUND, AROUND, AROUND)
    if isinstance(one, Process):
        around.setRight(box.right() + BESIDE)
    else:
        middle = box.center().x()
        around = around.united(QRectF(middle - CAPTION, box.top(), 2 * CAPTION, box.height()))
    pipe = geometry.pipes.get(one.key)
    look = (one, box.getRect(), pipe.getRect() if pipe is not None else None)
    paint = partial(_PAINTERS[type(one)], geometry=geometry, figure=one)
    return Piece((one.key,), look, (around,), paint)


def _started(geometry: Geometry, routes: Routes) -> Iterator[Piece]:
    """Yield a line from each process to those that it started; named once at each side."""
    named: set[tuple[str, bool]] = set()
    for one in geometry.picture.processes:
        points = routes.started(one)
        if not points:
            continue
        left = points[-1].x() < points[0].x()
        word = len(points) > 2 and (one.parent, left) not in named
        if word:
            named.add((one.parent, left))
        boxes = _along(points)
        if word:
            boxes = (*boxes, wires.word_box(points))
        paint = partial(wires.paint_started, points=points, named=word)
        yield Piece(("started", one.key), (points, word), boxes, paint)


def _wires(geometry: Geometry, routes: Routes) -> Iterator[Piece]:
    """Yield the wires, those in use over those that are idle."""
    things = {one.key for one in geometry.picture.things}
    for wire in sorted(geometry.picture.wires, key=lambda one: one.solid):
        points = routes.of(wire)
        if points:
            outward = wire.source in things
            paint = partial(wires.paint, wire=wire, points=points, outward=outward)
            key = ("wire", wire.source, wire.target, wire.tab)
            yield Piece(key, (wire, points, outward), _along(points), paint)


def _along(points: Points) -> tuple[QRectF, ...]:
    """Return boxes about each stretch of a way."""
    return tuple(
        QRectF(before, after).normalized().adjusted(-STROKE, -STROKE, STROKE, STROKE)
        for before, after in pairwise(points)
    )


__all__ = ["Piece", "paint", "pieces"]
