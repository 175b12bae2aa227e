"""Which part of the diagram is seen, and how large. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTransform

from ipclab_gui import theme

FIT = (0.5, 1.25)  # zooms between which all is fitted in
ZOOMS = (0.25, 3.0)


class Camera:
    """Fits all in until a person looks elsewhere; a picture that is still in sight is not moved.

    Args:
        least: the zoom at which the largest picture is fitted in; what has no room is out of sight.

    Attributes:
        zoom: 1 is the size in which shapes are given, at 96 dpi.
        middle: the point of the picture in the middle of the view.
        fitting: it keeps all in view.
    """

    def __init__(self, least: float = FIT[0]) -> None:
        self._least = least
        self.zoom = 1.0
        self.middle = QPointF(0, 0)
        self.fitting = True
        self._room = QSizeF()

    def follow(self, bounds: QRectF, room: QSizeF) -> bool:
        """Fit anew where a shape has come out of view, or the room has changed; tell whether something moved."""
        if not self.fitting or room.isEmpty() or (room == self._room and self._seen(room).contains(bounds)):
            return False
        self._room = QSizeF(room)
        wanted = min(room.width() / bounds.width(), room.height() / bounds.height()) / theme.scale()
        before = (self.zoom, self.middle)
        self.zoom = max(self._least, min(FIT[1], wanted))
        self.middle = bounds.center()
        if wanted < self._least:  # not all has room: main is seen
            self.middle.setY(bounds.top() + room.height() / (2 * self.factor))
        return before != (self.zoom, self.middle)

    def _seen(self, room: QSizeF) -> QRectF:
        """Return the part of the picture that is in view."""
        seen = QRectF(0, 0, room.width() / self.factor, room.height() / self.factor)
        seen.moveCenter(self.middle)
        return seen.adjusted(-1, -1, 1, 1)

    def fit(self) -> None:
        """Keep all in view from now on."""
        self.fitting, self._room = True, QSizeF()

    @property
    def factor(self) -> float:
        """Logical pixels for one of the picture's."""
        return self.zoom * theme.scale()

    def transform(self, room: QSizeF) -> QTransform:
        """Return the way from the picture to the view."""
        made = QTransform.fromTranslate(room.width() / 2, room.height() / 2)
        made.scale(self.factor, self.factor)
        return made.translate(-self.middle.x(), -self.middle.y())

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by so many logical pixels."""
        self.middle = self.middle - QPointF(dx, dy) / self.factor
        self.fitting = False

    def zoom_by(self, factor: float, offset: QPointF) -> None:
        """Come nearer, about a point that lies so far from the view's middle in logical pixels."""
        stays = self.middle + offset / self.factor
        self.zoom = max(ZOOMS[0], min(ZOOMS[1], self.zoom * factor))
        self.middle = stays - offset / self.factor
        self.fitting = False

    def reveal(self, box: QRectF, room: QSizeF) -> None:
        """Bring a box into view."""
        if not self._seen(room).contains(box):
            self.middle = box.center()
            self.fitting = False


__all__ = ["Camera"]
