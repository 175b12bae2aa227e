"""Where moments and lanes lie in the picture. GUI thread only."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF

from ipclab_gui import theme
from ipclab_gui.messages.scene import Row

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtCore import QSize

    from ipclab_gui.messages.scene import ChannelLane, Crossing
    from ipclab_gui.messages.view import View

LEFT, RIGHT, TOP, OVERVIEW = 132, 16, 28, 44  # px around the lanes
LANE_LEAST, LANE_MOST = 26, 180  # px
LINE_LEAST = 40  # px: a lane so high has its pid below its name


class Geometry:
    """One picture: its size, what is in view, its lanes from top to bottom.

    Attributes:
        slots: processes' and channels' lanes.
        left, wide: where the time in view begins, and its pixels.
        bottom: of the lanes; the overview is below.
        offset: pixels by which the lanes are scrolled, within what there is.
    """

    def __init__(self, size: QSize, view: View, slots: list[Row | ChannelLane], offset: int) -> None:
        self.view, self.slots = view, slots
        self._edges: dict[int, NDArray[np.int64]] = {}
        self.width, self.height = size.width(), size.height()
        self.left = theme.px(LEFT)
        self.wide = max(1, self.width - self.left - theme.px(RIGHT))
        self.top, self.bottom = theme.px(TOP), self.height - theme.px(OVERVIEW)
        room = max(1, self.bottom - self.top)
        self.lane_height = min(max(room / max(1, len(slots)), theme.px(LANE_LEAST)), theme.px(LANE_MOST))
        self.hidden = max(0, round(len(slots) * self.lane_height - room))  # pixels that do not fit
        self.offset = max(0, min(offset, self.hidden))
        places = (place for place, slot in enumerate(slots) if isinstance(slot, Row))
        self._slot_of_row = list(places)
        self.half = min(theme.px(8), self.lane_height * 0.28)  # of a bar's height

    @property
    def lanes(self) -> QRectF:
        """Where lanes are drawn, without their labels."""
        return QRectF(self.left, self.top, self.width - self.left, self.bottom - self.top)

    def x(self, time: NDArray[np.int64] | int) -> NDArray[np.float64]:
        """Return the places of moments, in pixels."""
        return self.left + (np.asarray(time, np.float64) - self.view.start) * (self.wide / self.view.width)

    def place(self, time: int) -> float:
        """Return the place of one moment, as `x` does."""
        return self.left + (float(time) - self.view.start) * (self.wide / self.view.width)

    def time_at(self, x: float) -> int:
        """Return the moment at a place."""
        return int(self.view.start + (x - self.left) * self.view.width / self.wide)

    def edges(self, columns: int) -> NDArray[np.int64]:
        """Return the moments between so many columns of equal width, both ends included."""
        if columns not in self._edges:
            self._edges[columns] = np.linspace(self.view.start, self.view.stop, columns + 1).astype(np.int64)
        return self._edges[columns]

    def slot_middle(self, place: int) -> float:
        """Return the height of the middle of a lane, by its place among all."""
        return self.top + (place + 0.5) * self.lane_height - self.offset

    def middle(self, row: int) -> float:
        """Return the height of the middle of a process's lane, by its row."""
        return self.slot_middle(self._slot_of_row[row])

    def in_sight(self, place: int) -> bool:
        """Tell whether something of a lane is not scrolled away."""
        middle = self.slot_middle(place)
        return middle + self.lane_height / 2 > self.top and middle - self.lane_height / 2 < self.bottom

    def slot_at(self, y: float) -> int | None:
        """Return the place of the lane at a height."""
        place = int((y - self.top + self.offset) // self.lane_height)
        return place if self.top <= y < self.bottom and 0 <= place < len(self.slots) else None

    def offset_to_see(self, row: int) -> int:
        """Return by how much to scroll so that a process's lane is whole in sight; as little as it takes."""
        middle, half = self.middle(row), self.lane_height / 2
        above, below = self.top - (middle - half), middle + half - self.bottom
        return round(self.offset - above if above > 0 else self.offset + below if below > 0 else self.offset)

    def line_ends(self, source: int, target: int) -> tuple[float, float]:
        """Return from which height to which messages of one row to another go; to itself they dip below its bar."""
        if source == target:
            return self.middle(source) + self.half, self.middle(source) + max(self.half + 4, self.lane_height * 0.4)
        down = 1 if target > source else -1
        return self.middle(source) + down * self.half, self.middle(target) - down * self.half

    def crowd(self, crossings: list[Crossing], *, each: bool = False) -> int:
        """Return how many go through the fullest gap between two rows: messages (`each`), else pairs of rows."""
        change = np.zeros(len(self._slot_of_row) + 1, np.int64)
        for one in crossings:
            weight = one.amount if each else 1
            change[min(one.source, one.target)] += weight
            change[max(one.source, one.target) + (one.source == one.target)] -= weight
        return max(accumulate(change.tolist()), default=0)


__all__ = ["LANE_LEAST", "LEFT", "LINE_LEAST", "OVERVIEW", "TOP", "Geometry"]
