"""Messages and waits over time: a lane per process, an arrow per message, a bar per call. GUI thread only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from ipclab_gui import theme
from ipclab_gui.messages import arrows, channels, hits, lanes, overview
from ipclab_gui.messages.geometry import LANE_LEAST, OVERVIEW, TOP, Geometry
from ipclab_gui.messages.gestures import Gestures
from ipclab_gui.messages.scene import Row
from ipclab_gui.messages.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipclab_gui.messages.hits import Selected
    from ipclab_gui.messages.scene import ChannelLane, Crossing, Scene


@dataclass(slots=True)
class _Plan:
    """How a picture is drawn: where everything lies, and which messages as arrows or bands."""

    geometry: Geometry
    arrows: list[Crossing]
    bands: list[Crossing]


class MessageChart(Gestures):
    """The chart. What it shows is painted when it changes; crosshair and focus are painted over it.

    Attributes:
        scene: the run; None where nothing is shown.
        view: the span of time.
        selection: what a person has selected.
        moment: where a line stands that other views share; None for none.
    """

    selected = Signal()  # something else is selected now
    moved = Signal()  # the view is another one
    moment_wanted = Signal(object)  # the line is to stand there: ns since the run began
    go_on_wanted = Signal()  # a person presses Space where steps are theirs

    def __init__(self) -> None:
        super().__init__()
        self.scene: Scene | None = None
        self.view = View()
        self.selection: Selected | None = None
        self.moment: int | None = None
        self.calls: dict[int, str] = {}  # by pid, what a process at the gate is about to do
        self.steps_wide = 0  # px at the right of such a lane that a Step button has; 0 where there are none
        self._offset = 0  # px that the lanes are scrolled by
        self._plan: _Plan | None = None
        self._picture: QPixmap | None = None
        self._names: tuple[tuple[object, ...], QPixmap] | None = None  # the lanes' labels, and what they were made for
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(theme.px(TOP + OVERVIEW + 3 * LANE_LEAST))
        self.setAccessibleName("Messages over time")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme.notifier.changed.connect(self.redraw)
        self.zoom_wanted.connect(self.zoom)
        self.pan_wanted.connect(lambda share: self._look(lambda view: view.pan(round(share * view.width))))
        self.go_wanted.connect(self._go)
        self.scroll_wanted.connect(self._scroll)
        self.all_wanted.connect(self.show_all)
        self.pause_wanted.connect(self._pause)
        self.pick_wanted.connect(self.select_at)
        self.step_wanted.connect(self.select_next)
        self.lane_wanted.connect(self.select_lane)
        self.near_wanted.connect(self.zoom_to_selection)
        self.none_wanted.connect(lambda: self.select(None))

    def sizeHint(self) -> QSize:
        return QSize(theme.px(640), theme.px(360))

    # ----------------------------------------------------------------------------------------------- the picture

    def show_scene(self, scene: Scene | None) -> None:
        """Show another run, all of it."""
        self.scene, self.selection, self.view, self._offset = scene, None, View(), 0
        self._names = None
        self.redraw()

    def redraw(self) -> None:
        """Paint anew: the run, the view or the colours are others now."""
        self._plan = self._picture = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.redraw()
        self.moved.emit()

    @property
    def geometry_now(self) -> Geometry:
        """Where everything lies."""
        return self._planned().geometry

    def step_place(self, pid: int) -> QRect | None:
        """Return where the Step button of a process lies; None where its lane is out of sight."""
        geometry = self.geometry_now
        for place, slot in enumerate(geometry.slots):
            if isinstance(slot, Row) and slot.process.pid == pid:
                there = lanes.step_rect(geometry, geometry.slot_middle(place), self.steps_wide)
                return there if geometry.top <= there.top() and there.bottom() < geometry.bottom else None
        return None

    @property
    def arrows(self) -> list[Crossing]:
        """The messages that are drawn one by one."""
        return self._planned().arrows

    @property
    def bands(self) -> list[Crossing]:
        """The messages that are drawn as bands with counts."""
        return self._planned().bands

    def _planned(self) -> _Plan:
        if self._plan is None:
            assert self.scene is not None
            self._plan = self._made_plan(self.scene)
            self._offset = self._plan.geometry.offset
        return self._plan

    def _made_plan(self, scene: Scene) -> _Plan:
        crossings = scene.crossings(self.view.start, self.view.stop)
        near = Geometry(self.size(), self.view, scene.slots(far=False), self._offset)
        single = arrows.told_apart(near, crossings)
        if single or not crossings:
            return _Plan(near, single, [])
        bands = [one for one in crossings if not scene.is_queue(one.route.channel)]
        if not arrows.banded(near, bands):
            bands = []
        without = frozenset(one.route.channel for one in bands)
        return _Plan(Geometry(self.size(), self.view, scene.slots(far=True, without=without), self._offset), [], bands)

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != ratio:
            self._picture = QPixmap(self.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            with QPainter(self._picture) as painter:
                self.paint(painter, self._painted_names(ratio))
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        if self.scene is not None and self.moment is not None:
            lanes.paint_moment(painter, self.geometry_now, self.moment)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        if self.scene is not None and self.pointer is not None:
            self._paint_crosshair(painter, self.scene, self.pointer)
        if self.shows_focus:
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), theme.px(5), theme.px(5))
        painter.end()

    def _painted_names(self, ratio: float) -> QPixmap | None:
        """Return the lanes' labels as a picture: they stay as they are while time goes by below a pointer."""
        if self.scene is None:
            return None
        geometry = self.geometry_now
        names = tuple(_label_of(slot) for slot in geometry.slots)
        place = (self.width(), self.height(), geometry.offset, geometry.lane_height)
        key = (ratio, theme.is_dark(), theme.scale(), *place, bool(self.steps_wide), names)
        if self._names is None or self._names[0] != key:
            picture = QPixmap(QSize(geometry.left, self.height()) * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(theme.color("bg"))
            with QPainter(picture) as painter:
                self._paint_names(painter, geometry)
            self._names = key, picture
        return self._names[1]

    def paint(self, painter: QPainter, names: QPixmap | None = None) -> None:
        """Paint the chart, without crosshair and focus, at the painter's origin; `names`: the labels, if painted."""
        painter.fillRect(self.rect(), theme.color("bg"))
        scene = self.scene
        if scene is None:
            return
        plan = self._planned()
        geometry = plan.geometry
        painter.save()
        overview.paint_axis(painter, geometry)
        painter.setClipRect(QRect(0, geometry.top, self.width(), geometry.bottom - geometry.top))
        if names is not None:
            painter.drawPixmap(0, 0, names)
        else:
            self._paint_names(painter, geometry)
        self._paint_borders(painter, geometry)
        painter.setClipRect(geometry.lanes)
        seen = [(geometry.slot_middle(n), slot) for n, slot in enumerate(geometry.slots) if geometry.in_sight(n)]
        marks = arrows.paint_bands(painter, geometry, scene, plan.bands) if plan.bands else []  # below the lanes
        lanes.paint(painter, geometry, scene, [(middle, slot) for middle, slot in seen if isinstance(slot, Row)])
        for middle, slot in seen:
            if not isinstance(slot, Row):
                channels.paint(painter, geometry, scene, middle, slot)
        arrows.paint_arrows(painter, geometry, scene, plan.arrows)
        arrows.paint_marks(painter, marks)
        for place, slot in enumerate(geometry.slots):
            if isinstance(slot, Row) and geometry.in_sight(place):
                lanes.paint_end(painter, geometry, scene, geometry.slot_middle(place), slot)
                if (call := self.calls.get(slot.process.pid)) is not None:
                    lanes.paint_next(painter, geometry, geometry.slot_middle(place), call, self.steps_wide)
        self._paint_selection(painter, geometry, scene)
        painter.restore()
        overview.paint(painter, geometry, scene)

    def _paint_names(self, painter: QPainter, geometry: Geometry) -> None:
        for place, slot in enumerate(geometry.slots):
            if geometry.in_sight(place):
                wide = geometry.left - (0 if isinstance(slot, Row) else theme.px(16))  # beside it stands the most
                if self.steps_wide and geometry.lane_height < theme.px(lanes.NEXT_LEAST):
                    wide = geometry.left - theme.px(lanes.MARK)
                box = QRectF(0, 0, wide, geometry.lane_height)
                box.moveTop(geometry.slot_middle(place) - geometry.lane_height / 2)
                lanes.label(painter, box, *_label_of(slot))

    def _paint_borders(self, painter: QPainter, geometry: Geometry) -> None:
        """Paint lines between the lanes, and the scales of channels."""
        painter.setPen(theme.color("line"))
        tops = [geometry.slot_middle(n) - geometry.lane_height / 2 for n in range(1, len(geometry.slots))]
        painter.drawLines([QLineF(0, top, self.width(), top) for top in tops if geometry.top < top < geometry.bottom])
        for place, slot in enumerate(geometry.slots):
            if not isinstance(slot, Row) and geometry.in_sight(place):
                channels.paint_scale(painter, geometry, geometry.slot_middle(place), slot)

    def show_moment(self, moment: int | None) -> None:
        """Put the line that other views share at a moment; None takes it away."""
        if moment != self.moment:
            self.moment = moment
            self.update()

    def _paint_selection(self, painter: QPainter, geometry: Geometry, scene: Scene) -> None:
        if self.selection is None:
            return
        if self.selection.route is not None:
            place = self.selection.place
            if place is not None:
                arrows.paint_selected(painter, geometry, scene, self.selection.route, place)
            return
        span, row = hits.span(scene, self.selection), scene.row_of(self.selection.lane)
        if span is None or row is None:
            return
        left, right = (float(geometry.x(time)) for time in span)
        left, right = max(left, geometry.left - 9.0), min(right, geometry.width + 9.0)
        box = QRectF(left, geometry.middle(row) - geometry.half, max(right - left, theme.px(3)), 2 * geometry.half)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(theme.color("text"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), theme.px(3), theme.px(3))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_crosshair(self, painter: QPainter, scene: Scene, at: QPointF) -> None:
        geometry = self.geometry_now
        if not geometry.lanes.contains(at):
            return
        x = round(at.x()) + 0.5
        painter.setPen(QPen(theme.color("text3"), 1))
        painter.drawLine(QPointF(x, geometry.top), QPointF(x, geometry.bottom))
        when = hits.exact(geometry.time_at(at.x()), geometry.view.width)
        lines = (when, *hits.words_at(geometry, scene, at.x(), at.y(), self.arrows))
        fonts = [theme.font(12, 600), *[theme.font(11)] * (len(lines) - 1)]
        wide = max(QFontMetrics(font).horizontalAdvance(text) for font, text in zip(fonts, lines, strict=True))
        line, padding = theme.px(17), theme.px(10)
        box = QRectF(0, 0, wide + 2 * padding, line * len(lines) + theme.px(10))
        box.moveTopLeft(at + QPointF(theme.px(12), theme.px(14)))
        if box.right() > self.width():
            box.moveRight(at.x() - theme.px(12))
        if box.bottom() > self.height():
            box.moveBottom(at.y() - theme.px(8))
        painter.setPen(QPen(theme.color("edge"), 1))
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(box, theme.px(6), theme.px(6))
        for number, (font, text) in enumerate(zip(fonts, lines, strict=True)):
            painter.setFont(font)
            painter.setPen(theme.color("text2" if number else "text"))
            place = QRectF(box.left() + padding, box.top() + theme.px(5) + number * line, box.width(), line)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), text)

    # ------------------------------------------------------------------------------------------------- selecting

    @property
    def has_selection(self) -> bool:
        """Tell whether something is selected."""
        return self.selection is not None

    def select(self, selection: Selected | None) -> None:
        """Select, and say so."""
        self.selection = selection
        self.redraw()
        self.selected.emit()

    def select_at(self, x: float, y: float) -> None:
        """Select the call whose bar, or the message whose arrow is at a place; nothing where none is near."""
        if self.scene is not None:
            found = hits.at(self.geometry_now, x, y, self.arrows)
            self.select(found)
            if found is None and self.geometry_now.lanes.contains(QPointF(x, y)):
                self.moment_wanted.emit(max(0, min(self.geometry_now.time_at(x), self.view.until)))

    def select_next(self, by: int) -> None:
        """Select the next message or call in time (by = 1), or the one before (-1), and bring it into view."""
        if self.scene is not None:
            self._reach(hits.beside(self.scene, self.selection, by, self.view.start))

    def select_lane(self, by: int) -> None:
        """Select a call of the lane below (by = 1) or above (-1), near what is selected in time."""
        if self.scene is not None:
            span = hits.span(self.scene, self.selection) if self.selection is not None else None
            time = span[0] if span is not None else (self.view.start + self.view.stop) // 2
            self._reach(hits.beside_lane(self.scene, self.selection, by, time))

    def _reach(self, selection: Selected | None) -> None:
        if selection is None or self.scene is None:
            return
        span, row = hits.span(self.scene, selection), self.scene.row_of(selection.lane)
        if span is not None:
            self.view.reveal(*span)
        self._plan = None
        if row is not None:
            self._offset = self.geometry_now.offset_to_see(row)
        self.select(selection)
        self.moved.emit()

    def zoom_to_selection(self) -> None:
        """Show what is selected as large as it goes."""
        if self.scene is not None and self.selection is not None:
            span = hits.span(self.scene, self.selection)
            if span is not None:
                self.view.show(*span)
                self.redraw()
                self.moved.emit()

    # ------------------------------------------------------------------------------------------------------ view

    def _look(self, how: Callable[[View], None]) -> None:
        if self.scene is not None:
            how(self.view)
            self.redraw()
            self.moved.emit()

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Come nearer by `factor` (below 1: farther), about a place in px, by default the middle."""
        if self.scene is not None:
            middle = (self.view.start + self.view.stop) // 2
            at = middle if x is None else self.geometry_now.time_at(x)
            self._look(lambda view: view.zoom(1 / factor, at))

    def show_all(self) -> None:
        """Show the whole run, and follow it."""
        self._look(View.show_whole)

    def follow(self) -> None:
        """Keep the end of the run in view."""
        self._look(View.follow)

    def toggle_following(self) -> None:
        """Stand still where the run is followed; follow it where not."""
        self._look(View.pause if self.view.following else View.follow)

    def _pause(self) -> None:
        """Step where that is a person's, else stand still or follow."""
        if self.steps_wide:
            self.go_on_wanted.emit()
        else:
            self.toggle_following()

    def _go(self, x: float) -> None:
        if self.scene is not None:
            time = overview.time_at(self.geometry_now, x)
            self._look(lambda view: view.pan(time - (view.start + view.stop) // 2))

    def _scroll(self, by: int) -> None:
        if self.scene is not None and by:
            self._offset = max(0, min(self._offset + by, self.geometry_now.hidden))
            self.redraw()
            self.moved.emit()


def _label_of(slot: Row | ChannelLane) -> tuple[str, str]:
    """Return a lane's name, and the line below it."""
    return (slot.process.name, str(slot.process.pid)) if isinstance(slot, Row) else (slot.name, "messages in it")


__all__ = ["MessageChart"]
