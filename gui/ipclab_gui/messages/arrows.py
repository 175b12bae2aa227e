"""Paints messages: an arrow each, or bands with counts where they are too many to be told apart. GUI thread only."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from ipclab.quantity import thousands
from ipclab_gui import theme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ipclab.traffic import Route
    from ipclab_gui.messages.geometry import Geometry
    from ipclab_gui.messages.scene import Crossing, Scene

ARROWS = 3_000  # in view; beyond, bands
SPARSE = 2  # px for each arrow of a gap between lanes, else bands
HEADS = 400  # arrows that have heads, and smooth lines
BAND = 72  # px, the width of what a band counts
SIDE_BY_SIDE = 4  # bands that one gap between lanes has room for; for their counts up to two have
LOOP = 6  # px: a message of a process to itself is at least so wide


def paint_arrows(painter: QPainter, geometry: Geometry, scene: Scene, crossings: list[Crossing]) -> None:
    """Paint an arrow for each message."""
    many = sum(one.amount for one in crossings) > HEADS
    loop = theme.px(LOOP)
    plain: dict[int, list[QLineF]] = {}
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not many)
    for source, target, route, part, _ in crossings:
        top, bottom = geometry.line_ends(source, target)
        if max(top, bottom) < geometry.top or min(top, bottom) > geometry.bottom:
            continue  # scrolled away
        left, right = geometry.x(route["sent"][part]).tolist(), geometry.x(route["received"][part]).tolist()
        index = scene.color(route.channel)
        for x, to in zip(left, right, strict=True):
            if max(x, to) < geometry.left or min(x, to) > geometry.width:
                continue
            if many and source != target:
                plain.setdefault(index, []).append(QLineF(x, top, to, bottom))
            else:
                path = _path(x, to, top, bottom, loop if source == target else 0)
                _paint_one(painter, path, theme.series_color(index), 1)
    for index, lines in plain.items():
        painter.setPen(QPen(theme.series_color(index), 1))
        painter.drawLines(lines)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _path(x: float, to: float, top: float, bottom: float, loop: int) -> list[QPointF]:
    """Return the corners of an arrow; one to the same process goes down, along for `loop` at least, and up again."""
    if not loop:
        return [QPointF(x, top), QPointF(to, bottom)]
    to = max(to, x + loop)
    return [QPointF(x, top), QPointF(x, bottom), QPointF(to, bottom), QPointF(to, top)]


def _paint_one(painter: QPainter, path: list[QPointF], color: QColor, width: int) -> None:
    painter.setPen(QPen(color, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(path)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(_head(QLineF(path[-2], path[-1]), 1.0 if width == 1 else 1.4))


def paint_selected(painter: QPainter, geometry: Geometry, scene: Scene, route: Route, place: int) -> None:
    """Paint the selected message, with its number, however short it is."""
    source, target = scene.row_of(route.sender), scene.row_of(route.receiver)
    if source is None or target is None:
        return
    color = theme.series_color(scene.color(route.channel))
    top, bottom = geometry.line_ends(source, target)
    x, to = float(geometry.x(int(route["sent"][place]))), float(geometry.x(int(route["received"][place])))
    path = _path(x, to, top, bottom, theme.px(LOOP) if source == target else 0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    _paint_one(painter, path, color, 2)
    painter.setFont(theme.font(12, 600))
    middle = (path[0] + path[1]) / 2 if source != target else (path[1] + path[2]) / 2
    _paint_bubble(painter, middle, thousands(scene.number_of(route, place)), color)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _paint_bubble(painter: QPainter, at: QPointF, text: str, color: QColor | None) -> None:
    wide = painter.fontMetrics().horizontalAdvance(text) + theme.px(10)
    box = QRectF(at.x() - wide / 2, at.y() - theme.px(9), wide, theme.px(18))
    painter.setPen(QPen(color, 2) if color is not None else Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("bg"))
    painter.drawRoundedRect(box, theme.px(9), theme.px(9))
    painter.setPen(theme.color("text"))
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)


def _head(line: QLineF, size: float) -> QPolygonF:
    """Return the head of an arrow along a line."""
    length = max(1e-6, line.length())
    along, across = QPointF(line.dx() / length, line.dy() / length), QPointF(-line.dy() / length, line.dx() / length)
    back = line.p2() - along * (theme.px(7) * size)
    side = across * (theme.px(3) * size)
    return QPolygonF([line.p2(), back + side, back - side])


# ------------------------------------------------------------------------------------------------------------ bands


def told_apart(geometry: Geometry, crossings: list[Crossing]) -> list[Crossing]:
    """Return the messages that can be drawn one by one: all, or those that begin or end in view; none if too many."""

    def fit(some: list[Crossing]) -> bool:
        return (
            not _more(ARROWS, (one.amount for one in some))
            and geometry.crowd(some, each=True) * theme.px(SPARSE) <= geometry.wide
        )

    if fit(crossings):
        return crossings
    if _more(ARROWS, (one.sent_after(geometry.view.start) for one in crossings)):
        return []
    ending = [one.ending(geometry.view.start, geometry.view.stop) for one in crossings]
    ending = [one for one in ending if one.amount]
    return ending if fit(ending) else []


def _more(limit: int, amounts: Iterable[int]) -> bool:
    """Tell whether amounts are more than so many together, and look at no more of them than that takes."""
    return any(total > limit for total in accumulate(amounts))


def banded(geometry: Geometry, crossings: list[Crossing]) -> bool:
    """Tell whether bands for these messages have room beside each other."""
    seen = [one for one in crossings if one.source != one.target]
    return len(seen) > 0 and geometry.crowd(seen) <= SIDE_BY_SIDE


class Mark(NamedTuple):
    """What lies over the lanes of a band: its head, and where its count stands, if it does."""

    head: QPolygonF
    color: QColor
    at: QPointF | None
    amount: int


def paint_marks(painter: QPainter, marks: list[Mark]) -> None:
    """Paint the heads and the counts of bands."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setFont(theme.font(11, 600))
    for mark in marks:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mark.color)
        painter.drawPolygon(mark.head)
        if mark.at is not None:
            _paint_bubble(painter, mark.at, short(mark.amount), None)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_bands(painter: QPainter, geometry: Geometry, scene: Scene, crossings: list[Crossing]) -> list[Mark]:
    """Paint, for each piece of the time in view, a band from lane to lane as wide as its count of messages.

    Lanes that it crosses are painted over it; returns what lies over these.
    """
    columns = max(1, geometry.wide // theme.px(BAND))
    edges = geometry.edges(columns)
    seen = [one for one in crossings if one.source != one.target]
    counts = [np.diff(np.searchsorted(one.route["sent"], edges)) for one in seen]
    most = max((int(each.max()) for each in counts), default=1) or 1
    beside = max(1, geometry.crowd(seen))
    marks: list[Mark] = []
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for number, (crossing, each) in enumerate(zip(seen, counts, strict=True)):
        shift = (number % beside + 0.5) / beside
        marks += _paint_band(painter, geometry, scene, crossing, (each / most).tolist(), each.tolist(), shift, beside)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    return marks


def _paint_band(
    painter: QPainter, geometry: Geometry, scene: Scene, crossing: Crossing, shares: list[float], counts: list[int],
    shift: float, beside: int,
) -> Iterator[Mark]:  # fmt: skip
    color = theme.series_color(scene.color(crossing.route.channel))
    top, bottom = geometry.line_ends(crossing.source, crossing.target)
    wide = geometry.wide / len(counts)
    sent, received = (crossing.route[column][crossing.part][-1000:] for column in ("sent", "received"))
    took = np.median(received - sent)
    lean = min(float(took) * geometry.wide / geometry.view.width, wide * 0.3)
    tip = theme.px(5) * (1 if bottom > top else -1)
    for place, (share, count) in enumerate(zip(shares, counts, strict=True)):
        if not count:
            continue
        x, half = geometry.left + (place + shift) * wide, max(1.0, wide * 0.42 / beside * share)
        painter.setPen(QPen(color, 1))
        painter.setBrush(theme.mixed(color, theme.color("bg"), 0.2))
        painter.drawPolygon([QPointF(x - half, top), QPointF(x + half, top),
                             QPointF(x + half + lean, bottom), QPointF(x - half + lean, bottom)])  # fmt: skip
        low = 0.5 + (shift - 0.5) * 0.5  # counts of bands side by side do not lie over each other
        room = abs(bottom - top) > theme.px(34) and beside <= 2
        at = QPointF(x + lean * low, top + (bottom - top) * low) if room else None
        yield Mark(_head(QLineF(x + lean, bottom - tip, x + lean, bottom), 1.0), color, at, count)


def short(count: int) -> str:
    """Return a count with at most four characters: "431", "12k", "1.2M"."""
    if count < 1000:
        return str(count)
    if count < 9_950:
        return f"{count / 1000:.1f}k"
    return f"{count / 1000:.0f}k" if count < 999_500 else f"{count / 1e6:.1f}M"


__all__ = ["Mark", "banded", "paint_arrows", "paint_bands", "paint_marks", "paint_selected", "short", "told_apart"]
