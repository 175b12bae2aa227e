"""What bars over a view are made of: icon buttons, hairlines, a way to find text. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolButton, QWidget

from ipclab_gui import icons, theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QTextEdit

    from ipclab_gui.panels.find import FindBar


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


def let_wrap(label: QLabel) -> None:
    """Let a label's text take as many lines as its width asks for."""
    label.setWordWrap(True)
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    label.setSizePolicy(policy)


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


def finder(view: QTextEdit, panel: QWidget) -> Callable[[], None]:
    """Return what opens a bar that finds text in a panel's view; the bar is made when it is first wanted."""
    bars: list[FindBar] = []

    def open_bar() -> None:
        if not bars:
            from ipclab_gui.panels.find import (
                FindBar,  # the window opens on a guide, which need not wait for it
            )

            bars.append(FindBar(view, panel))
        bars[0].open()

    return open_bar
