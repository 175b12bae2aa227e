"""Small controls that bars, docks and forms share. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QStyledItemDelegate, QToolButton

from ipclab_gui import icons, theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QComboBox


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


def plain_list(combo: QComboBox) -> None:
    """Give a combo's list a delegate of its own; else Qt 6.11 makes others when the theme changes, and keeps all."""
    combo.setItemDelegate(QStyledItemDelegate(combo))
