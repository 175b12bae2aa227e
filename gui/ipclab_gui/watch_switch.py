"""Watch, in the bar on top: whether the next run's operations are recorded. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QWidget

from ipclab_gui import theme

if TYPE_CHECKING:
    from ipclab_gui.parameters import Parameters

HINTS = {
    "Off": "Nothing is recorded of what the processes do: for figures",
    "On": "Record every message, wait and lock, for Messages and Processes",
}


class WatchSwitch(QWidget):
    """Off and On; shows what the form on show means for its next run."""

    def __init__(self) -> None:
        super().__init__()
        self._form: Parameters | None = None
        label = QLabel("Watch")
        label.setProperty("tone", "2")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, theme.px(8), 0)
        row.setSpacing(0)
        row.addWidget(label)
        row.addSpacing(theme.px(10))
        group = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        for word, hint in HINTS.items():
            button = QPushButton(word)
            button.setCheckable(True)
            button.setProperty("kind", "segment")
            button.setProperty("at", "first" if word == "Off" else "last")
            button.setFixedHeight(theme.px(30))
            button.setToolTip(hint)
            button.setAccessibleName(f"Watch {word}")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, word=word: self._pick(word))
            group.addButton(button)
            row.addWidget(button)
            self.buttons[word] = button

    def follow(self, form: Parameters | None) -> None:
        """Show what a form says; nothing can be chosen where there is none."""
        self._form = form
        self.setEnabled(form is not None)
        if form is not None:
            self.buttons["On" if form.watched else "Off"].setChecked(True)

    def _pick(self, word: str) -> None:
        if self._form is not None:
            self._form.watch(on=word == "On")
