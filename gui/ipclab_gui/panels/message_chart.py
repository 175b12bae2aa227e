"""Messages and waits over time: a lane per process, an arrow per message, a bar per call. GUI thread only.

Where there are too many arrows to tell apart they become bands with counts, where there are too many calls a lane shows
how its time was spent. Wheel and + - zoom, dragging and arrows pan, 0 shows all; a click or Shift+arrows select.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ipclab_gui import icons, theme
from ipclab_gui.panels import message_view
from ipclab_gui.panels.message_scene import FEW, ON_CHANNELS, PENDING, WAITS, Blocks, Row, Scene, Shares, in_view
from ipclab_gui.panels.message_view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipclab.traffic import Route

LEFT, TOP, OVERVIEW = 132, 28, 44  # px
LANE_LEAST, LANE_MOST = 26, 82
ARROWS = 3_000  # beyond: bands
BAND = 64  # px, the width of what a band counts
NEAR = 6  # px: a click so near hits an arrow


@dataclass(frozen=True, slots=True)
class Selected:
    """What a person has selected: a message of a route by its send's row, or a call by its lane and row."""

    route: Route | None
    row: int  # of `send` in the sender's lane, or of the call
    lane: int


class MessageChart(QWidget):
    """The chart; `selected` says that something else is selected now, `moved` that the view is another one."""

    selected = Signal()
    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.scene: Scene | None = None
        self.view = View()
        self.selection: Selected | None = None
        self.running = False
        self._drag: tuple[float, int, bool] | None = None
        self._offset = 0  # px that the lanes are scrolled by
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(theme.px(160))
        self.setAccessibleName("Messages over time")
        theme.notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(640), theme.px(360))

    # ------------------------------------------------------------------------------------------------- geometry

    def show_scene(self, scene: Scene | None) -> None:
        """Show another run, all of it."""
        self.scene, self.selection, self.view, self._offset = scene, None, View(), 0
        self.update()

    def _wide(self) -> int:
        return max(1, self.width() - theme.px(LEFT) - theme.px(12))

    def _x(self, time: NDArray[np.int64] | int) -> NDArray[np.float64]:
        return theme.px(LEFT) + (np.asarray(time, np.float64) - self.view.start) * (self._wide() / self.view.width)

    def time_at(self, x: float) -> int:
        """Return the moment under a place of the widget, in pixels from its left."""
        return int(self.view.start + (x - theme.px(LEFT)) * self.view.width / self._wide())

    def _lane_height(self) -> float:
        count = max(1, len(self.scene.rows) if self.scene else 1)
        room = self.height() - theme.px(TOP) - theme.px(OVERVIEW)
        return min(max(room / count, theme.px(LANE_LEAST)), theme.px(LANE_MOST))

    def _middle(self, row: int) -> float:
        return theme.px(TOP) + (row + 0.5) * self._lane_height() - self._offset

    def _half(self) -> float:
        return min(theme.px(6), self._lane_height() * 0.3)

    # ------------------------------------------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("bg"))
        scene = self.scene
        if scene is None:
            return
        bottom = self.height() - theme.px(OVERVIEW)
        self._paint_axis(painter, bottom)
        painter.setClipRect(QRect(0, theme.px(TOP), self.width(), bottom - theme.px(TOP)))
        for number, row in enumerate(scene.rows):
            self._paint_label(painter, number, row)
        painter.setClipRect(QRect(theme.px(LEFT), theme.px(TOP), self._wide() + theme.px(12), bottom - theme.px(TOP)))
        for number, row in enumerate(scene.rows):
            self._paint_lane(painter, number, row)
        self._paint_messages(painter)
        for number, row in enumerate(scene.rows):
            self._paint_end(painter, number, row)
        painter.setClipping(False)
        self._paint_overview(painter, bottom)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_axis(self, painter: QPainter, bottom: int) -> None:
        painter.setFont(theme.font(11))
        moments, step = message_view.ticks(self.view.start, self.view.stop, max(2, self._wide() // theme.px(110)))
        for time in moments:
            x = float(self._x(time))
            if x < theme.px(LEFT):
                continue
            painter.setPen(theme.color("grid"))
            painter.drawLine(QLineF(x, theme.px(TOP), x, bottom))
            painter.setPen(theme.color("text2"))
            text = message_view.moment(time, step)
            wide = painter.fontMetrics().horizontalAdvance(text)
            if x + wide / 2 < self.width():
                painter.drawText(QPointF(x - wide / 2, theme.px(TOP - 9)), text)

    def _paint_label(self, painter: QPainter, number: int, row: Row) -> None:
        middle, height = self._middle(number), self._lane_height()
        left, wide = theme.px(20), theme.px(LEFT - 28)
        two = height >= theme.px(40)
        painter.setFont(theme.font(12, 600))
        painter.setPen(theme.color("text"))
        name = painter.fontMetrics().elidedText(row.process.name, Qt.TextElideMode.ElideMiddle, wide)
        box = QRectF(left, middle - theme.px(17 if two else 9), wide, theme.px(18))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), name)
        if two:
            painter.setFont(theme.font(11))
            painter.setPen(theme.color("text3"))
            painter.drawText(box.translated(0, theme.px(17)), int(Qt.AlignmentFlag.AlignVCenter), str(row.process.pid))
        painter.setPen(theme.color("line"))
        painter.drawLine(QLineF(0, middle + height / 2, self.width(), middle + height / 2))

    def _paint_lane(self, painter: QPainter, number: int, row: Row) -> None:
        middle = self._middle(number)
        began, ended = int(row.process.started * 1e9), self._end_of(row)
        left, right = float(self._x(began)), float(self._x(ended))
        painter.setPen(QPen(theme.mixed(theme.color("text3"), theme.color("bg"), 0.6), 1))
        painter.drawLine(QLineF(max(left, theme.px(LEFT)), middle, min(right, self.width()), middle))
        if row.reader is None:
            return
        found = row.reader.blocks(self.view.start, self.view.stop)
        if found is not None and len(found.begin) <= FEW:
            self._paint_blocks(painter, middle, found, ended)
            return
        edges = np.linspace(self.view.start, self.view.stop, self._wide() + 1).astype(np.int64)
        self._paint_shares(painter, middle, row.reader.shares(edges))

    def _end_of(self, row: Row) -> int:
        assert self.scene is not None
        return self.scene.until if row.process.alive else int(row.process.since * 1e9)

    def _paint_blocks(self, painter: QPainter, middle: float, blocks: Blocks, until: int) -> None:
        end = np.where(blocks.end == PENDING, until, blocks.end)
        left, right = self._x(blocks.begin), self._x(end)
        half = self._half()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        least, cap = theme.px(3), theme.px(7)
        for x, to, operation, thing, pending in zip(
            left.tolist(), right.tolist(), blocks.operation.tolist(), blocks.thing.tolist(),
            (blocks.end == PENDING).tolist(), strict=True,
        ):  # fmt: skip
            color = self._color(operation, thing)
            x, to = max(x, theme.px(LEFT) - 20.0), min(to, self.width() + 20.0)
            if (WAITS[operation] and to - x > 2 * cap) or pending:
                self._paint_wait(painter, QRectF(x, middle - half, max(to - x, least), 2 * half), color)
                if not pending:
                    self._paint_block(painter, QRectF(to - cap, middle - half, cap, 2 * half), color)
            else:
                self._paint_block(painter, QRectF(x, middle - half, max(to - x, least), 2 * half), color)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _color(self, operation: int, thing: int) -> QColor:
        assert self.scene is not None
        if ON_CHANNELS[operation] and thing:
            return theme.series_color(self.scene.color(thing))
        return theme.color("wait_fill") if WAITS[operation] else theme.color("text3")

    @staticmethod
    def _paint_block(painter: QPainter, box: QRectF, color: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(box, theme.px(2), theme.px(2))

    @staticmethod
    def _paint_wait(painter: QPainter, box: QRectF, color: QColor) -> None:
        painter.setPen(QPen(color, 1))
        painter.setBrush(theme.mixed(color, theme.color("bg"), 0.18))
        painter.drawRoundedRect(box, theme.px(2), theme.px(2))
        painter.setBrush(QBrush(color, Qt.BrushStyle.BDiagPattern))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(box, theme.px(2), theme.px(2))

    def _paint_shares(self, painter: QPainter, middle: float, shares: Shares) -> None:
        """Draw how a lane's time was spent: a strip, filled from below by its calls, the waiting part of them lighter."""
        height = int(max(4, 2 * self._half() + theme.px(6)))
        levels = np.arange(height, 0, -1)[:, None] / height
        picture = np.zeros((height, len(shares.calls), 4), np.uint8)
        picture[:] = _rgba(theme.color("hover"))
        picture[levels <= shares.calls[None, :]] = _rgba(theme.mixed(theme.series_color(0), theme.color("bg"), 0.5))
        picture[levels <= np.maximum(0, shares.calls - shares.waits)[None, :]] = _rgba(theme.series_color(0))
        image = QImage(picture.data, picture.shape[1], height, picture.strides[0], QImage.Format.Format_RGBA8888)
        painter.drawImage(QRectF(theme.px(LEFT), middle - height / 2, self._wide(), height), image)

    # messages

    def _paint_messages(self, painter: QPainter) -> None:
        assert self.scene is not None
        routes = [
            (source, target, route, in_view(route, self.view.start, self.view.stop))
            for source, target, route in self.scene.routes()
        ]
        total = sum(part.stop - part.start for *_, part in routes)
        for source, target, route, part in routes:
            if part.stop <= part.start:
                continue
            if total <= ARROWS:
                self._paint_arrows(painter, source, target, route, part, few=total <= FEW)
            else:
                self._paint_bands(painter, source, target, route)
        if self.selection is not None and self.selection.route is not None:
            self._paint_selected(painter)

    def _line_ends(self, source: int, target: int) -> tuple[float, float]:
        """Return from which height to which the messages of one process to another go."""
        half = self._half()
        if source == target:
            return self._middle(source) + half, self._middle(source) + self._lane_height() * 0.42
        down = 1 if target > source else -1
        return self._middle(source) + down * half, self._middle(target) - down * half

    def _paint_arrows(
        self, painter: QPainter, source: int, target: int, route: Route, part: slice, *, few: bool
    ) -> None:
        assert self.scene is not None
        color = theme.series_color(self.scene.color(route.channel))
        top, bottom = self._line_ends(source, target)
        left, right = self._x(route["sent"][part]), self._x(route["received"][part])
        seen = (np.maximum(left, right) >= theme.px(LEFT)) & (np.minimum(left, right) <= self.width())
        left, right = left[seen], right[seen]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, few)
        painter.setPen(QPen(color, 1))
        lines = [QLineF(x, top, to, bottom) for x, to in zip(left.tolist(), right.tolist(), strict=True)]
        painter.drawLines(lines)
        if few:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            for line in lines:
                painter.drawPolygon(_head(line))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_bands(self, painter: QPainter, source: int, target: int, route: Route) -> None:
        assert self.scene is not None
        color = theme.series_color(self.scene.color(route.channel))
        top, bottom = self._line_ends(source, target)
        columns = max(1, self._wide() // theme.px(BAND))
        edges = np.linspace(self.view.start, self.view.stop, columns + 1).astype(np.int64)
        counts = np.diff(np.searchsorted(route["sent"], edges))
        most = max(1, int(counts.max()))
        took = int(np.median(route["received"][-1000:] - route["sent"][-1000:])) * self._wide() / self.view.width
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setFont(theme.font(11, 600))
        wide = self._wide() / columns
        for place, count in enumerate(counts.tolist()):
            if not count:
                continue
            x = theme.px(LEFT) + (place + 0.5) * wide
            half = max(1.0, wide * 0.42 * count / most)
            shift = min(took, wide * 0.3)
            painter.setPen(QPen(color, 1))
            painter.setBrush(theme.mixed(color, theme.color("bg"), 0.2))
            painter.drawPolygon(QPolygonF([QPointF(x - half, top), QPointF(x + half, top),
                                           QPointF(x + half + shift, bottom), QPointF(x - half + shift, bottom)]))  # fmt: skip
            if abs(bottom - top) > theme.px(34):
                self._paint_bubble(painter, QPointF(x + shift / 2, (top + bottom) / 2), _short(count), color=None)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_bubble(self, painter: QPainter, at: QPointF, text: str, color: QColor | None) -> None:
        wide = painter.fontMetrics().horizontalAdvance(text) + theme.px(10)
        box = QRectF(at.x() - wide / 2, at.y() - theme.px(9), wide, theme.px(18))
        painter.setPen(QPen(color, 2) if color is not None else Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("bg"))
        painter.drawRoundedRect(box, theme.px(9), theme.px(9))
        painter.setPen(theme.color("text"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)

    def _paint_selected(self, painter: QPainter) -> None:
        assert self.scene is not None
        assert self.selection is not None
        for source, target, route in self.scene.routes():
            if route is not self.selection.route:
                continue
            at = self.place_of(self.selection)
            if at is None:
                return
            color = theme.series_color(self.scene.color(route.channel))
            top, bottom = self._line_ends(source, target)
            line = QLineF(
                float(self._x(int(route["sent"][at]))), top, float(self._x(int(route["received"][at]))), bottom
            )
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.setPen(QPen(color, 2))
            painter.drawLine(line)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawPolygon(_head(line, 1.4))
            painter.setFont(theme.font(12, 600))
            self._paint_bubble(painter, line.center(), f"{at + 1:,}".replace(",", "\u00a0"), color)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_end(self, painter: QPainter, number: int, row: Row) -> None:
        """Mark where a process was killed or failed."""
        if row.process.state not in ("killed", "failed"):
            return
        x, middle, side = float(self._x(self._end_of(row))), self._middle(number), theme.px(16)
        if not theme.px(LEFT) <= x <= self.width():
            return
        bad = theme.color("bad")
        painter.setPen(QPen(bad, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(x, middle - self._lane_height() / 2, x, middle + self._lane_height() / 2))
        name = "octagon-x" if row.process.state == "killed" else "circle-x"
        painter.fillRect(QRectF(x - side / 2, middle - side / 2, side, side), theme.color("bg"))
        painter.drawPixmap(
            round(x - side / 2), round(middle - side / 2), icons.pixmap(name, "bad", side, self.devicePixelRatioF())
        )
        painter.setFont(theme.font(12, 600))
        painter.setPen(bad)
        words = row.process.signal or "failed"
        wide = painter.fontMetrics().horizontalAdvance(words)
        room = x + side + theme.px(4)
        left = room if room + wide < self.width() else x - side - theme.px(4) - wide
        painter.drawText(QPointF(left, middle + theme.px(4)), words)

    # overview

    def _paint_overview(self, painter: QPainter, top: int) -> None:
        assert self.scene is not None
        painter.setPen(theme.color("line"))
        painter.drawLine(0, top, self.width(), top)
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text2"))
        box = QRectF(theme.px(20), top, theme.px(LEFT - 28), theme.px(OVERVIEW))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), "whole run")
        wide, whole = self._wide(), self._whole()
        edges = np.linspace(0, whole, wide // 2 + 1).astype(np.int64)
        counts = np.zeros(len(edges) - 1)
        for row in self.scene.rows:
            if row.reader is not None:
                counts += np.diff(row.reader.counts(edges))
        height = theme.px(OVERVIEW - 12)
        scaled = np.sqrt(counts / max(1.0, float(counts.max()))) * (height - 2)
        floor = top + theme.px(6) + height
        points = [QPointF(theme.px(LEFT), floor)]
        points += [
            QPointF(theme.px(LEFT) + 2 * place + 1, floor - value) for place, value in enumerate(scaled.tolist())
        ]
        points.append(QPointF(theme.px(LEFT) + wide, floor))
        painter.setPen(QPen(theme.series_color(0), 1))
        painter.setBrush(theme.series_tint(0, 0.3))
        painter.drawPolygon(QPolygonF(points))
        left, right = (theme.px(LEFT) + time / whole * wide for time in (self.view.start, self.view.stop))
        if right - left < wide * 0.98:
            painter.setPen(QPen(theme.color("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.drawRoundedRect(
                QRectF(max(left, theme.px(LEFT)), top + theme.px(4), max(right - left, theme.px(8)), height + theme.px(4)),
                theme.px(3), theme.px(3),
            )  # fmt: skip
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _whole(self) -> int:
        return max(1, int(self.view.until * (1 + message_view.MARGIN)))

    # ------------------------------------------------------------------------------------------------- selecting

    @staticmethod
    def place_of(selection: Selected) -> int | None:
        """Return the number of a selected message in its route, from 0; None where it is not there any more."""
        assert selection.route is not None
        found = np.flatnonzero(selection.route["send"] == selection.row)
        return int(found[0]) if len(found) else None

    def select(self, selection: Selected | None) -> None:
        """Select, and say so."""
        self.selection = selection
        self.update()
        self.selected.emit()

    def select_at(self, x: float, y: float) -> None:
        """Select the message whose arrow, or the call whose bar lies nearest to a place; nothing where none is near."""
        self.select(self._call_at(x, y) or self._message_at(x, y))

    def _message_at(self, x: float, y: float) -> Selected | None:
        assert self.scene is not None
        best: tuple[float, Selected] | None = None
        for source, target, route in self.scene.routes():
            top, bottom = self._line_ends(source, target)
            if not min(top, bottom) - NEAR <= y <= max(top, bottom) + NEAR or top == bottom:
                continue
            part = in_view(route, self.view.start, self.view.stop)
            left, right = self._x(route["sent"][part]), self._x(route["received"][part])
            if not len(left):
                continue
            away = np.abs(left + (right - left) * ((y - top) / (bottom - top)) - x)
            nearest = int(np.argmin(away))
            if away[nearest] <= theme.px(NEAR) and (best is None or away[nearest] < best[0]):
                best = float(away[nearest]), Selected(route, int(route["send"][part][nearest]), route.sender)
        return best[1] if best is not None else None

    def _call_at(self, x: float, y: float) -> Selected | None:
        assert self.scene is not None
        for number, row in enumerate(self.scene.rows):
            if row.reader is None or abs(y - self._middle(number)) > self._half() + 2:
                continue
            found = row.reader.blocks(self.time_at(x - 2), self.time_at(x + 2))
            if found is not None and len(found.begin):
                return Selected(None, int(found.number[-1]), row.reader.lane.number)
        return None

    def select_next(self, by: int) -> None:
        """Select the next message of the same route (the first in view where none is selected), or the one before."""
        assert self.scene is not None
        routes = [route for *_, route in self.scene.routes() if route.count]
        if not routes:
            return
        current = self.selection
        if current is None or current.route is None:
            route = min(
                routes, key=lambda route: int(route["sent"][min(in_view(route, *self._span()).start, route.count - 1)])
            )
            place = min(in_view(route, *self._span()).start, route.count - 1)
        else:
            route = current.route
            place = max(0, min((self.place_of(current) or 0) + by, route.count - 1))
        self.view.reveal(int(route["sent"][place]), int(route["received"][place]))
        self.select(Selected(route, int(route["send"][place]), route.sender))
        self.moved.emit()

    def _span(self) -> tuple[int, int]:
        return self.view.start, self.view.stop

    # ------------------------------------------------------------------------------------------------- input

    def zoom(self, factor: float, at: int | None = None) -> None:
        """Show `factor` times as much time; around a moment, by default the middle."""
        self.view.zoom(factor, (self.view.start + self.view.stop) // 2 if at is None else at)
        self.update()
        self.moved.emit()

    def show_all(self) -> None:
        """Show the whole run."""
        self.view.show_all()
        self.view.following = self.view.all = True
        self.update()
        self.moved.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.view.pan(int(-(steps or event.angleDelta().x() / 120) * self.view.width / 8))
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier or self._fits():
            self.view.zoom(0.8**steps, self.time_at(event.position().x()))
        else:
            self._scroll(-int(steps * theme.px(48)))
        self.update()
        self.moved.emit()
        event.accept()

    def _fits(self) -> bool:
        count = len(self.scene.rows) if self.scene else 0
        return count * self._lane_height() <= self.height() - theme.px(TOP) - theme.px(OVERVIEW) + 1

    def _scroll(self, by: int) -> None:
        count = len(self.scene.rows) if self.scene else 0
        most = count * self._lane_height() - (self.height() - theme.px(TOP) - theme.px(OVERVIEW))
        self._offset = int(max(0, min(self._offset + by, most)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.scene is not None:
            in_overview = event.position().y() > self.height() - theme.px(OVERVIEW)
            self._drag = (event.position().x(), self.view.start, in_overview)
            if in_overview:
                self._go_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None:
            return
        began, start, in_overview = self._drag
        if in_overview:
            self._go_to(event.position().x())
            return
        by = (began - event.position().x()) * self.view.width / self._wide()
        if abs(began - event.position().x()) > 3 or start != self.view.start:
            self.view.pan(int(start + by - self.view.start))
            self.update()
            self.moved.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, None
        if drag is not None and not drag[2] and abs(drag[0] - event.position().x()) <= 3:
            self.select_at(event.position().x(), event.position().y())

    def _go_to(self, x: float) -> None:
        middle = int((x - theme.px(LEFT)) / self._wide() * self._whole())
        self.view.pan(middle - (self.view.start + self.view.stop) // 2)
        self.update()
        self.moved.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self.scene is None:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            sign = 1 if key == Qt.Key.Key_Right else -1
            if shift:
                self.select_next(sign)
            else:
                self.view.pan(sign * self.view.width // 8)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._scroll(theme.px(48) * (1 if key == Qt.Key.Key_Down else -1))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom(1.25 if key == Qt.Key.Key_Minus else 0.8)
        elif key == Qt.Key.Key_0:
            self.show_all()
        elif key == Qt.Key.Key_Escape and self.selection is not None:
            self.select(None)
        else:
            super().keyPressEvent(event)
            return
        self.update()
        self.moved.emit()


def _rgba(color: QColor) -> tuple[int, int, int, int]:
    return color.red(), color.green(), color.blue(), 255


def _head(line: QLineF, size: float = 1.0) -> QPolygonF:
    """Return the head of an arrow along a line."""
    length = max(1e-6, line.length())
    along, across = QPointF(line.dx() / length, line.dy() / length), QPointF(-line.dy() / length, line.dx() / length)
    back = line.p2() - along * (7 * size)
    return QPolygonF([line.p2(), back + across * (3 * size), back - across * (3 * size)])


def _short(count: int) -> str:
    """Return a count with at most four characters: "431", "12k", "1.2M"."""
    if count < 1000:
        return str(count)
    if count < 10_000:
        return f"{count / 1000:.1f}k"
    return f"{count / 1000:.0f}k" if count < 1_000_000 else f"{count / 1e6:.1f}M"


__all__ = ["MessageChart", "Selected"]
