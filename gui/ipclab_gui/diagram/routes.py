"""The ways that wires take between shapes: upright lines with round corners, about the boxes. GUI thread only."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

from ipclab_gui.diagram.figures import Cells, Process
from ipclab_gui.diagram.geometry import anchor
from ipclab_gui.diagram.measures import LABEL, MIDDLE

if TYPE_CHECKING:
    from ipclab_gui.diagram.figures import Wire
    from ipclab_gui.diagram.geometry import Geometry

ROUND = 8  # of a corner
Points = list[QPointF]


class Routes:
    """Finds ways through one geometry; each thing has a gutter of its own at either side of the middle."""

    def __init__(self, geometry: Geometry) -> None:
        self._shape = _shape_of(geometry)
        self._take(geometry)
        self._edges = [(key, box.left(), box.right(), box.center().y()) for key, box in geometry.boxes.items()]
        self._ways: dict[tuple[str, str, str], Points] = {}
        self._started: dict[str, Points] = {}
        things = [one.key for one in geometry.picture.things if one.key in geometry.boxes]
        self._gutters = {key: 12.0 + 8 * (place % 4) for place, key in enumerate(things)}
        self._starts: dict[tuple[str, bool], list[tuple[str, str]]] = defaultdict(list)
        for wire in geometry.picture.wires:
            for mine, other in ((wire.source, wire.target), (wire.target, wire.source)):
                if self._drawn(wire) and isinstance(self._figures.get(mine), Process):
                    right = geometry.boxes[other].center().x() >= geometry.boxes[mine].center().x()
                    if (mine, other) not in self._starts[mine, right] and not wire.tab:
                        self._starts[mine, right].append((mine, other))

    def follow(self, geometry: Geometry) -> bool:
        """Take the geometry of another moment, if all ways are the same there; tell whether they are."""
        if self._shape != _shape_of(geometry):
            return False
        self._take(geometry)
        return True

    def _take(self, geometry: Geometry) -> None:
        self._geometry = geometry
        self._figures = {one.key: one for one in geometry.picture.figures()}

    def _drawn(self, wire: Wire) -> bool:
        return wire.source in self._geometry.boxes and wire.target in self._geometry.boxes

    def of(self, wire: Wire) -> Points:
        """Return the corners of a wire's way, from source to target; empty where none is to be drawn."""
        key = (wire.source, wire.target, wire.tab)
        if key not in self._ways:
            self._ways[key] = self._find(wire)
        return self._ways[key]

    def _find(self, wire: Wire) -> Points:
        geometry = self._geometry
        if not self._drawn(wire) or {(wire.source, wire.target), (wire.target, wire.source)} & geometry.joined:
            return []
        if wire.tab:
            return self._to_server(wire)
        outward = isinstance(self._figures.get(wire.source), Process)
        mine, other = (wire.source, wire.target) if outward else (wire.target, wire.source)
        points = self._way(mine, other)
        return points if outward else points[::-1]

    def _way(self, mine: str, other: str) -> Points:
        """Return the way from a process to a thing."""
        box, thing = self._leaving(mine), self._target(other)
        gutter = self._gutters.get(other, 12.0)
        level = thing.center().y()
        if box.right() <= thing.left() or box.left() >= thing.right():
            left = box.right() <= thing.left()
            start, end = (box.right(), thing.left()) if left else (box.left(), thing.right())
            sign = 1 if left else -1
            at = self._start(mine, other, box)
            x = start + sign * gutter if abs(end - start) < 2.2 * MIDDLE - 100 else end - sign * 24
            if abs(box.center().x()) > 2 * MIDDLE + 60 and abs(thing.center().x()) < MIDDLE:
                lane, over = start + sign * 20, box.top() - 14
                x = (-MIDDLE if left else MIDDLE) + sign * gutter
                return [QPointF(start, at), QPointF(lane, at), QPointF(lane, over), QPointF(x, over), QPointF(x, level),
                        QPointF(end, level)]  # fmt: skip
            return [QPointF(start, at), QPointF(x, at), QPointF(x, level), QPointF(end, level)]
        return self._around(mine, other, box, thing, gutter)

    def _around(self, mine: str, other: str, box: QRectF, thing: QRectF, gutter: float) -> Points:
        """Return the way where a process stands above or below a thing: down a gutter beside it."""
        reads = any(wire.source == other and wire.target == mine for wire in self._geometry.picture.wires)
        sign = 1 if reads else -1
        above = box.center().y() < thing.center().y()
        x = thing.center().x() + sign * (MIDDLE - gutter)
        edge = thing.right() if reads else thing.left()
        leaves = QPointF(box.center().x() + sign * (30 + gutter), box.bottom() if above else box.top())
        turn = leaves.y() + (8 + gutter * 0.9 if above else -8 - gutter * 0.9)
        return [leaves, QPointF(leaves.x(), turn), QPointF(x, turn), QPointF(x, thing.center().y()),
                QPointF(edge, thing.center().y())]  # fmt: skip

    def _leaving(self, key: str) -> QRectF:
        """Return the box of a process, with those behind it in a stack."""
        box, figure = self._geometry.boxes[key], self._figures.get(key)
        return box.adjusted(0, 0, 10, 0) if isinstance(figure, Process) and figure.count > 1 else box

    def _target(self, key: str) -> QRectF:
        """Return what a wire of a thing leads to, without its captions."""
        geometry = self._geometry
        if key in geometry.pipes:
            return geometry.pipes[key].adjusted(-8, 0, 8, 0)
        box, figure = geometry.boxes[key], self._figures.get(key)
        name = type(figure).__name__
        if name == "Queue":
            return QRectF(box.left(), box.top() + LABEL, box.width(), 36)
        if name == "Cells":
            top = LABEL if getattr(figure, "indexed", False) else 0
            return QRectF(box.left(), box.top() + top, box.width(), 46)
        if name == "Block":
            return QRectF(box.left(), box.top(), box.width(), 40)
        return box

    def _start(self, mine: str, other: str, box: QRectF) -> float:
        """Return the height at which a wire leaves a process's side."""
        right = self._geometry.boxes[other].center().x() >= box.center().x()
        siblings = self._starts[mine, right]
        level = self._target(other).center().y()
        if len(siblings) == 1 and box.top() + 14 <= level <= box.bottom() - 12:
            return level
        place = siblings.index((mine, other)) if (mine, other) in siblings else 0
        return box.top() + box.height() * (place + 1) / (len(siblings) + 1)

    def _to_server(self, wire: Wire) -> Points:
        """Return the way from a proxy's tab to the object in its server."""
        geometry = self._geometry
        mine, server = self._figures.get(wire.source), self._figures.get(wire.target)
        assert isinstance(mine, Process)
        assert isinstance(server, Process)
        if wire.tab not in dict(mine.tabs):
            return []
        box = geometry.boxes[wire.target]
        tab = geometry.tab(mine, wire.tab)
        level = geometry.held(server, wire.tab)
        place = next((at for at, held in enumerate(server.objects) if held.key == wire.tab), len(server.objects))
        start = QPointF(tab.right(), tab.center().y())
        if tab.right() < box.left() - 20:
            x, end = box.left() - 20 - 7 * (len(server.objects) - place), QPointF(box.left() - 4, level)
            over = self._above(start, x)
            if over is None:
                return [start, QPointF(x, start.y()), QPointF(x, level), end]
            out, over = start.x() + 10 + 5 * place, over - 4 * place
            return [start, QPointF(out, start.y()), QPointF(out, over), QPointF(x, over), QPointF(x, level), end]
        right = box.center().x() < tab.center().x()
        x = box.right() + 16 + 6 * place if right else box.left() - 20 - 7 * (len(server.objects) - place)
        out, turn = tab.right() + 10 + 5 * place, geometry.boxes[wire.source].bottom() + 10 + 5 * place
        edge = box.right() + 4 if right else box.left() - 4
        return [start, QPointF(out, start.y()), QPointF(out, turn), QPointF(x, turn), QPointF(x, level),
                QPointF(edge, level)]  # fmt: skip

    def _above(self, start: QPointF, x: float) -> float | None:
        """Return the height above the things that stand in the way from a point to the right; None where none does."""
        boxes = (self._geometry.boxes.get(one.key) for one in self._geometry.picture.things)
        tops = [one.top() for one in boxes if one is not None and one.top() - 6 < start.y() < one.bottom() + 6
                and one.right() > start.x() and one.left() < x]  # fmt: skip
        return min(tops) - 10 if tops else None

    def started(self, child: Process) -> Points:
        """Return the way from a process to one that it started; empty where one of them is not shown."""
        if child.key not in self._started:
            self._started[child.key] = self._to_child(child)
        return self._started[child.key]

    def _to_child(self, child: Process) -> Points:
        boxes = self._geometry.boxes
        if child.parent not in boxes or child.key not in boxes:
            return []
        parent, box = boxes[child.parent], boxes[child.key]
        left = box.center().x() < parent.center().x()
        start = QPointF(parent.left() if left else parent.right(), parent.center().y())
        outside = box.left() - 18 if left else box.right() + 18
        if parent.bottom() >= box.top():  # beside each other
            inner = QPointF(box.right() if left else box.left(), box.top() + 14)
            middle = (start.x() + inner.x()) / 2
            if box.left() < parent.right() and box.right() > parent.left():
                return [QPointF(parent.left(), parent.center().y()), QPointF(outside - 10, parent.center().y()),
                        QPointF(outside - 10, box.top() + 14), QPointF(box.left(), box.top() + 14)]  # fmt: skip
            return [start, QPointF(middle, start.y()), QPointF(middle, inner.y()), inner]
        middle, above, below = box.center().x(), parent.bottom() - 10, box.top()
        over = any(left < middle < right and above < level < below and key not in (child.parent, child.key)
                   for key, left, right, level in self._edges)  # fmt: skip
        if parent.left() < box.center().x() < parent.right():
            if over:
                return [start, QPointF(outside, start.y()), QPointF(outside, box.top() + 20),
                        QPointF(box.left() if left else box.right(), box.top() + 20)]  # fmt: skip
            return [QPointF(box.center().x(), parent.bottom()), QPointF(box.center().x(), box.top())]
        if over:
            return [start, QPointF(outside, start.y()), QPointF(outside, box.top() + 20),
                    QPointF(box.left() if left else box.right(), box.top() + 20)]  # fmt: skip
        return [start, QPointF(box.center().x(), start.y()), QPointF(box.center().x(), box.top())]


