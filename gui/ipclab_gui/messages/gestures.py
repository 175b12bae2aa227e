"""What hands do to the chart: mouse and keys become zoom, pan, selection and more. GUI thread only.

Wheel and + - zoom, 0 shows all, dragging and arrows pan, Up and Down scroll; a click selects, Shift with arrows goes
from message to message and from lane to lane, Enter or a double click zooms to what is selected, Escape lets it go;
Space pauses, Ctrl+C copies the picture, Ctrl+S saves it.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from ipclab_gui import theme
from ipclab_gui.keyboard_focus import KeyboardFocus
from ipclab_gui.messages.geometry import OVERVIEW

ZOOM = 1.25  # a step of wheel or key
PAN = 1 / 8  # of what is in view, a press of an arrow
SCROLL = 48  # px, a press of an arrow
CLICK = 3  # px: who moved less has not dragged


class Gestures(KeyboardFocus):
    """A widget whose mouse and keys say what is wanted; the chart decides what comes of it.

    Attributes:
        pointer: where the mouse is; None outside.
    """

    zoom_wanted = Signal(float, object)  # factor (above 1: nearer), place in px from the left or None for the middle
    pan_wanted = Signal(float)  # to the right, in widths of what is in view
    scroll_wanted = Signal(int)  # down, px
    go_wanted = Signal(float)  # to a place of the overview, px from the left
    all_wanted = Signal()
    pause_wanted = Signal()
    copy_wanted = Signal()
    save_wanted = Signal()
    pick_wanted = Signal(float, float)  # what lies at a place, px
    step_wanted = Signal(int)  # to the next (1) or previous (-1) message or call
    lane_wanted = Signal(int)  # to the lane below (1) or above (-1)
    near_wanted = Signal()  # zoom to what is selected
    none_wanted = Signal()  # select nothing

    def __init__(self) -> None:
        super().__init__()
        self.pointer: QPointF | None = None
        self._dragged_from: QPointF | None = None
        self._pressed_at: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    # ------------------------------------------------------------------------------------------------- mouse

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta()
        if abs(turn.x()) > abs(turn.y()):
            self.pan_wanted.emit(-turn.x() / 960)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pan_wanted.emit(-turn.y() / 960)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.scroll_wanted.emit(round(-turn.y() * theme.px(SCROLL) / 120))
        else:
            self.zoom_wanted.emit(ZOOM ** (turn.y() / 120), event.position().x())
        event.accept()

    def _in_overview(self, at: QPointF) -> bool:
        return at.y() > self.height() - theme.px(OVERVIEW)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed_at = self._dragged_from = event.position()
        if self._in_overview(event.position()):
            self.go_wanted.emit(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at, pressed, last = event.position(), self._pressed_at, self._dragged_from
        if pressed is not None and last is not None:
            if self._in_overview(pressed):
                self.go_wanted.emit(at.x())
            elif last != pressed or abs(at.x() - pressed.x()) + abs(at.y() - pressed.y()) > CLICK:
                self.pan_wanted.emit((last.x() - at.x()) / max(1, self.width()))
                self.scroll_wanted.emit(round(last.y()) - round(at.y()))
                self._dragged_from = at
        self.point(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, last = self._pressed_at, self._dragged_from
        self._pressed_at = self._dragged_from = None
        if pressed is not None and pressed == last and not self._in_overview(pressed):
            self.pick_wanted.emit(event.position().x(), event.position().y())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._in_overview(event.position()):
            self.pick_wanted.emit(event.position().x(), event.position().y())
            self.near_wanted.emit()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point(None)

    def point(self, at: QPointF | None) -> None:
        """Move the crosshair, or take it away."""
        if at != self.pointer:
            self.pointer = at
            self.update()

    # -------------------------------------------------------------------------------------------------- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, held = event.key(), event.modifiers()
        control = bool(held & Qt.KeyboardModifier.ControlModifier)
        shift = bool(held & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and not control:
            direction = 1 if key == Qt.Key.Key_Right else -1
            if shift:
                self.step_wanted.emit(direction)
            else:
                self.pan_wanted.emit(direction * PAN)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and not control:
            direction = 1 if key == Qt.Key.Key_Down else -1
            if shift:
                self.lane_wanted.emit(direction)
            else:
                self.scroll_wanted.emit(direction * theme.px(SCROLL))
        elif control and key in (Qt.Key.Key_C, Qt.Key.Key_S):
            (self.copy_wanted if key == Qt.Key.Key_C else self.save_wanted).emit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus) and not control:
            self.zoom_wanted.emit(1 / ZOOM if key == Qt.Key.Key_Minus else ZOOM, None)
        elif (act := self._plain(key)) is not None and not control:
            act.emit()
        else:
            event.ignore()
            return
        event.accept()

    def _plain(self, key: int) -> SignalInstance | None:
        signals = {
            Qt.Key.Key_0: self.all_wanted,
            Qt.Key.Key_Space: self.pause_wanted,
            Qt.Key.Key_Return: self.near_wanted,
            Qt.Key.Key_Enter: self.near_wanted,
            Qt.Key.Key_Escape: self.none_wanted if self.has_selection else None,
        }
        return signals.get(Qt.Key(key))

    @property
    def has_selection(self) -> bool:
        """Tell whether there is something that Escape lets go."""
        raise NotImplementedError


__all__ = ["Gestures"]
