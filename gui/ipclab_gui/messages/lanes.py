"""Paints processes as lanes: their names, calls, waits, and how each of them ended. GUI thread only."""

from __future__ import annotations

from functools import cache, lru_cache
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPixmap

from ipclab.trace import record
from ipclab.waiting import lock_name
from ipclab_gui import icons, theme
from ipclab_gui.messages.geometry import LINE_LEAST
from ipclab_gui.messages.lane_reader import BUSY, ON_CHANNELS, PENDING, WAITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipclab_gui.messages.geometry import Geometry
    from ipclab_gui.messages.lane_reader import Blocks, Shares
    from ipclab_gui.messages.scene import Row, Scene

FEW = 300  # bars of one lane that are drawn one by one
CROWD = 24  # lanes in sight beyond which the shares of two columns of pixels are told together
HATCH = 6  # px from stripe to stripe
ENDS = {"killed": ("octagon-x", "bad"), "failed": ("circle-x", "bad"), "stopped": ("circle-stop", "text2")}


def label(painter: QPainter, box: QRectF, name: str, below: str) -> None:
    """Paint a lane's name, and a line below it where it is high enough."""
    two = box.height() >= theme.px(LINE_LEAST) and bool(below)
    middle = box.center().y()
    line = QRectF(theme.px(20), middle - theme.px(17 if two else 9), box.width() - theme.px(28), theme.px(18))
    painter.setFont(theme.font(12, 600))
    painter.setPen(theme.color("text"))
    short = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, int(line.width()))
    painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), short)
    if two:
        painter.setFont(theme.font(11))
        painter.setPen(theme.color("text3"))
        painter.drawText(line.translated(0, theme.px(17)), int(Qt.AlignmentFlag.AlignVCenter), below)


