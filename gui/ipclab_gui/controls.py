"""Small controls that bars, docks and forms share. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QToolButton

from ipclab_gui import icons, theme


def hairline() -> QFrame:
    """Return a line across."""
    line = QFrame()
    line.setObjectName("Hairline")
    line.setFixedHeight(1)
    return line


def paragraph(text: str) -> QLabel:
    """Return words that stand where nothing else does."""
    words = QLabel(text)
    words.setProperty("tone", "3")
    words.setWordWrap(True)
    words.setAlignment(Qt.AlignmentFlag.AlignTop)
    words.setContentsMargins(theme.px(16), theme.px(8), theme.px(16), 0)
    return words


def tool(icon: str, name: str, hint: str) -> QToolButton:
    """Return a quiet button with an icon; its name is for those who do not see it."""
    button = QToolButton()
    button.setIcon(icons.icon(icon))
    button.setAccessibleName(name)
    button.setToolTip(hint)
    button.setFixedSize(theme.px(28), theme.px(28))
    return button
