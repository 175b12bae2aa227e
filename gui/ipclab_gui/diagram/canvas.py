"""Keeps what stands as a picture, and paints it anew only where it has changed. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPixmap, QRegion, QTransform

from ipclab_gui.diagram import scenery

if TYPE_CHECKING:
    from PySide6.QtCore import QSize

    from ipclab_gui.diagram.scenery import Piece

WHOLE = 1e-6  # of a pixel: what moves by so little more or less than whole ones is moved, not painted
RECTANGLES = 16  # with more of them a clip costs more than it spares


class Canvas:
    """One picture, as large as the view. But for dashes of lines that come into it, it is as if painted from nothing.

    What moves by whole pixels is moved; a piece that differs is painted with all that lies over and under it.

    Attributes:
        painted: which device pixels were painted for the last picture that was asked for.
    """

    def __init__(self) -> None:
        self._picture: QPixmap | None = None
        self._pieces: list[Piece] | None = None
        self._view = (1.0, QTransform())  # ratio, the way from the pieces to logical pixels
        self.painted = QRegion()

    def drop(self) -> None:
        """Let the picture go: its colours are others, or nobody looks."""
        self._picture = None
        self._pieces = None

    def picture(self, size: QSize, ratio: float, transform: QTransform, pieces: list[Piece] | None) -> QPixmap:
        """Return the picture of these pieces.

        Args:
            size: of the view, in logical pixels.
            ratio: device pixels for one of these.
            transform: the way from the pieces to logical pixels.
            pieces: from below to above; None for an empty view.
        """
        known, before = self._picture, self._view
        device = transform * QTransform.fromScale(ratio, ratio)
        if known is None or known.size() != size * ratio or before[0] != ratio:
            self._picture = known = QPixmap(size * ratio)
            dirty = QRegion(known.rect())
        else:
            known.setDevicePixelRatio(1)
            dirty = _scrolled(known, before[1] * QTransform.fromScale(ratio, ratio), device)
            if pieces is not self._pieces and dirty != QRegion(known.rect()):
                dirty += self._changed(pieces, device, known)
        if not dirty.isEmpty():
            with QPainter(known) as painter:
                painter.setClipRegion(dirty)
                painter.scale(ratio, ratio)
                scenery.paint(painter, QRectF(0, 0, size.width(), size.height()), transform, pieces, dirty)
        known.setDevicePixelRatio(ratio)
        self._pieces, self._view, self.painted = pieces, (ratio, transform), dirty
        return known

    def _changed(self, pieces: list[Piece] | None, device: QTransform, picture: QPixmap) -> QRegion:
        """Return where pieces differ from those that the picture shows."""
        if pieces is None or self._pieces is None:
            return QRegion(picture.rect())
        before = {one.key: one for one in self._pieces}
        same = [one.key for one in pieces if (old := before.get(one.key)) is one or (old and old.look == one.look)]
        kept = set(same)
        if len(before) < len(self._pieces) or same != [one.key for one in self._pieces if one.key in kept]:
            return QRegion(picture.rect())  # others lie above now
        changed = QRegion()
        for one in (*self._pieces, *pieces):
            if one.key not in kept:
                for box in one.boxes:
                    changed += device.mapRect(box).toAlignedRect()
        changed &= picture.rect()
        return changed if changed.rectCount() <= RECTANGLES else QRegion(changed.boundingRect())


def _scrolled(picture: QPixmap, before: QTransform, after: QTransform) -> QRegion:
    """Move a picture to where it is seen now; return what of it is to be painted anew."""
    whole = picture.rect()
    if before == after:
        return QRegion()
    x, y = after.dx() - before.dx(), after.dy() - before.dy()
    across, down = round(x), round(y)
    if before.m11() != after.m11() or max(abs(x - across), abs(y - down)) > WHOLE:
        return QRegion(whole)
    if abs(across) >= whole.width() or abs(down) >= whole.height():
        return QRegion(whole)
    exposed = QRegion()
    picture.scroll(across, down, whole, exposed)
    return exposed


__all__ = ["Canvas"]
