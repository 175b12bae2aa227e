"""Where each shape stands: found once, as soon as its part is known, and not changed by what comes. GUI thread only.

Main stands on top, who sends to the left, what they share in the middle, who receives to the right. A place is the
middle of a shape's upper edge, main's that of its lower edge: boxes grow away from the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ipclab_gui.diagram.figures import Lock, Process
from ipclab_gui.diagram.measures import MIDDLE, WIDE, size_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ipclab_gui.diagram.figures import Picture, Thing

SLOT = 178  # from a box to the one below it
SLOTS = 3  # in a column; what comes then begins a column farther out
COLUMN = WIDE + 64  # from such a column to the next
ABOVE = 66  # between main and what is below
BETWEEN = 92  # where things begin beside a manager's server: the wires of its proxies go above
BELOW = 112  # where things begin that nobody uses, or has: a barrier at the start leaves the middle to the pipe
GAP = 18  # between two things in the middle

session: dict[str, dict[str, Place]] = {}  # by experiment: what a person has put somewhere, until the window closes


class Place(NamedTuple):
    """The middle of a shape's upper edge; of main's lower edge. Pixels at 96 dpi, the middle column's middle is 0."""

    x: float
    y: float


class Layout:
    """The places of one run's shapes.

    Args:
        moved: what a person has put somewhere, by key; kept up to date.
    """

    def __init__(self, moved: dict[str, Place]) -> None:
        self.moved = moved
        self._places: dict[str, Place] = {}
        self._filled = {"left": 0, "right": 0}  # slots of each side
        self._middle: list[tuple[float, float]] = []  # what is taken of the middle column, from above to below

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def place(self, key: str) -> Place:
        """Return where a shape stands; KeyError where it has no place yet."""
        return self.moved[key] if key in self.moved else self._places[key]

    def move(self, key: str, place: Place) -> None:
        """Put a shape where a person wants it."""
        self.moved[key] = place

    def reset(self, key: str) -> None:
        """Let a shape stand where it would by itself."""
        self.moved.pop(key, None)

    def follow(self, picture: Picture, late: Iterable[str] = ()) -> bool:
        """Find places for what has none yet; tell whether something got one.

        Args:
            picture: of the newest moment.
            late: keys of what is to have one though nobody knows what it does.
        """
        pressing, before = set(late), len(self._places)
        for number, one in enumerate(picture.processes):
            if one.key in self._places:
                continue
            if one.members:
                self._places[one.key] = self._first_of(one) or self._slot(picture.sides.get(one.key, "either"), one)
            elif not number:
                self._places[one.key] = Place(0, -ABOVE)
            elif (picture.sides.get(one.key) and one.key not in picture.unsure) or one.key in pressing:
                self._places[one.key] = self._slot(picture.sides.get(one.key, "either"), one)
        used = {key for wire in picture.wires if not wire.blind for key in (wire.source, wire.target)}
        ends = {frozenset((wire.source, wire.target)) for wire in picture.wires}
        waiting = {key for pair in ends if pair & picture.unsure for key in pair}
        for thing in sorted(picture.things, key=lambda one: one.key not in used):  # what nobody uses goes below
            known = thing.key in used and thing.key not in waiting
            if thing.key not in self._places and (known or thing.key in pressing):
                self._places[thing.key] = self._between(thing, picture)
        return len(self._places) > before

    def _first_of(self, stack: Process) -> Place | None:
        return next((self._places[key] for key in stack.members if key in self._places), None)

    def _slot(self, side: str, one: Process) -> Place:
        if side not in self._filled:
            side = "left" if self._filled["left"] <= self._filled["right"] else "right"
        column, row = divmod(self._filled[side], SLOTS)
        self._filled[side] += max(1, round((size_of(one)[1] + 8) / SLOT + 0.3))  # a server is higher than the others
        across = MIDDLE + WIDE / 2 + column * COLUMN
        return Place(-across if side == "left" else across, row * SLOT)

    def _between(self, thing: Thing, picture: Picture) -> Place:
        """Return a place in the middle, beside who is at the thing, and below what is there."""
        users = [wire.source if wire.target == thing.key else wire.target for wire in picture.wires
                 if thing.key in (wire.source, wire.target)]  # fmt: skip
        main = picture.processes[0].key if picture.processes else ""
        tops = [self._places[key].y for key in dict.fromkeys(users) if key in self._places and key != main]
        height = size_of(thing)[1]
        at = max(0.0, sum(tops) / len(tops)) if tops else 0.0
        if any(one.serves for one in picture.processes[1:]):
            at = max(at, BETWEEN)
        wires = [wire for wire in picture.wires if thing.key in (wire.source, wire.target)]
        taken = any(wire.solid for wire in wires)
        if all(wire.blind for wire in wires) or (isinstance(thing, Lock) and not taken):
            at = max(at, BELOW)
        for top, bottom in sorted(self._middle):
            if at < bottom + GAP and at + height + GAP > top:
                at = bottom + GAP
        self._middle.append((at, at + height))
        return Place(0, at)


def beside(places: Mapping[str, tuple[float, float]], key: str, dx: int, dy: int) -> str | None:
    """Return the key of the shape that is nearest in a direction, by the shapes' middles; None for none."""
    x, y = places[key]
    best: tuple[float, str] | None = None
    for other, (left, top) in places.items():
        along, across = (left - x) * dx + (top - y) * dy, abs((left - x) * dy) + abs((top - y) * dx)
        if other != key and along > 1 and (best is None or along + 2 * across < best[0]):
            best = along + 2 * across, other
    return best[1] if best is not None else None


__all__ = ["Layout", "Place", "beside", "session"]