def _shape_of(geometry: Geometry) -> tuple[object, ...]:
    """Return all of a geometry on which ways depend."""
    picture = geometry.picture
    return (
        [(key, box.getRect()) for key, box in geometry.boxes.items()],
        [(key, body.getRect()) for key, body in geometry.pipes.items()],
        geometry.joined,
        [(one.key, one.parent, one.count > 1, one.tabs, [held.key for held in one.objects], len(one.variables),
          one.more > 0) for one in picture.processes],
        [(one.key, type(one), isinstance(one, Cells) and one.indexed) for one in picture.things],
        [(wire.source, wire.target, wire.tab) for wire in picture.wires],
    )  # fmt: skip


def path_of(points: Points) -> QPainterPath:
    """Return a line through corners, which it rounds."""
    path = QPainterPath(points[0])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        first, second = corner - before, after - corner
        near = min(ROUND, _length(first) / 2, _length(second) / 2)
        if near < 0.5:
            continue
        path.lineTo(corner - first * (near / _length(first)))
        path.quadTo(corner, corner + second * (near / _length(second)))
    path.lineTo(points[-1])
    return path


def tip_of(points: Points) -> QPolygonF:
    """Return an arrow's tip at a way's end."""
    tip, before = points[-1], points[-2]
    if tip == before and len(points) > 2:
        before = points[-3]
    dx, dy = tip.x() - before.x(), tip.y() - before.y()
    along = QPointF(0, 1 if dy > 0 else -1) if abs(dy) > abs(dx) else QPointF(1 if dx > 0 else -1, 0)
    across = QPointF(along.y(), along.x())
    return QPolygonF([tip, tip - along * 7 + across * 3.5, tip - along * 7 - across * 3.5])


def along(points: Points, share: float) -> QPointF:
    """Return the point at a share of a way, from 0 to 1."""
    lengths = [_length(after - before) for before, after in pairwise(points)]
    left = share * sum(lengths)
    for length, before, after in zip(lengths, points, points[1:], strict=False):
        if left <= length and length:
            return before + (after - before) * (left / length)
        left -= length
    return points[-1]


def _length(vector: QPointF) -> float:
    return abs(vector.x()) + abs(vector.y())


__all__ = ["Points", "Routes", "along", "anchor", "path_of", "tip_of"]
