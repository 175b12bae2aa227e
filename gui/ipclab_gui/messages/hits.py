"""What lies at a place of the chart, and what comes before or after it. GUI thread only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ipclab.quantity import thousands
from ipclab_gui import theme
from ipclab_gui.messages import lanes
from ipclab_gui.messages.lane_reader import PENDING
from ipclab_gui.messages.scene import Row
from ipclab_gui.messages.view import duration, moment

if TYPE_CHECKING:
    from ipclab.traffic import Route
    from ipclab_gui.messages.geometry import Geometry
    from ipclab_gui.messages.scene import ChannelLane, Crossing, Scene

NEAR = 6  # px: a pointer so near hits an arrow


@dataclass(frozen=True, slots=True)
class Selected:
    """A message by its route and its send's row in the sender's lane; or, without a route, a call by lane and row."""

    route: Route | None
    row: int
    lane: int

    @property
    def place(self) -> int | None:
        """The number of a message in its route, from 0; None where it is not there any more."""
        assert self.route is not None
        found = np.flatnonzero(self.route["send"] == self.row)
        return int(found[0]) if len(found) else None


def at(geometry: Geometry, x: float, y: float, arrows: list[Crossing]) -> Selected | None:
    """Return the call whose bar, or the message whose arrow is at a place; None where none is near."""
    return call_at(geometry, x, y) or message_at(geometry, x, y, arrows)


def message_at(geometry: Geometry, x: float, y: float, arrows: list[Crossing]) -> Selected | None:
    """Return the message whose arrow, of these, is nearest to a place."""
    best: tuple[float, Selected] | None = None
    for source, target, route, part, _ in arrows:
        top, bottom = geometry.line_ends(source, target)
        if not min(top, bottom) - NEAR <= y <= max(top, bottom) + NEAR:
            continue
        left, right = geometry.x(route["sent"][part]), geometry.x(route["received"][part])
        if source == target:
            away = np.maximum(0, np.maximum(left - x, x - right))
        else:
            away = np.abs(left + (right - left) * ((y - top) / (bottom - top)) - x)
        nearest = int(np.argmin(away))
        if away[nearest] <= theme.px(NEAR) and (best is None or away[nearest] < best[0]):
            best = float(away[nearest]), Selected(route, int(route["send"][part][nearest]), route.sender)
    return best[1] if best is not None else None


def call_at(geometry: Geometry, x: float, y: float) -> Selected | None:
    """Return the call whose bar is at a place; of several the last."""
    place = geometry.slot_at(y)
    row = geometry.slots[place] if place is not None else None
    if place is None or not isinstance(row, Row) or row.reader is None or x < geometry.left:
        return None
    if abs(y - geometry.slot_middle(place)) > geometry.half + 2:
        return None
    found = row.reader.blocks(geometry.time_at(x - 2), geometry.time_at(x + 2))
    if found is None or not len(found.begin):
        return None
    return Selected(None, int(found.number[-1]), row.reader.lane.number)


# --------------------------------------------------------------------------------------------------------- in words


def words_at(geometry: Geometry, scene: Scene, x: float, y: float, arrows: list[Crossing]) -> tuple[str, ...]:
    """Return what lies at a place, in a few short lines; none where nothing does."""
    place = geometry.slot_at(y)
    slot = geometry.slots[place] if place is not None else None
    if slot is not None and not isinstance(slot, Row):
        return _depth_words(slot, geometry.time_at(x), scene)
    found = at(geometry, x, y, arrows)
    if found is None:
        return ()
    return _message_words(scene, found) if found.route is not None else _call_words(scene, found)


def _depth_words(lane: ChannelLane, time: int, scene: Scene) -> tuple[str, ...]:
    if not 0 <= time <= scene.until:
        return ()
    depth = int(lane.depth.at(np.array([time]))[0])
    return (f"{thousands(depth)} {'message' if depth == 1 else 'messages'} in {lane.name}",)


def _message_words(scene: Scene, found: Selected) -> tuple[str, ...]:
    route, place = found.route, found.place
    assert route is not None
    if place is None:
        return ()
    ends = [
        scene.rows[row].process.name for row in map(scene.row_of, (route.sender, route.receiver)) if row is not None
    ]
    took = duration(int(route["received"][place] - route["sent"][place]))
    number = thousands(scene.number_of(route, place))
    return (f"Message {number} of {scene.traffic.name_of(route.channel)}", f"{' to '.join(ends)}, {took}")


def _call_words(scene: Scene, found: Selected) -> tuple[str, ...]:
    lane = scene.operations.by_number[found.lane]
    call = lane.operation(found.row)
    if call is None:
        return ()
    words = lanes.words_of(scene, call.operation, call.thing, call.size)
    lasted = duration((call.end or scene.until) - call.begin)
    site = lane.sites.get(call.site)
    where = f", line {site.line}" if site is not None else ""
    return (words, f"{lasted}{where}" if call.end else f"since {lasted}{where}")


def exact(time: int, width: int) -> str:
    """Return a moment as the crosshair says it: as fine as a pixel of a view so wide."""
    step = max(1, 10 ** (len(str(max(1, width // 1000))) - 1))
    return moment(time // step * step, step)


# ------------------------------------------------------------------------------------------------------ one by one


def beside(scene: Scene, current: Selected | None, by: int, start: int) -> Selected | None:
    """Return what comes after (by = 1) or before (-1) what is selected: calls of a lane, or messages of all, in time.

    With nothing selected: the first message that was sent from `start` on, else the last; where there is none, a call.
    """
    if current is not None and current.route is None:
        row = scene.row_of(current.lane)
        reader = scene.rows[row].reader if row is not None else None
        number = reader.beside(current.row, by) if reader is not None else None
        return current if number is None else Selected(None, number, current.lane)
    routes = [route for *_, route in scene.routes() if route.count]
    if not routes:
        return beside_lane(scene, None, 1, start)
    if current is None:
        first = _next(routes, (start, -1, -1), 1)
        return first or _next(routes, (start, -1, -1), -1)
    place = current.place
    if current.route is None or place is None:
        return current
    key = (int(current.route["sent"][place]), current.lane, current.row)
    return _next(routes, key, by) or current


def _next(routes: list[Route], key: tuple[int, int, int], by: int) -> Selected | None:
    """Return the message next to a moment, lane and row in time."""
    found: list[tuple[tuple[int, int, int], Route]] = []
    for route in routes:
        sent, send = route["sent"], route["send"]
        place = int(np.searchsorted(sent, key[0], side="left" if by > 0 else "right")) - (by < 0)
        while 0 <= place < route.count:
            one = (int(sent[place]), route.sender, int(send[place]))
            if (one > key) if by > 0 else (one < key):
                found.append((one, route))
                break
            place += by
    if not found:
        return None
    (_, lane, row), route = (min if by > 0 else max)(found, key=lambda one: one[0])
    return Selected(route, row, lane)


def beside_lane(scene: Scene, current: Selected | None, by: int, time: int) -> Selected | None:
    """Return the call of the next lane below (by = 1) or above that began last before a moment."""
    row = scene.row_of(current.lane) if current is not None else None
    place = -1 if row is None and by > 0 else len(scene.rows) if row is None else row
    place += by
    while 0 <= place < len(scene.rows):
        reader = scene.rows[place].reader
        number = reader.nearest(time) if reader is not None else None
        if reader is not None and number is not None:
            return Selected(None, number, reader.lane.number)
        place += by
    return current


def span(scene: Scene, selected: Selected) -> tuple[int, int] | None:
    """Return when what is selected began and ended; None where it is not there any more."""
    if selected.route is not None:
        place = selected.place
        if place is None:
            return None
        return int(selected.route["sent"][place]), int(selected.route["received"][place])
    call = scene.operations.by_number[selected.lane].operation(selected.row)
    return None if call is None else (call.begin, call.end if 0 < call.end < PENDING else scene.until)


__all__ = ["Selected", "at", "beside", "beside_lane", "exact", "span", "words_at"]
