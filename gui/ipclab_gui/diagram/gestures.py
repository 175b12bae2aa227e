"""What hands do to the diagram: mouse and keys become pan, zoom, selection and more. GUI thread only.

Wheel and + - zoom, 0 fits, dragging the ground and arrows pan; dragging a shape and Ctrl with arrows move it; a click
or Shift with arrows selects, Tab goes on from what is selected; Enter or a double click shows only who talks to this
one, or unfolds a stack; Space plays; Escape lets go; Ctrl+C copies the picture, Ctrl+S saves it.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QWheelEvent

from ipclab_gui.keyboard_focus import KeyboardFocus

ZOOM = 1.2  # a step of wheel or key
PAN = 48  # px, a press of an arrow
CLICK = 3  # px: who moved less has not dragged
ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class Gestures(KeyboardFocus):
    """A widget whose mouse and keys say what is wanted; the board decides what comes of it."""

    zoom_wanted = Signal(float, object)  # factor (above 1: nearer), a point in px that stays, or None for the middle
    pan_wanted = Signal(float, float)  # px that the picture moves right and down
    move_wanted = Signal(float, float)  # px that what is selected moves right and down
    fit_wanted = Signal()
    pick_wanted = Signal(object)  # a point in px
    beside_wanted = Signal(int, int)  # the next shape in a direction: right, down
    only_wanted = Signal()  # only who talks to this one; of a stack: unfold it
    play_wanted = Signal()
    copy_wanted = Signal()
    save_wanted = Signal()
    none_wanted = Signal()
    menu_wanted = Signal(object)  # a point on the screen

    def __init__(self) -> None:
        super().__init__()
        self._last: QPointF | None = None
        self._dragging = self._on_shape = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def has_shape(self, at: QPointF) -> bool:
        """Tell whether a shape lies at a point, in px."""
        raise NotImplementedError

    @property
    def has_selection(self) -> bool:
        """Tell whether there is something that Escape lets go."""
        raise NotImplementedError

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(turn.x()) > abs(turn.y()):
            self.pan_wanted.emit((turn.x() or turn.y()) / 2, 0)
        else:
            self.zoom_wanted.emit(ZOOM ** (turn.y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return
        left = event.button() == Qt.MouseButton.LeftButton
        self._last, self._dragging = event.position(), False
        self._on_shape = left and self.has_shape(event.position())
        if left and self._on_shape:
            self.pick_wanted.emit(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is None:
            return
        by = event.position() - self._last
        if self._dragging or abs(by.x()) + abs(by.y()) > CLICK:
            self._dragging = True
            self._last = event.position()
            (self.move_wanted if self._on_shape else self.pan_wanted).emit(by.x(), by.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._last is not None and not self._dragging and not self._on_shape:
            self.pick_wanted.emit(event.position())
        self._last = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.has_shape(event.position()):
            self.pick_wanted.emit(event.position())
            self.only_wanted.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            self.pick_wanted.emit(QPointF(event.pos()))
        self.menu_wanted.emit(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, held = event.key(), event.modifiers()
        control = bool(held & Qt.KeyboardModifier.ControlModifier)
        arrow = ARROWS.get(Qt.Key(key))
        if arrow is not None and held & Qt.KeyboardModifier.ShiftModifier:
            self.beside_wanted.emit(*arrow)
        elif arrow is not None and control:
            self.move_wanted.emit(arrow[0] * PAN / 4, arrow[1] * PAN / 4)
        elif arrow is not None:
            self.pan_wanted.emit(-arrow[0] * PAN, -arrow[1] * PAN)
        elif control and key in (Qt.Key.Key_C, Qt.Key.Key_S):
            (self.copy_wanted if key == Qt.Key.Key_C else self.save_wanted).emit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus) and not control:
            self.zoom_wanted.emit(1 / ZOOM if key == Qt.Key.Key_Minus else ZOOM, None)
        elif (not control and not self._plain(key)) or control:
            event.ignore()
            return
        event.accept()

    def _plain(self, key: int) -> bool:
        """Do what a key alone means; tell whether it means anything."""
        if key == Qt.Key.Key_0:
            self.fit_wanted.emit()
        elif key == Qt.Key.Key_Space:
            self.play_wanted.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.only_wanted.emit()
        elif key == Qt.Key.Key_Escape and self.has_selection:
            self.none_wanted.emit()
        else:
            return False
        return True


__all__ = ["Gestures"]
