"""Keys and menus as a person uses them: a key goes where the focus is, a menu's line is found by its text."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QWidget

from ipclab_gui.window import MainWindow

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def press(window: MainWindow, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the focus is."""
    there: QWidget | None = window.focusWidget()
    QTest.keyClick(window if there is None else there, key, held)


def focus(window: MainWindow) -> str:
    """Return the accessible name of what has the keyboard."""
    there: QWidget | None = window.focusWidget()
    return there.accessibleName() if there is not None else ""


def lines(menu: QMenu) -> dict[str, QAction]:
    """Return the lines of a menu by what they say, submenus' too, separators left out."""
    found: dict[str, QAction] = {}
    for action in menu.actions():
        below = action.menu()
        if isinstance(below, QMenu):
            found |= lines(below)
        elif not action.isSeparator():
            found[action.text()] = action
    return found


def menu(window: MainWindow, title: str) -> dict[str, QAction]:
    """Return the lines of one of the window's menus."""
    for action in window.bar.menus.actions():
        below = action.menu()
        if isinstance(below, QMenu) and action.text().replace("&", "") == title:
            return lines(below)
    raise AssertionError(f"there is no menu {title}")


def nameless(parent: QWidget, kinds: tuple[type[QWidget], ...]) -> list[str]:
    """Return the visible controls of these kinds that neither bear a text nor an accessible name."""
    found = []
    for child in parent.findChildren(QWidget):
        text = getattr(child, "text", None)
        said = child.accessibleName() or (text() if callable(text) else "")
        if isinstance(child, kinds) and child.isVisible() and not said:
            found.append(f"{type(child).__name__} {child.objectName()} {child.toolTip()}")
    return found
