"""Where the shapes of a picture lie, and what is at a point. Pixels at 96 dpi. GUI thread only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from ipclab_gui.diagram import faces
from ipclab_gui.diagram.figures import Process, Tube
from ipclab_gui.diagram.measures import HEAD, LABEL, MIDDLE, PLUG, ROW, TAB, TUBE, size_of

if TYPE_CHECKING:
    from ipclab_gui.diagram.figures import Figure, Picture
    from ipclab_gui.diagram.layout import Layout

INSET = 84  # of a tube's end from the boxes where wires lead to it
FRAME = QRectF(-MIDDLE - 216 - 10, -150, 2 * (MIDDLE + 226), 330)  # is always in view, so that little moves it
MARGIN = 24


@dataclass(slots=True)
class Geometry:
    """The boxes of the shapes that have a place, in the picture's order; `pipes` the tubes' bodies without their words.

    Attributes:
        joined: keys of a pipe and a process whose box its plug touches: they need no wire.
    """

    picture: Picture
    boxes: dict[str, QRectF] = field(default_factory=dict)
    pipes: dict[str, QRectF] = field(default_factory=dict)
    joined: set[tuple[str, str]] = field(default_factory=set)

    def shown(self) -> list[Figure]:
        """Return the figures that have a place."""
        return [one for one in self.picture.figures() if one.key in self.boxes]

    def at(self, point: QPointF) -> str | None:
        """Return the key of the shape at a point, the uppermost one."""
        for one in reversed(self.shown()):
            if self.boxes[one.key].adjusted(-3, -3, 3, 3).contains(point):
                return one.key
        return None

    def bounds(self) -> QRectF:
        """Return what is to be in view: all shapes, and at least the usual frame."""
        around = QRectF(FRAME)
        for one in self.boxes.values():
            around = around.united(one.adjusted(-30, -20, 30, 20))
        return around.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)

    def tab(self, process: Process, key: str) -> QRectF:
        """Return the box of a proxy's tab at a process."""
        return tab_box(self.boxes[process.key], process, key)

    def held(self, server: Process, key: str) -> float:
        """Return the height at which a server's object is written."""
        box = self.boxes[server.key]
        above = len(server.variables) + (1 if server.more else 0)
        at = next((place for place, held in enumerate(server.objects) if held.key == key), len(server.objects))
        return box.top() + HEAD + 5 + (above + at + 0.5) * ROW


def tab_box(box: QRectF, process: Process, key: str) -> QRectF:
    """Return the box of a proxy's tab at a process whose box this is."""
    at = next((place for place, (tab, _) in enumerate(process.tabs) if tab == key), 0)
    name = process.tabs[at][1] if process.tabs else ""
    wide = min(74.0, faces.width(name, 11, mono=True) + 14)
    return QRectF(box.right() - 1, box.top() + 9 + at * TAB, wide, TAB - 2)


def lay_out(picture: Picture, layout: Layout, only: set[str] | None = None) -> Geometry:
    """Return where everything lies; `only` these keys are shown, None for all."""
    made = Geometry(picture)
    for number, one in enumerate(picture.processes):
        if one.key in layout and (only is None or one.key in only):
            place, (wide, high) = layout.place(one.key), size_of(one)
            top = place.y - high if not number else place.y
            made.boxes[one.key] = QRectF(place.x - wide / 2, top, wide, high)
    for thing in picture.things:
        if thing.key in layout and (only is None or thing.key in only):
            place, (wide, high) = layout.place(thing.key), size_of(thing)
            if isinstance(thing, Tube):
                _lay_tube(made, thing, place.x, place.y)
            else:
                made.boxes[thing.key] = QRectF(place.x - wide / 2, place.y, wide, high)
    return made


def _lay_tube(made: Geometry, tube: Tube, x: float, y: float) -> None:
    body = QRectF(x - MIDDLE, y + LABEL, 2 * MIDDLE, TUBE)
    for keys, edge, side in ((tube.left, body.left(), -1), (tube.right, body.right(), 1)):
        alone = made.boxes.get(keys[0]) if len(keys) == 1 else None
        touches = False
        if alone is not None:
            facing = alone.right() if side < 0 else alone.left()
            level = alone.top() < body.center().y() - PLUG / 2 + 2 and alone.bottom() > body.center().y() + PLUG / 2 - 2
            touches = abs(facing - edge) < 2 and level
        if touches:
            made.joined.add((tube.key, keys[0]))
        elif side < 0:
            body.setLeft(body.left() + INSET)
        else:
            body.setRight(body.right() - INSET)
    made.pipes[tube.key] = body
    made.boxes[tube.key] = QRectF(body.left(), y, body.width(), size_of(tube)[1])


def anchor(geometry: Geometry, key: str) -> QRectF:
    """Return the box that wires of a shape lead to: of a pipe its body."""
    return geometry.pipes.get(key, geometry.boxes[key])


__all__ = ["Geometry", "anchor", "lay_out", "tab_box"]
