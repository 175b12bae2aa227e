"""Which lines of output are wanted: a check box per process, and "Only errors". GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QMenu, QToolButton, QWidget

from ipclab_gui import icons, theme
from ipclab_gui.panels.flow import FlowLayout

BOXES_MOST = 8  # processes with a check box in sight; further ones stand in a menu


class Choices(QWidget):
    """A check box per process in order of appearance, those beyond the eighth in a menu, and "Only errors"."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._flow = FlowLayout(self, gap=theme.px(20), line_gap=theme.px(8))
        self._boxes: dict[int, QCheckBox | QAction] = {}
        self._only_errors = QCheckBox("Only errors")
        self._only_errors.setAccessibleName("Only errors")
        self._only_errors.toggled.connect(self.changed)
        self._more = QToolButton()
        self._more.setAutoRaise(True)
        self._more.setIcon(icons.icon("chevron-down"))
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self._more)
        self._menu.setProperty("checks", "true")
        self._more.setMenu(self._menu)
        self._last: QWidget = self  # the keyboard's way is that of the eyes
        self._flow.addWidget(self._more)
        self._flow.addWidget(self._only_errors)
        self._more.hide()

    def clear(self) -> None:
        """Forget the processes; another run comes."""
        for box in self._boxes.values():
            if isinstance(box, QCheckBox):
                self._flow.removeWidget(box)
                box.hide()
                box.setParent(None)
                box.deleteLater()
        self._boxes.clear()
        self._last = self
        self._menu.clear()
        self._more.hide()
        self._only_errors.blockSignals(True)
        self._only_errors.setChecked(False)
        self._only_errors.blockSignals(False)

    def know(self, ident: int, name: str) -> None:
        """Offer a process, chosen at first; one that is there already may have another name now."""
        box = self._boxes.get(ident)
        if box is None:
            box = self._boxes[ident] = self._new(name)
        elif box.text() != name:
            box.setText(name)
            if isinstance(box, QCheckBox):
                box.setAccessibleName(name)

    def _new(self, name: str) -> QCheckBox | QAction:
        if len(self._boxes) < BOXES_MOST:
            box = QCheckBox(name)
            box.setAccessibleName(name)
            box.setChecked(True)
            box.toggled.connect(self.changed)
            self._flow.insert_widget(len(self._boxes), box)
            QWidget.setTabOrder(self._last, box)
            QWidget.setTabOrder(box, self._more)
            self._last = box
            box.show()
            return box
        action = self._menu.addAction(name)
        action.setCheckable(True)
        action.setChecked(True)
        action.toggled.connect(self.changed)
        more = f"{len(self._boxes) + 1 - BOXES_MOST} more"
        self._more.setText(more)
        self._more.setAccessibleName(more)
        self._more.show()
        return action

    @property
    def hidden(self) -> frozenset[int]:
        """The processes that are not wanted."""
        return frozenset(ident for ident, box in self._boxes.items() if not box.isChecked())

    @property
    def only_errors(self) -> bool:
        """Whether only stderr is wanted."""
        return self._only_errors.isChecked()
