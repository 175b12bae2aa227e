"""What hands do to a plot: mouse and keys become zoom, pan, selection and crosshair. GUI thread only."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QGraphicsView

from ipclab_gui.keyboard_focus import BY_KEYBOARD
from ipclab_gui.plots._ticks import Range

if TYPE_CHECKING:
    from ipclab_gui.plots._canvas import Snapped

ZOOM = 1.25  # a step of wheel or key
PAN = 0.1  # of what is visible, a press of an arrow
SELECT = 0.02  # of what is visible, a press of Shift and an arrow


class Gestures(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    """A graphics view whose mouse and keys say what is wanted; the plot decides what comes of it.

    Attributes:
        pointer: where the mouse is, None outside the curves.
        shows_focus: the keyboard is here, and came by a key.
    """

    zoom_wanted = Signal(str, float, float)  # "x" or "y"; factor (above 1: nearer); where, 0 to 1 from left or bottom
    pan_wanted = Signal(float, float)  # to the right and up, in widths and heights of what is visible
    all_wanted = Signal()
    log_wanted = Signal()
    pause_wanted = Signal()
    copy_wanted = Signal()
    save_wanted = Signal()
    step_wanted = Signal(int)  # the crosshair to the next (1) or previous (-1) sample, or away (0)
    select_wanted = Signal(object)  # (begin, end) in data coordinates, or None

    selection: Range | None

    @property
    @abstractmethod
    def frame(self) -> QRectF:
        """Where the curves are, in the widget's pixels."""

    @property
    @abstractmethod
    def x_range(self) -> Range:
        """Data coordinates of the left and right end."""

    @abstractmethod
    def to_data(self, pixel: QPointF) -> tuple[float, float]:
        """Return the data coordinates of a place in the widget."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        # pyqtgraph keeps the painted background; here it holds grid and numbers, which change with what is shown.
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        self.pointer: QPointF | None = None
        self.shows_focus = False
        self._dragged_from: QPointF | None = None
        self._anchor: float | None = None  # where the selection began
        self._far = 0.0  # where its other end is
        self.pinned: Snapped | None = None  # where keys have brought the crosshair
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def _time_at(self, pixel: QPointF) -> float:
        frame, (begin, end) = self.frame, self.x_range
        share = min(max((pixel.x() - frame.left()) / frame.width(), 0.0), 1.0)
        return begin + share * (end - begin)

    # ------------------------------------------------------------------------------------------------- mouse

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer: x, with Ctrl y; sideways: pan."""
        frame, at, turn = self.frame, event.position(), event.angleDelta()
        if abs(turn.x()) > abs(turn.y()):
            self.pan_wanted.emit(-turn.x() / 1200, 0.0)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_wanted.emit("y", ZOOM ** (turn.y() / 120), (frame.bottom() - at.y()) / frame.height())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pan_wanted.emit(-turn.y() / 1200, 0.0)
        elif self.hasFocus():
            self.zoom_wanted.emit("x", ZOOM ** (turn.y() / 120), (at.x() - frame.left()) / frame.width())
        else:
            event.ignore()  # the page scrolls until the plot was clicked
            return
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag; with Shift to select."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._anchor = self._far = self._time_at(event.position())
        else:
            self._dragged_from = event.position()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, select, or move the crosshair."""
        at = event.position()
        if event.buttons() & Qt.MouseButton.LeftButton and self._dragged_from is not None:
            moved, self._dragged_from = at - self._dragged_from, at
            self.pan_wanted.emit(-moved.x() / self.frame.width(), moved.y() / self.frame.height())
        elif event.buttons() & Qt.MouseButton.LeftButton and self._anchor is not None:
            self._far = self._time_at(at)
            self._say_selection()
        self._point(at if self.frame.adjusted(-2, -2, 2, 2).contains(at) else None)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End what was begun; a press with Shift that did not move selects nothing."""
        if self._dragged_from is None and self._anchor is not None and self._anchor == self._far:
            self.select_wanted.emit(None)
            self._anchor = None
        self._dragged_from = None
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all."""
        self.all_wanted.emit()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the crosshair away."""
        super().leaveEvent(event)
        self._point(None)

    def _point(self, at: QPointF | None) -> None:
        if at != self.pointer:
            self.pointer = at
            self.viewport().update()

    # -------------------------------------------------------------------------------------------------- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Act on the keys of a view; leave the others to the window."""
        key, held = event.key(), event.modifiers()
        control = bool(held & Qt.KeyboardModifier.ControlModifier)
        shift = bool(held & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            direction = 1 if key == Qt.Key.Key_Right else -1
            if shift:
                self._extend(direction)
            elif control:
                self.step_wanted.emit(direction)
            else:
                self.pan_wanted.emit(direction * PAN, 0.0)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and not shift and not control:
            self.pan_wanted.emit(0.0, PAN if key == Qt.Key.Key_Up else -PAN)
        elif control and key in (Qt.Key.Key_C, Qt.Key.Key_S):
            (self.copy_wanted if key == Qt.Key.Key_C else self.save_wanted).emit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            factor = 1 / ZOOM if key == Qt.Key.Key_Minus else ZOOM
            self.zoom_wanted.emit("y" if control else "x", factor, 0.5)
        elif key == Qt.Key.Key_0 and not control:
            self.all_wanted.emit()
        elif key == Qt.Key.Key_L and not control:
            self.log_wanted.emit()
        elif key == Qt.Key.Key_Space:
            self.pause_wanted.emit()
        elif key == Qt.Key.Key_Escape and self.selection is not None:
            self._anchor = None
            self.select_wanted.emit(None)
        elif key == Qt.Key.Key_Escape and self.pinned is not None:
            self.step_wanted.emit(0)
        else:
            event.ignore()
            return
        event.accept()

    def _extend(self, direction: int) -> None:
        begin, end = self.x_range
        if self._anchor is None or self.selection is None:
            self._anchor = self._far = (begin + end) / 2
        self._far = min(max(self._far + direction * SELECT * (end - begin), begin), end)
        self._say_selection()

    def _say_selection(self) -> None:
        if self._anchor is not None:
            pair = (min(self._anchor, self._far), max(self._anchor, self._far))
            self.select_wanted.emit(pair if pair[1] > pair[0] else None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is when it came by a key."""
        super().focusInEvent(event)
        self.shows_focus = event.reason() in BY_KEYBOARD
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that it is elsewhere."""
        super().focusOutEvent(event)
        self.shows_focus = False
        self.viewport().update()