def paint(painter: QPainter, geometry: Geometry, scene: Scene, rows: list[tuple[float, Row]]) -> None:
    """Paint processes' lives and what they did in them; each with the height of its lane's middle."""
    near: list[tuple[float, int, Blocks]] = []
    ratio = painter.device().devicePixelRatio()
    columns = max(1, int(geometry.wide * ratio))
    coarse = 2 if len(rows) > CROWD else 1
    far: list[tuple[float, QColor, Shares, slice]] = []
    edges, span = geometry.edges(-(-columns // coarse)), (geometry.view.start, geometry.view.stop)
    _paint_lives(painter, geometry, scene, rows)
    for middle, row in rows:
        if row.reader is None:
            continue
        ended = end_of(scene, row)
        if row.reader.begun(*span) <= FEW and row.reader.count(*span) <= 4 * FEW:
            blocks = row.reader.blocks(*span)
            if blocks is not None and len(blocks.begin) <= FEW:
                near.append((middle, ended, blocks))
                continue
        channel = row.reader.channel
        color = theme.series_color(scene.color(channel)) if channel else theme.color("text3")
        left, right = ((x - geometry.left) * ratio for x in _life(geometry, scene, row))
        if right > left:
            far.append((middle, color, row.reader.shares(edges, ended), slice(floor(left), ceil(right))))
    if far:
        _paint_shares(painter, geometry, far, coarse)
    if near:
        _paint_blocks(painter, geometry, scene, near)


def _paint_lives(painter: QPainter, geometry: Geometry, scene: Scene, rows: list[tuple[float, Row]]) -> None:
    """Paint a line from each process's start to its end."""
    lines, tick = [], theme.px(5)
    for middle, row in rows:
        left, right = _life(geometry, scene, row)
        if right > left:
            lines.append(QLineF(left, middle, right, middle))
        if not row.process.alive:
            end = geometry.place(end_of(scene, row))
            lines.append(QLineF(end, middle - tick, end, middle + tick))
    painter.setPen(QPen(theme.mixed(theme.color("text3"), theme.color("bg"), 0.6), 1))
    painter.drawLines(lines)


def _life(geometry: Geometry, scene: Scene, row: Row) -> tuple[float, float]:
    """Return from where to where of the lanes' width a process lives; twice the same place if it does not in view."""
    ends = int(row.process.started * 1e9), end_of(scene, row)
    left, right = (min(max(geometry.place(end), geometry.left), geometry.width) for end in ends)
    return float(left), float(right)


def end_of(scene: Scene, row: Row) -> int:
    """Return when a process ended; the latest moment known where it has not."""
    return scene.until if row.process.alive else int(row.process.since * 1e9)


# ------------------------------------------------------------------------------------------------------------- near


def _paint_blocks(painter: QPainter, geometry: Geometry, scene: Scene, lanes: list[tuple[float, int, Blocks]]) -> None:
    """Paint calls as bars, those of all lanes at once: middle, end of the process, calls."""
    begin, end, operation, thing, size = (
        np.concatenate([getattr(blocks, name) for *_, blocks in lanes])
        for name in ("begin", "end", "operation", "thing", "size")
    )
    counts = [len(blocks.begin) for *_, blocks in lanes]
    half, least, cap = geometry.half, theme.px(3), theme.px(7)
    top = np.repeat([middle - half for middle, *_ in lanes], counts)
    pending = end == PENDING
    end = np.where(pending, np.repeat([until for _, until, _ in lanes], counts), end)
    left = np.maximum(geometry.x(begin), geometry.left - 20.0)
    right = np.minimum(geometry.x(end), geometry.width + 20.0)
    waiting = WAITS[operation] & (end - begin > BUSY)
    wide = np.maximum(right - left, least)
    hatched = waiting & ((wide > 2 * cap) | pending)
    narrow = ~hatched & (wide <= cap)
    key = thing * np.uint64(64) + operation.astype(np.uint64)
    _, first, kind = np.unique(key, return_index=True, return_inverse=True)
    colors = [color_of(scene, int(operation[at]), int(thing[at])) for at in first]
    painter.setPen(Qt.PenStyle.NoPen)
    shades = {color.rgb(): number for number, color in enumerate(colors)}
    shade = np.array([shades[color.rgb()] for color in colors])[kind]
    for rgb, number in shades.items():
        of_color = np.flatnonzero(narrow & (shade == number))
        boxes = zip(left[of_color].tolist(), top[of_color].tolist(), wide[of_color].tolist(), strict=True)
        painter.setBrush(QColor(rgb))
        painter.drawRects([QRectF(x, y, w, 2 * half) for x, y, w in boxes])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setFont(theme.font(11, 600))
    for place in np.flatnonzero(~narrow).tolist():
        color = colors[kind[place]]
        box = QRectF(left[place], top[place], wide[place], 2 * half)
        task = operation[place] == record.TASK
        if not hatched[place] and not task:
            paint_call(painter, box, color)
            continue
        (_paint_task if task else paint_wait)(painter, box, color)
        if not pending[place] and not task:
            paint_call(painter, QRectF(box.right() - cap, box.top(), cap, 2 * half), color)
        words = words_of(scene, int(operation[place]), int(thing[place]), int(size[place]))
        _name_wait(painter, geometry, box, words)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def color_of(scene: Scene, operation: int, thing: int) -> QColor:
    """Return the colour of a call: its channel's; else one for what may wait, and one for what does not."""
    if ON_CHANNELS[operation] and thing:
        return theme.series_color(scene.color(thing))
    return theme.color("wait_fill") if WAITS[operation] else theme.color("text3")


def words_of(scene: Scene, operation: int, thing: int, size: int) -> str:
    """Return a call in words: "join(consumer 1)", "get(Queue 1)"."""
    return f"{record.NAMES.get(operation, '?')}({object_of(scene, operation, thing, size)})"


def object_of(scene: Scene, operation: int, thing: int, size: int) -> str:
    """Return what a call is done to, in words; empty where nobody can tell."""
    if operation in (record.START, record.JOIN):
        return scene.names.get(size, f"process {size}")
    known = scene.operations.things.get(thing)
    if known is not None and known.kind not in ("pipe", "queue", "socket"):
        return lock_name(scene.operations, thing)
    return scene.traffic.name_of(thing) if ON_CHANNELS[operation] and thing else ""


def paint_call(painter: QPainter, box: QRectF, color: QColor) -> None:
    """Paint a call that does not wait."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(box, theme.px(2), theme.px(2))


def _paint_task(painter: QPainter, box: QRectF, color: QColor) -> None:
    """Paint a task, through which the calls in it are seen."""
    tint = QColor(color)
    tint.setAlphaF(0.14)
    painter.setPen(QPen(color, 1))
    painter.setBrush(tint)
    painter.drawRoundedRect(box, theme.px(2), theme.px(2))


def paint_wait(painter: QPainter, box: QRectF, color: QColor) -> None:
    """Paint a wait: hatched, within a line."""
    painter.setPen(QPen(color, 1))
    painter.setBrush(theme.mixed(color, theme.color("bg"), 0.16))
    painter.drawRoundedRect(box, theme.px(2), theme.px(2))
    painter.setBrush(_hatch(color.rgb(), theme.px(HATCH), painter.device().devicePixelRatio()))
    painter.drawRoundedRect(box, theme.px(2), theme.px(2))


@cache
def _hatch(rgb: int, side: int, ratio: float) -> QBrush:
    """Return a brush of stripes that rise to the right."""
    tile = QPixmap(round(side * ratio), round(side * ratio))
    tile.setDevicePixelRatio(ratio)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(QColor(rgb), side / 3.5))
    for shift in (-side, 0, side):
        painter.drawLine(QPointF(shift - 1, side + 1), QPointF(shift + side + 1, -1))
    painter.end()
    return QBrush(tile)


def _name_wait(painter: QPainter, geometry: Geometry, box: QRectF, words: str) -> None:
    """Write inside a wait what it is, on a plate, where there is room."""
    left, right = max(box.left(), geometry.left), min(box.right(), geometry.width)
    wide = painter.fontMetrics().horizontalAdvance(words) + theme.px(10)
    if right - left < wide + theme.px(24) or box.height() < theme.px(12):
        return
    height = painter.fontMetrics().height()
    plate = QRectF(left + theme.px(8), box.center().y() - height / 2, wide, height)
    painter.fillRect(plate, theme.color("bg"))
    painter.setPen(theme.color("text"))
    painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), words)


# -------------------------------------------------------------------------------------------------------------- far


def strip_height(geometry: Geometry) -> float:
    """Return how high the strip is that shows how a lane's time was spent."""
    return max(8.0, min(theme.px(24), geometry.lane_height * 0.6))


def _paint_shares(
    painter: QPainter, geometry: Geometry, lanes: list[tuple[float, QColor, Shares, slice]], coarse: int
) -> None:
    """Paint how lanes' time was spent: calls from below, then waits for channels and for others, hatched.

    Args:
        painter: of the chart.
        geometry: of the picture.
        lanes: middle, colour, shares and columns of each one's life; all are made in one piece, in half the time.
        coarse: columns of pixels that each share stands for.
    """
    ratio = painter.device().devicePixelRatio()
    high = strip_height(geometry)
    height = max(4, round(high * ratio))
    calls, waits, others = (
        np.array([getattr(shares, name) for *_, shares, _ in lanes]) for name in ("calls", "waits", "others")
    )
    busy = np.maximum(0, calls - waits - others)
    top = np.minimum(1, busy + waits + others)
    reaches = [(height * part + 0.5).astype(np.uint8) for part in (top, busy + waits, busy)]
    # The upper edge is a line, so that also a gap between stripes shows how high it is.
    edge = np.minimum(height - 1, (height * (1 - top)).astype(np.uint8))
    line = np.where(others > waits, 5, 6).astype(np.uint8)
    line[top <= 0] = 0
    if coarse > 1:
        edge, line, *reaches = (np.repeat(one, coarse, axis=1) for one in (edge, line, *reaches))
    stripes, below = _stripes(height, edge.shape[1], max(2, round(theme.px(HATCH) * ratio)))
    pictures = np.repeat(stripes[None], len(lanes), axis=0)  # an index into the colours below
    for reach in reaches:
        pictures += below < reach[:, None, :]
    place = np.arange(len(lanes))[:, None], edge, np.arange(edge.shape[1])
    pictures[place] = np.where(line, line, pictures[place])
    other, ground, hover = theme.color("wait_fill"), theme.color("bg"), theme.color("hover")
    light, shades = theme.mixed(other, ground, 0.25), {}
    for (middle, color, _, life), picture in zip(lanes, pictures, strict=True):
        key = color.rgb()
        if key not in shades:
            every = (hover, light, theme.mixed(color, ground, 0.25), color, hover, other, color, color)
            shades[key] = np.array([one.rgb() for one in every], np.uint32)
        pixels = shades[key].take(picture[:, life])  # Qt takes twice as long to turn an indexed picture into these
        image = QImage(pixels.data, pixels.shape[1], height, pixels.strides[0], QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(geometry.left + life.start / ratio, round(middle - high / 2)), image)


@lru_cache(maxsize=4)
def _stripes(height: int, width: int, stripe: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return a picture that is 4 where a stripe is and 0 elsewhere, and for each of its lines how many are below it."""
    place = np.arange(height)[:, None] + np.arange(width)[None, :]
    below = np.arange(height - 1, -1, -1).astype(np.uint8)[:, None]
    return np.where(place % stripe < max(1, stripe // 3), 4, 0).astype(np.uint8), below


# -------------------------------------------------------------------------------------------------------- the end


def paint_moment(painter: QPainter, geometry: Geometry, moment: int) -> None:
    """Paint the line at the moment that the other views show."""
    x = float(geometry.x(moment))
    if geometry.left <= x <= geometry.width:
        painter.setPen(QPen(theme.color("accent"), 2))
        painter.drawLine(QLineF(x, geometry.top, x, geometry.bottom))


def paint_end(painter: QPainter, geometry: Geometry, scene: Scene, middle: float, row: Row) -> None:
    """Mark where a process was killed, failed or was stopped, and say what it was doing."""
    mark = ENDS.get(row.process.state)
    x = geometry.place(end_of(scene, row))
    if mark is None or not geometry.left - (side := theme.px(16)) <= x <= geometry.width + side:
        return
    icon, token = mark
    color, half = theme.color(token), geometry.lane_height / 2
    painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine))
    painter.drawLine(QLineF(x, middle - half + 1, x, middle + half - 1))
    painter.setFont(theme.font(12, 600))
    words = how_it_ended(row)
    wide = painter.fontMetrics().horizontalAdvance(words)
    gap = theme.px(4)
    left = x + side / 2 + gap
    if left + wide + gap > geometry.width:
        left = x - side / 2 - gap - wide
    high = painter.fontMetrics().height() + 2
    ground = QRectF(min(left, x - side / 2) - gap, middle - high / 2, wide + side + 3 * gap, high)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("bg"))
    painter.drawRoundedRect(ground, theme.px(3), theme.px(3))
    ratio = painter.device().devicePixelRatio()
    painter.drawPixmap(QPointF(x - side / 2, middle - side / 2), icons.pixmap(icon, token, side, ratio))
    painter.setPen(color)
    painter.drawText(QRectF(left, middle - high / 2, wide + 2, high), int(Qt.AlignmentFlag.AlignVCenter), words)


NEXT_LEAST = 44  # px: a lane so high says who stands at the gate, above its line
MARK = 26  # px: of a Step button beside a lower lane's name


def next_rect(geometry: Geometry, middle: float, beside: int) -> QRectF:
    """Return where a lane says what its process is about to do; `beside`: px at its right that are left free."""
    high = theme.px(24)
    top = middle - geometry.half - theme.px(2) - high
    left = geometry.left + theme.px(8)
    return QRectF(left, top, max(0.0, geometry.width - beside - theme.px(12) - left), high)


def step_rect(geometry: Geometry, middle: float, beside: int) -> QRect:
    """Return where a lane's Step button lies: `beside` what it says; in a low lane a mark behind its name."""
    if geometry.lane_height < theme.px(NEXT_LEAST):
        high = min(theme.px(22), int(geometry.lane_height) - 2)
        return QRect(geometry.left - theme.px(MARK + 6), round(middle - high / 2), theme.px(MARK), high)
    box = next_rect(geometry, middle, beside).toRect()
    return QRect(box.right() + theme.px(8), box.top(), beside - theme.px(8), box.height())


def paint_next(painter: QPainter, geometry: Geometry, middle: float, call: str, beside: int) -> None:
    """Say at the right of a lane what its process is about to do; that has not begun, so it is no bar."""
    if geometry.lane_height < theme.px(NEXT_LEAST):
        return
    box = next_rect(geometry, middle, beside)
    painter.setFont(theme.font(12, 500))
    metrics = painter.fontMetrics()
    words = metrics.elidedText(f"next: {call}", Qt.TextElideMode.ElideRight, int(box.width()))
    wide, side, gap = metrics.horizontalAdvance(words), theme.px(14), theme.px(5)
    ground = QRectF(box.right() - wide - side - 2 * gap, box.top(), wide + side + 2 * gap, box.height())
    painter.fillRect(ground, theme.color("bg"))
    ratio = painter.device().devicePixelRatio()
    if beside <= theme.px(12):
        picture = icons.pixmap("step", "accent", side, ratio)
        painter.drawPixmap(QPointF(ground.left() + gap, box.center().y() - side / 2), picture)
    painter.setPen(theme.color("accent"))
    painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), words)


def how_it_ended(row: Row) -> str:
    """Return a process's end in words: "SIGKILL, in get()"."""
    process = row.process
    words = process.signal or ("stopped" if process.state == "stopped" else f"exit {process.code}")
    if row.reader is None or process.state == "failed":
        return words
    for number in row.reader.pending():
        found = row.reader.lane.operation(number)
        if found is not None and found.thread <= 1:
            return f"{words}, in {record.NAMES.get(found.operation, '?')}()"
    return words


__all__ = [
    "color_of",
    "end_of",
    "how_it_ended",
    "label",
    "next_rect",
    "object_of",
    "paint",
    "paint_end",
    "paint_moment",
    "paint_next",
    "step_rect",
    "words_of",
]
