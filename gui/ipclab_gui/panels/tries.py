"""The buttons of a guide that try a preset, each beside its row of the text. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPushButton, QTextEdit, QWidget

from ipclab_gui import theme
from ipclab_gui.panels.guide_text import BUTTON

if TYPE_CHECKING:
    from ipclab_gui.panels.guide_text import GuideText

NEAR = 48  # px of the text that are shown with a button that a key led to


class TryButton(QPushButton):
    """Runs a preset, by a click, Space or Enter; while a run goes on it says so."""

    focused = Signal()  # by a key

    def __init__(self, preset: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.preset = preset
        self.setFont(theme.font(13))
        self.setFixedSize(theme.px(BUTTON), theme.px(30))
        self.setAccessibleName(f"Try it: {preset}")

    def tell(self, *, busy: bool, tried: bool) -> None:
        """Show whether a run goes on, and whether it is this preset's."""
        self.setText("Running" if busy and tried else "Try it")
        self.setEnabled(not busy)
        hint = "A run goes on; Shift+F5 stops it" if busy else f"Set the form to “{self.preset}”, and run"
        self.setToolTip(hint)
        self.setAccessibleDescription(hint)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.click()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.focused.emit()


class Tries(QObject):
    """The buttons of one view; they come after the first paint of its text, which need not wait for them.

    Args:
        view: what shows the text; the buttons lie on its viewport.
        before: the button before the first one in the order of Tab.
    """

    try_wanted = Signal(str)  # a preset's title

    def __init__(self, view: QTextEdit, before: QWidget) -> None:
        super().__init__(view)
        self._view, self._before = view, before
        self._text: GuideText | None = None
        self._buttons: list[TryButton] = []
        self._right = 0
        self._busy = self._waits = False
        self._tried = ""
        self._left: TryButton | None = None  # had the focus when the run began
        self._making = QTimer(self)
        self._making.setSingleShot(True)
        self._making.setInterval(0)
        self._making.timeout.connect(self._make)

    def set_text(self, text: GuideText) -> None:
        """Stand beside the rows of a text: of another guide after `clear`, else of the same one, set anew."""
        self._text = text
        self._waits = True

    def come(self) -> None:
        """Appear, now that the text is painted; nothing where they are there."""
        if self._waits:
            self._waits = False
            self._making.start()

    def clear(self) -> None:
        """Take the buttons away."""
        self._text = None
        for button in self._buttons:
            button.setParent(None)
            button.deleteLater()
        self._buttons.clear()
        self._left = None

    def _make(self) -> None:
        if self._text is not None and not self._buttons:
            before = self._before
            for _, preset in self._text.tries:
                button = TryButton(preset, self._view.viewport())
                button.clicked.connect(self._try)
                button.focused.connect(self._reveal)
                QWidget.setTabOrder(before, button)
                self._buttons.append(button)
                before = button
        self._tell()
        self.place(self._right)
        for button in self._buttons:
            button.show()

    def _try(self) -> None:
        """Ask for the preset of the button that was pressed."""
        button = self.sender()
        assert isinstance(button, TryButton)
        self._tried = button.preset
        self.try_wanted.emit(button.preset)
        if not self._busy:  # it was refused
            self._tried = ""

    def show_busy(self, busy: bool) -> None:
        """Say at the buttons whether a run goes on: one at a time."""
        if busy != self._busy:
            self._busy = busy
            self._tried = self._tried if busy else ""
            self._keep_focus()
            self._tell()
            if not busy and self._left is not None and self._view.hasFocus():
                self._left.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep_focus(self) -> None:
        """Let the text have the focus while the button that has it cannot; else Qt hands it on to another region."""
        if self._busy:
            self._left = next((button for button in self._buttons if button.hasFocus()), None)
            if self._left is not None:
                self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell(self) -> None:
        for button in self._buttons:
            button.tell(busy=self._busy, tried=button.preset == self._tried)

    def place(self, right: int) -> None:
        """Put each button beside its row, its right edge at `right`, in pixels of the viewport."""
        self._right = right
        if self._text is None or not self._buttons:
            return
        layout, scrolled = self._text.documentLayout(), self._view.verticalScrollBar().value()
        for button, (block, _) in zip(self._buttons, self._text.tries, strict=True):
            middle = round(layout.blockBoundingRect(block).center().y()) - scrolled
            button.move(right - button.width(), middle - button.height() // 2)

    def _reveal(self) -> None:
        """Bring the button that a key led to into sight, with what it is about."""
        button = self.sender()
        assert isinstance(button, TryButton)
        room, bar = self._view.viewport().height(), self._view.verticalScrollBar()
        over, under = button.y() - theme.px(NEAR), button.y() + button.height() + theme.px(NEAR)
        if over < 0 or under > room:
            bar.setValue(bar.value() + (over if over < 0 else under - room))
