"""What the bars over the views are made of: flat icon buttons and hairlines. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from ipclab_gui import icons, theme


def tool_button(icon: str, name: str) -> QToolButton:
    """Return a flat button with an icon whose name is its tool tip."""
    button = QToolButton()
    button.setIcon(icons.icon(icon))
    button.setIconSize(QSize(theme.px(16), theme.px(16)))
    button.setFixedSize(QSize(theme.px(30), theme.px(30)))
    button.setAutoRaise(True)
    button.setToolTip(name)
    button.setAccessibleName(name)
    return button


class Hairline(QWidget):
    """A line of one pixel from left to right."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.notifier.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill it all."""
        QPainter(self).fillRect(self.rect(), theme.color("line"))
