"""A slider whose knob goes where it is pressed, and follows the mouse. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSlider

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent


class PointedSlider(QSlider):
    """Whoever draws it says which value lies at a place."""

    def go_to(self, x: float) -> None:
        """Take the value that lies so many px from the left."""
        raise NotImplementedError

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.go_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.go_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)
