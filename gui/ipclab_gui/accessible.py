"""Combo boxes as a screen reader has them: their name is their label's, their value what is chosen. GUI thread only.

Qt's own interface answers for the name with the choice on every Unix, so that all a person hears is "spawn"; and it
takes the focus from the mouse and from Tab, but not from a screen reader.
"""

from __future__ import annotations

import sys
from typing import cast

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface, QAccessibleSelectionInterface
from PySide6.QtWidgets import QAccessibleWidget, QComboBox

OPENS = ("Press", "ShowMenu")  # names of actions, as Qt has them


class Choice(QAccessibleSelectionInterface):
    """Which item of a combo box is chosen; that is how the desktop's interface tells a combo box's value."""

    def __init__(self, spoken: ComboSpoken) -> None:
        super().__init__()
        self._spoken = spoken

    def selectedItemCount(self) -> int:
        return len(self.selectedItems())

    def selectedItems(self) -> list[QAccessibleInterface]:
        at = self._spoken.combo.currentIndex()
        return [self._spoken.child(0).child(at)] if at >= 0 else []

    def selectedItem(self, index: int) -> QAccessibleInterface:
        chosen = self.selectedItems()
        return chosen[index] if index < len(chosen) else cast("QAccessibleInterface", None)

    def isSelected(self, item: QAccessibleInterface) -> bool:
        return self._place(item) == self._spoken.combo.currentIndex()

    def select(self, item: QAccessibleInterface) -> bool:
        at = self._place(item)
        if at >= 0:
            self._spoken.combo.setCurrentIndex(at)
        return at >= 0

    def _place(self, item: QAccessibleInterface) -> int:
        return self._spoken.child(0).indexOfChild(item)

    def unselect(self, item: QAccessibleInterface) -> bool:
        del item
        return False  # one is always chosen

    def selectAll(self) -> bool:
        return False

    def clear(self) -> bool:
        return False


class ComboSpoken(QAccessibleWidget):
    """A combo box; its one child is the list of its items."""

    def __init__(self, combo: QComboBox) -> None:
        super().__init__(combo, QAccessible.Role.ComboBox)
        self._choice = Choice(self)

    @property
    def combo(self) -> QComboBox:
        """The combo box. It is asked for each time: a reference would keep it alive."""
        return cast("QComboBox", self.object())

    def text(self, t: QAccessible.Text) -> str:
        return self.combo.currentText() if t == QAccessible.Text.Value else super().text(t)

    def childCount(self) -> int:
        return 1

    def child(self, index: int) -> QAccessibleInterface:
        items = QAccessible.queryAccessibleInterface(self.combo.view()) if index == 0 else None
        return cast("QAccessibleInterface", items)

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return 0 if child.object() is self.combo.view() else -1

    def state(self) -> QAccessible.State:
        known = super().state()
        known.expandable = known.hasPopup = True
        known.expanded = self.combo.view().isVisible()
        return known

    def actionNames(self) -> list[str]:
        return [*super().actionNames(), *OPENS] if self.combo.isEnabled() else []

    def doAction(self, name: str) -> None:
        if name not in OPENS:
            super().doAction(name)
        elif self.combo.view().isVisible():
            self.combo.hidePopup()
        else:
            self.combo.showPopup()

    def interface_cast(self, t: QAccessible.InterfaceType) -> int:
        if t == QAccessible.InterfaceType.SelectionInterface:
            return cast("int", shiboken6.VoidPtr(shiboken6.getCppPointer(self._choice)[0]))
        there: int | None = super().interface_cast(t)
        # PySide6 says None where there is none, and dies where it is told so.
        return cast("int", shiboken6.VoidPtr(0)) if there is None else there


_kinds: list[type[QComboBox]] = []
_made: list[ComboSpoken] = []  # Qt deletes them with their combo boxes, and holds no reference meanwhile


def speak(kind: type[QComboBox]) -> None:
    """Answer screen readers for a kind of combo box by `ComboSpoken`; not on Windows, where Qt's own names it right."""
    if sys.platform != "win32" and kind not in _kinds:
        _kinds.append(kind)
        if len(_kinds) == 1:
            QAccessible.installFactory(_spoken)


def _spoken(_class: str, widget: QObject | None) -> QAccessibleInterface | None:
    _made[:] = [one for one in _made if shiboken6.isValid(one)]
    if not isinstance(widget, QComboBox) or not isinstance(widget, tuple(_kinds)):
        return None
    _made.append(ComboSpoken(widget))
    return _made[-1]
