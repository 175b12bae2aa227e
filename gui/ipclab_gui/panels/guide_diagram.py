"""The run's diagram in the place of a guide's drawing. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent

from ipclab_gui.diagram.board import Board
from ipclab_gui.diagram.showing import Showing

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ipclab.observation import Observation
    from ipclab_gui.time_cursor import TimeCursor

HIGH = 300  # px at 96 dpi


class GuideDiagram(Board):
    """A board that is looked at and not handled: a click opens the tab, the wheel is the guide's."""

    least_zoom = 0.25

    opened = Signal()

    def __init__(self, parent: QWidget, cursor: TimeCursor) -> None:
        super().__init__()
        self.setParent(parent)
        self.setMinimumHeight(0)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Diagram of the run")
        self.setToolTip("Open Diagram (Ctrl+2)")
        self._showing = Showing(self, cursor)

    def begin(self, observation: Observation) -> None:
        """Show another run."""
        self._showing.begin(observation, {})

    def refresh(self, now: bool) -> None:
        """Read what has come, and draw it."""
        self._showing.refresh(now)

    def follow_cursor(self) -> None:
        """Show the moment that the cursor has been put at."""
        if self.isVisible():
            self._showing.show(jumped=True)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()


__all__ = ["HIGH", "GuideDiagram"]
