"""Paints processes: a box each, a server with a double frame, a stack for many. GUI thread only."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from ipclab_gui import theme
from ipclab_gui.diagram import faces
from ipclab_gui.diagram.figures import Process
from ipclab_gui.diagram.geometry import tab_box
from ipclab_gui.diagram.measures import FOOT, HEAD, ROW

CORNER = 8
PAD = 12
HATCH = 4  # px, the strip at the foot of who waits
STEP = 8  # px from a stroke of it to the next
_TINTS = {"ok": "ok_tint", "bad": "bad_tint", "wait": "wait_tint", "text2": "hover"}


def paint(painter: QPainter, box: QRectF, figure: Process) -> None:
    """Paint one process."""
    bad = figure.state in ("failed", "killed")
    edge = theme.color("bad" if bad else "edge" if figure.over or figure.state == "not started" else "text2")
    for behind in range(min(2, figure.count - 1), 0, -1):
        painter.setPen(QPen(theme.color("edge"), 1.2))
        painter.setBrush(theme.color("bg"))
        painter.drawRoundedRect(box.translated(5 * behind, -5 * behind), CORNER, CORNER)
    if figure.objects:
        painter.setPen(QPen(edge, 1))
        painter.setBrush(theme.color("bg"))
        painter.drawRoundedRect(box.adjusted(-4, -4, 4, 4), CORNER + 3, CORNER + 3)
    _paint_tabs(painter, box, figure)
    pen = QPen(edge, 1.5)
    if figure.over:
        pen.setDashPattern([4, 3])
    inside = QPainterPath()
    inside.addRoundedRect(box, CORNER, CORNER)
    painter.fillPath(inside, theme.color("bg"))
    _paint_foot(painter, box, inside, figure)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, CORNER, CORNER)
    _paint_head(painter, box, figure)
    _paint_rows(painter, box, figure)


def _paint_tabs(painter: QPainter, box: QRectF, figure: Process) -> None:
    for key, name in figure.tabs:
        tab = tab_box(box, figure, key)
        painter.setPen(QPen(theme.color("edge"), 1.2))
        painter.setBrush(theme.color("bg"))
        painter.drawRoundedRect(tab, 3, 3)
        faces.write(painter, tab.adjusted(7, 0, -5, 0), name, 11, theme.color("text"), mono=True)


def _paint_head(painter: QPainter, box: QRectF, figure: Process) -> None:
    row = QRectF(box.left() + PAD, box.top(), box.width() - 2 * PAD, HEAD)
    right = row.right()
    if figure.chip is not None:
        wide = faces.width(figure.chip.words, 12, 600) + 34
        chip = QRectF(row.right() - wide + 6, row.center().y() - 11, wide, 22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(_TINTS[figure.chip.tone]))
        painter.drawRoundedRect(chip, 11, 11)
        faces.mark(painter, chip.left() + 8, chip.center().y(), figure.chip.icon, theme.color(figure.chip.tone))
        faces.write(
            painter, chip.adjusted(26, 0, -4, 0), figure.chip.words, 12, theme.color(figure.chip.tone), weight=600
        )
        right = chip.left() - 6
    name = QRectF(row.left(), row.top(), max(10.0, right - row.left()), HEAD)
    tone = theme.color("text2" if figure.over or figure.state == "not started" else "text")
    wide = faces.write(painter, name, figure.name, 13, tone, weight=600)
    beside = f"× {figure.count}" if figure.count > 1 else str(figure.pid) if figure.pid else ""
    rest = QRectF(name.left() + wide + 8, name.top(), name.right() - name.left() - wide - 8, HEAD)
    if beside and rest.width() >= faces.width(beside, 13):
        faces.write(painter, rest, beside, 13, theme.color("text3"))


def _paint_rows(painter: QPainter, box: QRectF, figure: Process) -> None:
    lines = figure.variables or figure.objects or figure.lines or figure.more
    if not lines:
        return
    painter.fillRect(QRectF(box.left() + PAD, box.top() + HEAD - 0.5, box.width() - 2 * PAD, 1), theme.color("line"))
    top = box.top() + HEAD + 5
    room = box.width() - 2 * PAD
    dim = theme.color("text2")
    for variable in figure.variables:
        row = QRectF(box.left() + PAD, top, room, ROW)
        name = faces.write(painter, row.adjusted(0, 0, -room * 0.4, 0), variable.name, 12, dim, mono=True)
        wide = min(faces.width(variable.text, 12, mono=True), room - name - 14)
        value = QRectF(row.right() - wide, row.top(), wide, ROW)
        if variable.fresh:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("tint"))
            painter.drawRoundedRect(value.adjusted(-6, 3, 6, -3), 3, 3)
        faces.write(painter, value, variable.text, 12, dim if figure.over else theme.color("text"), mono=True)
        top += ROW
    if figure.more:
        faces.write(painter, QRectF(box.left() + PAD, top, room, ROW), f"{figure.more} more", 12, theme.color("text3"))
        top += ROW
    for held in figure.objects:
        row = QRectF(box.left() + PAD, top, room, ROW)
        if held.fresh:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("tint"))
            painter.drawRoundedRect(row.adjusted(-6, 2, 6, -2), 3, 3)
        wide = faces.write(painter, row, held.name, 12, theme.color("text"), mono=True)
        faces.write(painter, row.adjusted(wide + 8, 0, 0, 0), held.note, 12, dim, flags=faces.RIGHT)
        top += ROW
    if figure.more_objects:
        words = f"{figure.more_objects} more objects"
        faces.write(painter, QRectF(box.left() + PAD, top, room, ROW), words, 12, theme.color("text3"))
    for line in figure.lines:
        faces.write(painter, QRectF(box.left() + PAD, top, room, ROW), line, 12, theme.color("text"))
        top += ROW


def _paint_foot(painter: QPainter, box: QRectF, inside: QPainterPath, figure: Process) -> None:
    foot = figure.foot
    if foot is None:
        return
    row = QRectF(box.left(), box.bottom() - FOOT, box.width(), FOOT)
    ground = {"wait": "wait_tint", "bad": "bad_tint"}.get(foot.tone, "raised")
    painter.save()
    painter.setClipPath(inside, Qt.ClipOperation.IntersectClip)
    painter.fillRect(row, theme.color(ground))
    painter.fillRect(QRectF(row.left(), row.top(), row.width(), 1), theme.color("line"))
    painter.restore()
    tone = theme.color(foot.tone or ("text2" if figure.over else "text"))
    dim = theme.color(foot.tone or "text2")
    middle = row.center().y() - (1.5 if foot.tone == "wait" else 0)
    faces.mark(painter, row.left() + PAD, middle, foot.icon, dim)
    words = QRectF(row.left() + PAD + 20, middle - 12, row.width() - 2 * PAD - 20, 24)
    when = faces.width(foot.when, 12) if foot.when else 0.0
    faces.write(painter, words.adjusted(0, 0, -when - (8 if when else 0), 0), foot.text, 12, tone, mono=True)
    if foot.when:
        faces.write(painter, words, foot.when, 12, dim, flags=faces.RIGHT)


def paint_hatch(painter: QPainter, box: QRectF, figure: Process, phase: float) -> None:
    """Paint the strip at the foot of who waits; `phase` px to the right of where it stands still."""
    if figure.foot is None or figure.foot.tone != "wait":
        return
    strip = QRectF(1, -HATCH - 1, box.width() - 2, HATCH)
    painter.save()
    painter.translate(box.bottomLeft())
    painter.setClipPath(_bottom(box.width()), Qt.ClipOperation.IntersectClip)
    painter.setClipRect(strip, Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(theme.color("wait_fill"), 3))
    painter.translate(phase % STEP, 0)
    painter.drawLines(_strokes(box.width()))
    painter.restore()


@lru_cache(8)
def _bottom(wide: float) -> QPainterPath:
    """Return what is within the frame of a box so wide near its lower left corner; do not change what you get."""
    inside = QPainterPath()
    inside.addRoundedRect(QRectF(1, -4 * CORNER, wide - 2, 4 * CORNER - 1), CORNER - 1, CORNER - 1)
    return inside


@lru_cache(8)
def _strokes(wide: float) -> list[QLineF]:
    """Return the strokes of the strip of such a box, where it stands still; do not change what you get."""
    starts = (1 + place * STEP for place in range(-1, int(wide // STEP) + 1))
    return [QLineF(x, 0, x + 5, -HATCH - 2) for x in starts]
